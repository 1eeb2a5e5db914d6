import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from struct import pack

import pytest
from PIL import Image

from syncd.images import judge as judging
from syncd.images.heif_meta import read_meta
from syncd.images.judge import judge
from syncd.model.words import Reason
from tests import samples

GOOD = {
    "jpeg": samples.jpeg(1),
    "progressive": samples.jpeg(1, progressive=True),
    "grey": samples.jpeg(1, gray=True),
    "cmyk": samples.cmyk_jpeg(1),
    "mpo": samples.mpo(1),
    "png": samples.png(1),
    "png16": samples.png16(1),
    "palette": samples.palette_png(1),
    "alpha": samples.alpha_png(1),
    "apng": samples.animated_png(1),
    "webp": samples.webp(1),
    "lossless": samples.webp(1, lossless=True),
    "animation": samples.animated_webp(1),
    "heic": samples.heic(1),
    "heic10": samples.heic10(1),
    "grid": samples.grid_heic(1),
}
SHARES = (0.3, 0.5, 0.7, 0.9)


def sized(data, at, *numbers):
    words = b"".join(numbers)
    return data[:at] + words + data[at + len(words) :]


def large_jpeg(width, height):
    data = samples.jpeg(1)
    return sized(data, data.index(b"\xff\xc0") + 5, pack(">HH", height, width))


def large_webp(width, height):
    data = samples.webp(1, orientation=1)
    return sized(data, 24, (width - 1).to_bytes(3, "little"), (height - 1).to_bytes(3, "little"))


def large_heic(width, height):
    data = samples.heic(1, (64, 64))
    at = next(box.start for box in read_meta(data).properties[1] if box.kind == b"ispe")
    return sized(data, at + 4, pack(">II", width, height))


LARGE = {"jpeg": large_jpeg, "webp": large_webp, "heic": large_heic, "png": samples.png_bomb}


@pytest.mark.parametrize("data", GOOD.values(), ids=GOOD)
def test_good_pictures_are_accepted_upright_and_compared_by_pixels(data):
    judged = judge(data)
    assert (judged.reason, judged.detail, judged.warnings) == (None, "", ())
    assert judged.likeness.pixels
    assert len(bytes.fromhex(judged.likeness.thumb)) == 768
    assert judge(data, verify="structure").likeness == judging.Likeness(judged.likeness.width, judged.likeness.height)
    assert (judged.likeness.width, judged.likeness.height) == ((192, 128) if data == GOOD["grid"] else samples.SIZE)


def test_nothing_is_empty():
    assert (judge(b"").format, judge(b"").reason) == (None, Reason.EMPTY)


@pytest.mark.parametrize("data", [b"\0", b"hello", b"PK\x03\x04zip", b"<html></html>", bytes(10_000)])
def test_what_is_no_image_is_not_an_image(data):
    assert (judge(data).format, judge(data).reason) == (None, Reason.NOT_AN_IMAGE)


@pytest.mark.parametrize("name", ["gif", "tiff", "bmp", "avif"])
def test_other_formats_are_named_and_not_accepted(name):
    judged = judge(getattr(samples, name)(1))
    assert (judged.format, judged.reason) == (name, Reason.UNSUPPORTED_FORMAT)
    assert judged.detail == f"{name.upper()} is not accepted (jpg, jpeg, webp, png, heic)"


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("name", [name for name in GOOD if name != "mpo"])
@pytest.mark.parametrize("verify", ["decode", "structure"])
def test_a_truncated_picture_is_corrupt(name, share, verify):
    judged = judge(samples.truncated(GOOD[name], share), verify=verify)
    assert judged.reason is Reason.CORRUPT
    assert judged.detail.startswith("cut off")
    assert judged.format == judge(GOOD[name]).format


# To the coding of a WebP zeros are a picture like any other bytes.
@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("name", [name for name in GOOD if name not in ("mpo", "webp", "lossless", "animation")])
def test_a_picture_filled_up_with_zeros_is_corrupt(name, share):
    assert judge(samples.zeroed(GOOD[name], share)).reason is Reason.CORRUPT


def test_damage_inside_is_found_by_decoding_alone():
    data = bytearray(samples.webp(1, lossless=True))
    data[60:200] = b"\xff" * 140
    assert judge(bytes(data)).reason is Reason.CORRUPT
    assert judge(bytes(data), verify="structure").accepted


def test_only_the_first_picture_counts():
    data = samples.mpo(1)
    assert judge(samples.truncated(data, 0.97)).likeness == judge(data).likeness
    assert judge(data).format == "jpeg"
    assert judge(samples.animated_png(1)).likeness == judge(samples.png(1)).likeness


def test_names_of_damage_are_for_people():
    jpeg, png = samples.jpeg(1), samples.png(1)
    tables = jpeg.index(b"\xff\xc4")
    assert judge(sized(jpeg, tables + 5, b"\xff" * 16)).detail.startswith("damaged: it cannot be decoded (")
    assert "checksum of IDAT" in judge(sized(png, 2000, b"!")).detail


BROKEN_EXIF = [b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\x01\x12" * 40]


@pytest.mark.parametrize("block", BROKEN_EXIF)
def test_broken_metadata_decide_nothing(block):
    bare, whole = samples.jpeg(1), judge(samples.jpeg(1))
    segment = b"\xff\xe1" + pack(">H", len(block) + 2) + block
    mpf = b"\xff\xe2" + pack(">H", 14) + b"MPF\0II*\0\xff\xff\xff\xff"
    assert judge(bare[:2] + segment + mpf + bare[2:]) == whole
    chunk = samples.png_chunk(b"eXIf", block[6:]) + samples.png_chunk(b"acTL", bytes(8))
    assert judge(samples.png(1)[:33] + chunk + samples.png(1)[33:]) == judge(samples.png(1))


def test_a_long_text_in_a_png_decides_nothing():
    text = samples.png_chunk(b"zTXt", b"Raw profile\0\0" + samples.compress(bytes(5_000_000)))
    assert judge(samples.png(1)[:33] + text + samples.png(1)[33:]) == judge(samples.png(1))


@pytest.mark.parametrize("make", LARGE.values(), ids=LARGE)
@pytest.mark.parametrize("verify", ["decode", "structure"])
def test_too_many_pixels_are_told_by_the_header(make, verify):
    judged = judge(make(15_000, 14_001), verify=verify)
    assert judged.reason is Reason.TOO_MANY_PIXELS
    assert judged.detail == "15000 x 14001 are 210 megapixels, and at most 210 are accepted"
    assert (judged.likeness.width, judged.likeness.height) == (15_000, 14_001)


@pytest.mark.parametrize("make", LARGE.values(), ids=LARGE)
@pytest.mark.parametrize("size", [(15_000, 14_000), (10_000, 6_001)])
def test_a_very_large_picture_is_judged_by_its_container_and_says_so(make, size):
    judged = judge(make(*size))
    assert (judged.reason, judged.warnings) == (None, ("not-decoded",))
    assert judged.likeness == judging.Likeness(*size)


@pytest.mark.parametrize("make", [large_heic, large_webp])
def test_pixels_up_to_the_limit_are_decoded_and_so_a_lie_is_found(make):
    assert judge(make(100, 70)).reason is Reason.CORRUPT


def test_a_large_picture_cut_off_is_corrupt():
    assert judge(samples.truncated(samples.png_bomb(10_000, 8_000))).reason is Reason.CORRUPT


def test_a_bomb_costs_no_memory():
    data = samples.png_bomb()
    tracemalloc.start()
    judged = judge(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert judged.reason is Reason.TOO_MANY_PIXELS
    assert peak < 1_000_000
    assert judge(samples.truncated(data)).reason is Reason.TOO_MANY_PIXELS


@pytest.mark.parametrize("error", [MemoryError(), OSError("out of memory when reading image file")])
def test_lack_of_memory_is_not_damage(monkeypatch, error):
    def starved(*_):
        raise error

    monkeypatch.setattr(Image.core, "new", starved)
    with pytest.raises(MemoryError):
        judge(samples.png(1))


@pytest.mark.parametrize("name", [name for name in GOOD if name not in ("webp", "lossless", "animation")])
def test_the_decoders_own_limit_does_not_count(monkeypatch, name):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    assert judge(GOOD[name]).accepted


def test_many_threads_judge_alike():
    start = threading.Barrier(4)
    alone = {name: judge(data) for name, data in GOOD.items()}

    def work(turn):
        start.wait()
        names = list(GOOD)[turn:] + list(GOOD)[:turn]
        return {name: judge(GOOD[name]) for name in names * 2}

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(4))) == [alone] * 4
