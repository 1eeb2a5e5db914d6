"""JPEG: marker segments up to the end of the first picture. What follows it (MPO, motion photos) is legal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from syncd.images.container import MAX_PARTS, Container, percent
from syncd.images.orientation import orientation

# One FF each: a longer run is padding, and a repeated group would search it again from every place in it.
_MARKER = re.compile(rb"\xff[^\x00\xff]")
_SCAN_END = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")

_EOI, _SOS, _APP1, _COMMENT = 0xD9, 0xDA, 0xE1, 0xFE
_BARE_MARKERS = frozenset({0x01, 0xD8, *range(0xD0, 0xD8)})
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# APP0 and APP14 say how colours are coded; the others are metadata.
_METADATA = frozenset({*range(0xE1, 0xF0), _COMMENT}) - {0xEE}


class Segment(NamedTuple):
    """One marker segment with its marker; a scan's includes its coded data."""

    marker: int
    start: int
    end: int


def segments(data: bytes) -> Iterator[Segment]:
    """Yield the segments of the first picture, its end (D9) last. Stops early where the data do."""
    at = 2
    while found := _MARKER.search(data, at):
        start, at, marker = found.start(), found.end(), data[found.start() + 1]
        if marker in _BARE_MARKERS:
            continue
        if marker == _EOI:
            yield Segment(marker, start, at)
            return
        at += max(2, int.from_bytes(data[at : at + 2], "big"))
        if marker == _SOS:
            end = _SCAN_END.search(data, at)
            at = end.start() if end else len(data)
        yield Segment(marker, start, at)


def walk(data: bytes) -> Container:
    """Look for the size, the orientation, and an end after the coded data."""
    seen: dict[int, Segment] = {}
    size, turn = (0, 0), 1
    for segment in islice(segments(data), MAX_PARTS):
        if segment.marker in _FRAMES and not any(size):
            size = _size(data, segment)
        if segment.marker == _APP1 and turn == 1:
            turn = _turn(data, segment)
        seen[segment.marker] = segment
    return Container(*size, turn, _fault(data, size, seen))


def bare(data: bytes) -> bytes:
    """Return the first picture without its metadata, so that a broken EXIF block can decide nothing."""
    view, kept, at = memoryview(data), [], 0
    for segment in islice(segments(data), MAX_PARTS):
        if segment.marker in _METADATA:
            kept.append(view[at : segment.start])
            at = segment.end
        elif segment.marker == _EOI:
            view = view[: segment.end]
    return b"".join([*kept, view[at:]]) if kept else data


def _size(data: bytes, frame: Segment) -> tuple[int, int]:
    height, width = (int.from_bytes(data[at : at + 2], "big") for at in (frame.start + 5, frame.start + 7))
    return width, height


def _turn(data: bytes, segment: Segment) -> int:
    block = data[segment.start + 4 : segment.end]
    return orientation(block) if block.startswith(b"Exif\0\0") else 1


def _fault(data: bytes, size: tuple[int, int], seen: dict[int, Segment]) -> str:
    if _SOS not in seen:
        return "damaged: it holds no picture data" if _EOI in seen else "cut off before the picture data begin"
    if not all(size):
        return "damaged: it does not tell its size"
    if _EOI in seen:
        return ""
    # A copy that broke off is often filled up with zeros to the size of the original.
    filled = len(data.rstrip(b"\0"))
    if len(data) - filled >= 64:
        return f"only zeros after {percent(filled, len(data))} % of the file"
    return "cut off: the end of the picture is missing"
