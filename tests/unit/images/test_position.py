from io import BytesIO

import pillow_heif
import pytest
from PIL import Image

from syncd.images.judge import judge
from syncd.images.position import has_position
from tests.samples import exif, heic, jpeg, picture, png, saved, webp

XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf exif:GPSLatitude="48,51.49N"/></x:xmpmeta>'


def made(name, **options):
    """A small picture with its metadata, and its format."""
    if name != "HEIC":
        return saved(picture(1), name, **options), name.lower()
    buffer = BytesIO()
    pillow_heif.from_pillow(picture(1)).save(buffer, quality=60, **options)
    return buffer.getvalue(), "heic"


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "HEIC"])
def test_a_position_in_exif_is_seen_in_every_format(name):
    data, format_name = made(name, exif=exif(6, position=True))
    assert judge(data).format == format_name
    assert has_position(format_name, data)
    data, format_name = made(name, exif=exif(6))
    assert not has_position(format_name, data)


@pytest.mark.parametrize("name", ["JPEG", "WEBP", "HEIC"])
def test_a_position_in_xmp_is_seen(name):
    data, format_name = made(name, xmp=XMP)
    assert has_position(format_name, data)
    data, format_name = made(name, xmp=XMP.replace(b"GPSLatitude", b"Flash"))
    assert not has_position(format_name, data)


def test_a_camera_without_a_fix_tells_no_position():
    block = Image.Exif()
    block[0x8825] = {0: b"\2\3\0\0", 29: "2026:01:01"}
    assert not has_position("jpeg", saved(picture(1), "JPEG", exif=block.tobytes()))


@pytest.mark.parametrize(("name", "make"), [("jpeg", jpeg), ("png", png), ("webp", webp), ("heic", heic)])
def test_any_bytes_give_an_answer(name, make):
    data = make(1, orientation=6)
    for at in range(0, len(data), max(1, len(data) // 60)):
        assert not has_position(name, data[:at])
        assert not has_position(name, data[:at] + b"\xff\xff\xff\xff" + data[at + 4 :])
    assert not has_position("tiff", data)
