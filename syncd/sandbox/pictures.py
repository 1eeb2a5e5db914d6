"""Pictures without a library: drawn ones to begin with, and the same pixels in other bytes."""

from __future__ import annotations

import struct
import zlib

from syncd.sandbox.formats import Format, sniff

_SIDE = 640
_NOTE = b"encoded anew"


def drawn(number: int) -> bytes:
    """Return a PNG with soft stripes; another number is clearly another picture."""
    red, green, blue = (37 * number) % 256, (91 * number + 80) % 256, (151 * number + 160) % 256
    rows = bytearray()
    for y in range(_SIDE):
        step = (y * (number % 7 + 2) // 64) * 24
        rows += b"\0" + bytes(((red + step) % 256, (green + y // 4) % 256, (blue + step // 2) % 256)) * _SIDE
    size = struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 2, 0, 0, 0)
    parts = _chunk(b"IHDR", size), _chunk(b"IDAT", zlib.compress(bytes(rows), 9)), _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def re_encoded(picture: bytes) -> bytes:
    """Return a picture as other bytes that show the same pixels."""
    match sniff(picture):
        case Format.JPG:
            return picture[:2] + b"\xff\xfe" + struct.pack(">H", len(_NOTE) + 2) + _NOTE + picture[2:]
        case Format.PNG:
            first = 8 + 12 + struct.unpack(">I", picture[8:12])[0]
            return picture[:first] + _chunk(b"tEXt", b"Comment\0" + _NOTE) + picture[first:]
        case Format.WEBP:
            grown = picture[8:] + b"NOTE" + struct.pack("<I", len(_NOTE)) + _NOTE
            return b"RIFF" + struct.pack("<I", len(grown)) + grown
        case Format.HEIC:
            return picture + struct.pack(">I", 8 + len(_NOTE)) + b"free" + _NOTE
    return picture


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
