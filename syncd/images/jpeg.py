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

_EOI, _SOS, _APP0, _APP1, _COMMENT = 0xD9, 0xDA, 0xE0, 0xE1, 0xFE
_BARE_MARKERS = frozenset({0x01, 0xD8, *range(0xD0, 0xD8)})
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# APP0 and APP14 say how colours are coded; the others are metadata.
_METADATA = frozenset({*range(0xE1, 0xF0), _COMMENT}) - {0xEE}
_JFIF = b"\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"
_FILLING = 16
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})

NO_END = "cut off: the end of the picture is missing"


class Segment(NamedTuple):
    """One marker segment with its marker; a scan's includes its coded data."""

    marker: int
    start: int
    end: int


def segments(data: bytes, *, pixels: bool = True) -> Iterator[Segment]:
    """Yield the segments of the first picture, its end (D9) last. Stops early where the data do.

    Without `pixels` it stops where these begin, which takes no time.
    """
    at = 2
    while found := _MARKER.search(data, at):
        start, at, marker = found.start(), found.end(), data[found.start() + 1]
        if marker in _BARE_MARKERS:
            continue
        if marker == _EOI:
            yield Segment(marker, start, at)
            return
        if marker == _SOS and not pixels:
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
    """Return what makes the pixels of the first picture, so that broken metadata and filling can decide nothing."""
    view = memoryview(data)
    kept: list[bytes | memoryview] = [data[:2]]
    for segment in islice(segments(data), MAX_PARTS):
        if segment.marker == _APP0:
            # Decoders object to a version that they do not know, and to nothing else in it.
            kept.append(_JFIF if data[segment.start + 4 : segment.start + 9] == b"JFIF\0" else b"")
        elif segment.marker == _SOS:
            kept.append(view[segment.start : _without_filling(data, segment)])
        elif segment.marker not in _METADATA:
            kept.append(view[segment.start : segment.end])
    return b"".join(kept)


def held(data: bytes) -> int:
    """Return how many bytes a decoder holds at least until the last scan: none where the only one can be read through.

    They are two for each number of the picture that is coded.
    """
    found = [segment for segment in islice(segments(data), MAX_PARTS) if segment.marker in _FRAMES | {_SOS}]
    frame = next((segment for segment in found if segment.marker in _FRAMES), None)
    if frame is None or (len(found) <= 2 and frame.marker not in _PROGRESSIVE):
        return 0
    width, height = _size(data, frame)
    factors = [(each >> 4, each & 15) for each in data[frame.start + 11 : frame.end : 3]]
    whole = max((across for across, _ in factors), default=1) * max((down for _, down in factors), default=1)
    return 2 * width * height * sum(across * down for across, down in factors) // max(1, whole)


def _without_filling(data: bytes, scan: Segment) -> int:
    """Return the end of a scan; some cameras fill up with zeros behind it."""
    if not data.endswith(bytes(_FILLING), scan.start, scan.end):
        return scan.end
    end = scan.start + len(data[scan.start : scan.end].rstrip(b"\0"))
    # Coded data end in ones, but for the zero that follows an FF of theirs.
    return end + 1 if data[end - 1] == 0xFF else end


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
    return NO_END
