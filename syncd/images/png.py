"""PNG: chunks and their checksums."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import NamedTuple
from zlib import crc32, decompressobj, error

from syncd.images.container import MAX_PARTS, TOO_MANY_PARTS, Container, percent, rows_end
from syncd.images.orientation import orientation

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PICTURE = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_NO_END = "cut off: the end of the picture is missing"
CUT = "cut off in the middle of the picture"

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_READ, _MADE = 1 << 16, 1 << 20
"""Bytes that are inflated, and made of them, at a time: a bomb takes no memory here."""


class Chunk(NamedTuple):
    """One chunk, from its length to its checksum."""

    kind: bytes
    start: int
    end: int


def chunks(data: bytes) -> Iterator[Chunk]:
    """Yield the chunks up to IEND. Where the data stop first, the last one ends behind them."""
    at = len(SIGNATURE)
    while at < len(data):
        chunk = Chunk(data[at + 4 : at + 8], at, at + 12 + int.from_bytes(data[at : at + 4], "big"))
        yield chunk
        if chunk.kind == b"IEND":
            return
        at = chunk.end


def walk(data: bytes) -> Container:
    """Look for the size, the orientation, and chunks that are all there, unharmed and in order."""
    size, turn, last = (0, 0), 1, b""
    pixels = False
    for count, chunk in enumerate(chunks(data)):
        place = percent(chunk.start, len(data))
        if fault := _harm(data, chunk, place) or _disorder(chunk, last, place, pixels=pixels):
            return Container(*size, turn, fault)
        if count == MAX_PARTS:
            return Container(*size, turn, TOO_MANY_PARTS)
        if chunk.kind == b"IHDR":
            size = _size(data)
        elif chunk.kind == b"eXIf":
            turn = orientation(data[chunk.start + 8 : chunk.end - 4])
        last = chunk.kind
        pixels |= last == b"IDAT"
    return Container(*size, turn, _lack(size, last, pixels=pixels))


def bare(data: bytes) -> bytes:
    """Return what makes the pixels of the still picture: no text, no EXIF, no animation."""
    view = memoryview(data)
    kept = [view[chunk.start : chunk.end] for chunk in islice(chunks(data), MAX_PARTS) if chunk.kind in _PICTURE]
    return b"".join([SIGNATURE, *kept])


def ends_after(data: bytes) -> str:
    """Say after how many of its rows a bare picture ends; empty where it has an end, or its rows come in no order."""
    width, height = _size(data)
    depth, colours, _, _, interlaced = data[24:29].ljust(5, b"\1")
    row = 1 + (width * depth * _CHANNELS.get(colours, 0) + 7) // 8
    if interlaced or b"IEND" in data[-12:]:
        return ""
    there = _inflated(data, row * height) // row
    return rows_end(there, height) if there < height else _NO_END


def _inflated(data: bytes, most: int) -> int:
    """Return how many bytes of pixels are there; stops soon after so many."""
    stream, made = decompressobj(), 0
    with suppress(error):
        for part in _coded(data):
            rest = part
            while rest and made < most:
                made += len(stream.decompress(rest, _MADE))
                rest = stream.unconsumed_tail
    return made


def _coded(data: bytes) -> Iterator[bytes]:
    """Yield what the pixels are inflated from, in parts."""
    for chunk in islice(chunks(data), MAX_PARTS):
        end = min(chunk.end - 4, len(data))
        if chunk.kind == b"IDAT":
            yield from (data[at : min(at + _READ, end)] for at in range(chunk.start + 8, end, _READ))


def _size(data: bytes) -> tuple[int, int]:
    return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")


def _harm(data: bytes, chunk: Chunk, place: int) -> str:
    if not chunk.kind.isalpha():
        return f"damaged at {place} % of the file" if chunk.kind else _NO_END
    if chunk.end > len(data):
        whole = _NO_END if chunk.kind == b"IEND" else CUT
        return "cut off in its header" if chunk.start == len(SIGNATURE) else whole
    covered, at = memoryview(data)[chunk.start + 4 : chunk.end - 4], chunk.end - 4
    if crc32(covered) != int.from_bytes(data[at : chunk.end], "big"):
        return f"damaged at {place} % of the file: the checksum of {chunk.kind.decode()} is wrong"
    return ""


def _disorder(chunk: Chunk, last: bytes, place: int, *, pixels: bool) -> str:
    if not last and chunk.kind != b"IHDR":
        return f"damaged: it begins with {chunk.kind.decode()}, which no standard PNG does"
    if pixels and chunk.kind == b"IDAT" and last != b"IDAT":
        return f"damaged at {place} % of the file: its pixels are interrupted"
    return ""


def _lack(size: tuple[int, int], last: bytes, *, pixels: bool) -> str:
    if last != b"IEND":
        return _NO_END
    if not pixels:
        return "damaged: it holds no picture data"
    return "" if all(size) else "damaged: it does not tell its size"
