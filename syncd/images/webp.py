"""WebP: a RIFF file whose size says how long it should be.

A tail of zeros proves nothing here: both codings write one, of hundreds of kilobytes, for a large plain area.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from syncd.images.container import MAX_PARTS, TOO_MANY_PARTS, Container, cut_off, percent
from syncd.images.orientation import orientation

_PICTURES = frozenset({b"VP8 ", b"VP8L", b"ANMF"})


class Chunk(NamedTuple):
    """One chunk's payload."""

    kind: bytes
    start: int
    end: int


def chunks(data: bytes) -> Iterator[Chunk]:
    """Yield the chunks within the RIFF size. The last one may end behind it."""
    at, end = 12, min(len(data), _riff_end(data))
    while at + 8 <= end:
        chunk = Chunk(data[at : at + 4], at + 8, at + 8 + int.from_bytes(data[at + 4 : at + 8], "little"))
        yield chunk
        at = chunk.end + chunk.end % 2


def walk(data: bytes) -> Container:
    """Look for the size, the orientation, a picture, and the length that the header promises."""
    size, turn, pictures, fault = (0, 0), 1, 0, ""
    extended = data[12:16] == b"VP8X"  # without that header no reader looks for metadata
    for count, chunk in enumerate(islice(chunks(data), MAX_PARTS), start=1):
        size = size if any(size) else _size(data, chunk)
        if chunk.kind == b"EXIF" and extended:
            turn = orientation(data[chunk.start : chunk.end])
        pictures += chunk.kind in _PICTURES
        if chunk.end > _riff_end(data):
            fault = f"damaged at {percent(chunk.start, len(data))} % of the file"
        if count == MAX_PARTS:
            fault = TOO_MANY_PARTS
    if _riff_end(data) > len(data):
        fault = cut_off(len(data), _riff_end(data))
    elif not pictures:
        fault = fault or "damaged: it holds no picture data"
    elif not all(size):
        fault = fault or "damaged: it does not tell its size"
    return Container(*size, turn, fault)


def _riff_end(data: bytes) -> int:
    return 8 + int.from_bytes(data[4:8], "little")


def _size(data: bytes, chunk: Chunk) -> tuple[int, int]:
    """Return the size that this chunk declares, (0, 0) for none."""
    head = data[chunk.start : min(chunk.start + 10, chunk.end)]
    if len(head) < (5 if chunk.kind == b"VP8L" else 10):
        return 0, 0
    if chunk.kind == b"VP8X":
        return 1 + int.from_bytes(head[4:7], "little"), 1 + int.from_bytes(head[7:10], "little")
    if chunk.kind == b"VP8L":
        bits = int.from_bytes(head[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if chunk.kind == b"VP8 ":
        return int.from_bytes(head[6:8], "little") & 0x3FFF, int.from_bytes(head[8:10], "little") & 0x3FFF
    return 0, 0
