"""Which format a content is, told by itself alone; names and brands lie."""

from __future__ import annotations

import re

from syncd.images import heic
from syncd.images.boxes import boxes

_PREFIXES = (
    (b"\xff\xd8\xff\xf7", "jls"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\x8aMNG\r\n\x1a\n", "mng"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
    (b"MM\0*", "tiff"),
    (b"IIRO", "orf"),
    (b"IIRS", "orf"),
    (b"IIU\0", "rw2"),
    (b"FUJIFILMCCD-RAW", "raf"),
    (b"8BPS\0", "psd"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "jp2"),
    (b"\xff\x4f\xff\x51", "jp2"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "jxl"),
    (b"\xff\x0a", "jxl"),
    (b"\x76\x2f\x31\x01", "exr"),
    (b"#?RADIANCE", "hdr"),
    (b"DDS |", "dds"),
    (b"qoif", "qoi"),
    (b"gimp xcf", "xcf"),
    (b"icns\0", "icns"),
    (b"%PDF-", "pdf"),
    (b"%!PS-", "eps"),
    (b"\x1a\x45\xdf\xa3", "webm"),
)
_RIFF = {b"WEBP": "webp", b"AVI ": "avi"}
_BRANDS = (
    ({b"crx "}, "cr3"),
    ({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"}, "heic"),
    ({b"avif", b"avis"}, "avif"),
    ({b"mif1", b"mif2", b"msf1"}, "heif"),
    ({b"qt  "}, "mov"),
)
_STILLS = {"heic", "avif", "heif"}
_BITMAP_HEADERS = {12, 16, 40, 52, 56, 64, 108, 124}
_SVG = re.compile(rb"\A\s*(?:<\?xml[^>]*>\s*)?(?:<!(?:--.*?--|DOCTYPE[^>]*)>\s*)*<svg[\s>]", re.DOTALL)
_TITLES = {
    "heif": "HEIF with another codec than HEVC",
    "heics": "HEIF sequence without a single picture",
    "jp2": "JPEG 2000",
    "jls": "JPEG-LS",
    "jxl": "JPEG XL",
    "mp4": "MP4 video",
    "mov": "QuickTime video",
    "avi": "AVI video",
    "webm": "WebM video",
}


def sniff(data: bytes) -> str | None:
    """Return `jpeg`, `png`, `webp`, `heic` or another format's name in lower case; None for no image at all."""
    if name := next((name for prefix, name in _PREFIXES if data.startswith(prefix)), None):
        return name
    if data[:4] == b"RIFF":
        return _RIFF.get(data[8:12])
    if data[:4] == b"II*\0":
        return "cr2" if data[8:10] == b"CR" else "tiff"
    if data[4:8] == b"ftyp":
        return _iso(data)
    return _by_structure(data)


def title(name: str) -> str:
    """Return the format's name for people."""
    return _TITLES.get(name, name.upper())


def strangeness(data: bytes) -> str:
    """Say in a few words what a content is that is no image."""
    head = data[:1024].lstrip()
    if head.startswith(b"version https://git-lfs.github.com/spec"):
        return "a Git LFS pointer, not the picture itself: git lfs pull fetches it"
    if head[:14].lower().startswith((b"<!doctype html", b"<html")):
        return "a web page, not a picture"
    if data.startswith(b"PK\x03\x04"):
        return "a ZIP archive, not a picture"
    if not data[:1024].strip(b"\0"):
        return "zeros, not a picture"
    return "text, not a picture" if _is_text(data[:1024]) else "its content is no picture"


def _iso(data: bytes) -> str:
    """Tell a HEIF by the codec of its primary picture, and only where it shows none by the brands."""
    if name := heic.codec(data):
        return name
    end = min(int.from_bytes(data[:4], "big"), len(data), 4096)
    claims = {data[8:12], *(data[at : at + 4] for at in range(16, end - 3, 4))}
    name = next((name for brands, name in _BRANDS if brands & claims), "mp4")
    is_film = name in _STILLS and any(box.kind == b"moov" for box in boxes(data, 0, len(data)))
    return "heics" if is_film else name


def _by_structure(data: bytes) -> str | None:
    if data[:2] == b"BM" and int.from_bytes(data[14:18], "little") in _BITMAP_HEADERS:
        return "bmp"
    if data[:4] in (b"\0\0\1\0", b"\0\0\2\0") and 0 < int.from_bytes(data[4:6], "little") < 256 and data[9:10] == b"\0":
        return "ico"
    if data[:1] == b"P" and data[1:2] in b"123456" and data[2:3] in b" \t\r\n" and len(data) > 3:
        return "pnm"
    return "svg" if _SVG.match(data[:4096]) else None


def _is_text(head: bytes) -> bool:
    try:
        text = head.decode()
    except UnicodeDecodeError as error:
        # A letter may be cut in two by our own look at the beginning alone.
        return error.start >= len(head) - 3 and error.start > 0
    return all(letter.isprintable() or letter.isspace() for letter in text)
