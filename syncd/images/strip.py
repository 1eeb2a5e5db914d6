"""Copies without metadata, made by taking containers apart: no pixel is coded anew.

What stays is what the picture is seen by: its coded data, its colour profile, and an EXIF block with nothing but the
orientation where the pixels need one. What goes is everything else: EXIF, position, XMP, IPTC, maker notes, comments,
texts, thumbnails, further pictures behind the first, and bytes that belong to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from struct import pack
from zlib import crc32

from syncd.images import jpeg, png, webp
from syncd.images.container import MAX_PARTS
from syncd.images.heic_strip import stripped as _heic

_ORIENTATION = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0%c\0\0\0\0\0\0"
"""A TIFF with one entry: the orientation."""

_APP0, _APP1, _APP2, _ADOBE, _SOS, _EOI = 0xE0, 0xE1, 0xE2, 0xEE, 0xDA, 0xD9
_CODING = frozenset({*range(0xC0, 0xE0)})
_JFIF_BYTES, _ADOBE_BYTES = 18, 16
"""Both segments with their markers, and without the thumbnail that the first may hold."""

_PNG_KEPT = frozenset(
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV mDCv cLLI cLLi bKGD pHYs acTL fcTL fdAT".split()
)
_WEBP_KEPT = frozenset({b"VP8X", b"ICCP", b"ANIM", b"ALPH", b"VP8 ", b"VP8L"})
_CODED = frozenset({b"VP8 ", b"VP8L"})
_WEBP_EXIF, _WEBP_METADATA = 0x08, 0x0C
_FRAME_HEADER = 16


def stripped(name: str, data: bytes, turn: int) -> bytes:
    """Return a copy of a whole picture of the format `name`; `turn` is its EXIF orientation, 1 to 8."""
    return _STRIPPED[name](data, turn)


def _jpeg(data: bytes, turn: int) -> bytes:
    parts = [b"\xff\xd8"]
    for segment in islice(jpeg.segments(data), MAX_PARTS):
        body = data[segment.start + 4 : segment.end]
        if segment.marker == _APP0 and body.startswith(b"JFIF\0") and len(parts) == 1 and len(body) >= 14:
            parts.append(b"\xff\xe0\0\x10" + body[:12] + b"\0\0")
        elif segment.marker in _CODING or (segment.marker == _APP2 and body.startswith(b"ICC_PROFILE\0")):
            parts.append(data[segment.start : segment.end])
        elif segment.marker == _ADOBE and body.startswith(b"Adobe") and len(body) >= 12:
            parts.append(b"\xff\xee\0\x0e" + body[:12])
    if turn != 1:
        block = b"Exif\0\0" + _ORIENTATION % turn
        first = 2 if parts[1:2] and parts[1].startswith(b"\xff\xe0") else 1
        parts.insert(first, b"\xff\xe1" + pack(">H", 2 + len(block)) + block)
    return b"".join(parts)


def _png(data: bytes, turn: int) -> bytes:
    kept = [chunk for chunk in islice(png.chunks(data), MAX_PARTS) if chunk.kind in _PNG_KEPT]
    parts = [png.SIGNATURE, *(data[chunk.start : chunk.end] for chunk in kept)]
    if turn != 1:
        body = b"eXIf" + _ORIENTATION % turn
        parts.insert(2, pack(">I", len(body) - 4) + body + pack(">I", crc32(body)))
    return b"".join(parts)


def _webp(data: bytes, turn: int) -> bytes:
    parts = [_webp_part(data, chunk, turn) for chunk in islice(webp.chunks(data), MAX_PARTS)]
    if turn != 1:
        parts.append(_riff(b"EXIF", _ORIENTATION % turn))
    body = b"WEBP" + b"".join(parts)
    return b"RIFF" + pack("<I", len(body)) + body


def _webp_part(data: bytes, chunk: webp.Chunk, turn: int) -> bytes:
    body = data[chunk.start : chunk.end]
    if chunk.kind == b"VP8X" and body:
        flags = body[0] & ~_WEBP_METADATA | (_WEBP_EXIF if turn != 1 else 0)
        body = bytes([flags]) + body[1:10]
    elif chunk.kind == b"ANMF":
        kept = list(_frame(body))
        # A frame that is damaged stays as it is: without one its readers would refuse the whole.
        body = body[:_FRAME_HEADER] + b"".join(kept) if any(each[:4] in _CODED for each in kept) else body
    elif chunk.kind not in _WEBP_KEPT:
        return b""
    return _riff(chunk.kind, body)


def _frame(body: bytes) -> Iterator[bytes]:
    at = _FRAME_HEADER
    while at + 8 <= len(body):
        kind, size = body[at : at + 4], int.from_bytes(body[at + 4 : at + 8], "little")
        if kind in _WEBP_KEPT:
            yield _riff(kind, body[at + 8 : at + 8 + size])
        at += 8 + size + size % 2


def _riff(kind: bytes, body: bytes) -> bytes:
    return kind + pack("<I", len(body)) + body + bytes(len(body) % 2)


_STRIPPED: Mapping[str, Callable[[bytes, int], bytes]] = {
    "jpeg": _jpeg,
    "png": _png,
    "webp": _webp,
    "heic": lambda data, _: _heic(data),
}
