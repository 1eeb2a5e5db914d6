"""ISO base media boxes, of which HEIF files are made. Total: any bytes give boxes, in one pass."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from syncd.images.container import MAX_PARTS


class Box(NamedTuple):
    """The payload of one box; where the data stop first, `end` lies behind them."""

    kind: bytes
    start: int
    end: int


def number(data: bytes, at: int, width: int) -> int:
    """Return the big-endian number there; what lies behind the data does not count."""
    return int.from_bytes(data[at : at + width], "big")


def boxes(data: bytes, start: int, end: int) -> Iterator[Box]:
    """Yield the boxes between two places, at most MAX_PARTS; stops at one that cannot be."""
    return islice(_boxes(data, start, min(end, len(data))), MAX_PARTS)


def _boxes(data: bytes, at: int, end: int) -> Iterator[Box]:
    while at + 8 <= end:
        size, head = number(data, at, 4), 8
        if size == 1:
            size, head = number(data, at + 8, 8), 16
        elif size == 0:
            size = end - at
        if size < head:
            return
        yield Box(data[at + 4 : at + 8], at + head, at + size)
        at += size
