import pytest

from syncd.images.formats import FORMATS
from syncd.images.sniff import sniff, strangeness, title
from tests import samples

ACCEPTED = {
    "jpeg": [samples.jpeg(1), samples.jpeg(1, progressive=True), samples.cmyk_jpeg(1), samples.mpo(1)],
    "png": [samples.png(1), samples.png16(1), samples.palette_png(1), samples.animated_png(1)],
    "webp": [samples.webp(1), samples.webp(1, lossless=True), samples.animated_webp(1)],
    "heic": [samples.heic(1), samples.grid_heic(1), samples.heic10(1)],
}
OTHERS = {
    "gif": samples.gif(1),
    "tiff": samples.tiff(1),
    "bmp": samples.bmp(1),
    "avif": samples.avif(1),
    "psd": b"8BPS\0\1" + bytes(20),
    "ico": b"\0\0\1\0\1\0\x10\x10\0\0\1\0\x20\0" + bytes(40),
    "jp2": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(20),
    "jxl": b"\xff\x0a" + bytes(20),
    "svg": b'<?xml version="1.0"?>\n<!-- made by hand -->\n<svg xmlns="http://www.w3.org/2000/svg"/>',
    "pdf": b"%PDF-1.7\n",
    "mp4": b"\0\0\0\x18ftypisom\0\0\2\0isommp41\0\0\0\x08free",
    "mov": b"\0\0\0\x14ftypqt  \0\0\2\0qt  \0\0\0\x08wide",
    "cr2": b"II*\0\x10\0\0\0CR\2\0" + bytes(20),
    "cr3": b"\0\0\0\x18ftypcrx \0\0\0\1crx isom\0\0\0\x08free",
    "avi": b"RIFF\x10\0\0\0AVI LIST",
    "pnm": b"P6\n2 2\n255\n" + bytes(12),
}
NONE = {
    "text": b"BM is how this note begins, and it is no bitmap\n",
    "zip": b"PK\x03\x04" + bytes(40),
    "pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n",
    "web page": b"\n<!DOCTYPE html><html><body><svg></svg></body></html>",
    "sound": b"RIFF\x10\0\0\0WAVEfmt ",
    "zeros": bytes(5000),
    "nothing": b"",
    "beginning": b"\xff\xd8",
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted_formats_are_told_by_their_content(name):
    assert {sniff(data) for data in ACCEPTED[name]} == {name}
    assert name in FORMATS


@pytest.mark.parametrize("name", OTHERS)
def test_other_formats_are_told_by_their_names(name):
    assert sniff(OTHERS[name]) == name
    assert name not in FORMATS


@pytest.mark.parametrize("data", NONE.values(), ids=NONE)
def test_what_is_no_image_has_no_format(data):
    assert sniff(data) is None


@pytest.mark.parametrize("brand", [b"heic", b"mif1", b"heix", b"msf1"])
def test_a_brand_does_not_make_an_avif_a_heic(brand):
    data = samples.avif(1)
    assert sniff(data[:8] + brand + data[12:]) == "avif"


@pytest.mark.parametrize("brand", [b"avif", b"mif1", b"isom", b"crx "])
def test_a_brand_does_not_make_a_heic_another(brand):
    data = samples.grid_heic(1)
    assert sniff(data[:8] + brand + data[12:]) == "heic"


def test_the_brand_counts_where_the_picture_is_cut_away():
    assert sniff(samples.truncated(samples.heic(1), 0.1)) == "heic"
    assert sniff(samples.truncated(samples.avif(1), 0.1)) == "avif"
    assert sniff(b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic") == "heic"


def test_people_read_names_they_know():
    assert [title(name) for name in ("tiff", "jp2", "mp4")] == ["TIFF", "JPEG 2000", "MP4 video"]


def test_what_is_no_image_is_named():
    words = {name: strangeness(data) for name, data in NONE.items()}
    assert words["pointer"].startswith("a Git LFS pointer")
    assert words["zip"] == "a ZIP archive, not a picture"
    assert words["web page"] == "a web page, not a picture"
    assert words["zeros"] == "zeros, not a picture"
    assert words["text"] == strangeness("ä".encode() * 2000) == "text, not a picture"
    assert words["sound"] == words["beginning"] == "its content is no picture"


def test_each_format_is_sent_under_a_name_of_its_own():
    sent = {name: (each.suffix, each.media_type) for name, each in FORMATS.items()}
    assert sent == {
        "jpeg": (".jpg", "image/jpeg"),
        "png": (".png", "image/png"),
        "webp": (".webp", "image/webp"),
        "heic": (".heic", "image/heic"),
    }
    assert all(each.suffix in each.suffixes for each in FORMATS.values())
