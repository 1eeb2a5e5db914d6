import io

import pillow_heif
import pytest
from PIL import Image

from syncd.sandbox.formats import Format, sniff


def written_by_pillow(kind):
    pillow_heif.register_heif_opener()
    buffer = io.BytesIO()
    Image.new("RGB", (32, 16), "teal").save(buffer, kind)
    return buffer.getvalue()


def iso(major, *compatible):
    brands = major.encode() + b"\0\0\0\0" + "".join(compatible).encode()
    return (8 + len(brands)).to_bytes(4, "big") + b"ftyp" + brands + b"\0\0\0\x10metaheic"


@pytest.mark.parametrize(
    ("kind", "expected"), [("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp"), ("HEIF", "heic"), ("MPO", "jpg")]
)
def test_a_real_picture_is_known(kind, expected):
    assert sniff(written_by_pillow(kind)) == expected


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "AVIF", "JPEG2000", "ICO"])
def test_a_real_picture_of_another_format_is_not(kind):
    assert sniff(written_by_pillow(kind)) is None


@pytest.mark.parametrize(
    "brands",
    [("heic",), ("heix", "mif1"), ("heim",), ("heis",), ("hevc",), ("mif1", "heic"), ("mif1",), ("msf1", "hevc")],
)
def test_brands_of_hevc_are_heic(brands):
    assert sniff(iso(*brands)) is Format.HEIC


@pytest.mark.parametrize(
    "brands",
    [("avif", "mif1"), ("mif1", "avif"), ("mif1", "miaf", "avif"), ("avis", "msf1"), ("isom", "mp42"), ("crx ",)],
)
def test_brands_of_others_are_not(brands):
    assert sniff(iso(*brands)) is None


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xd8", b"\x89PNG\r\n", b"RIFF\0\0\0\0WAVE", b"RIFF", b"\0\0\0\x08ftyp", b"\0\0\0\0ftyp", b"xxxxheic"],
)
def test_a_beginning_alone_is_nothing(data):
    assert sniff(data) is None


def test_the_format_names_its_content_type():
    assert [one.content_type for one in Format] == ["image/jpeg", "image/png", "image/webp", "image/heic"]
