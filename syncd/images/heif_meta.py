"""The `meta` box of a HEIF file: which items it has, where their data lie, and how they belong together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from syncd.images.boxes import Box, boxes, number
from syncd.images.container import MAX_PARTS

DERIVED = frozenset({b"grid", b"iden", b"iovl", b"tmap"})
"""Items that are made of others, named by their `dimg` references."""


class Extent(NamedTuple):
    """A stretch of the file that holds part of an item."""

    start: int
    end: int


@dataclass(slots=True)
class Meta:
    """What the box tells; items by their ids. `properties` are boxes, in the order in which they apply.

    `essential` says of each whether a reader must understand it.
    """

    primary: int | None = None
    kinds: dict[int, bytes] = field(default_factory=dict)
    extents: dict[int, list[Extent]] = field(default_factory=dict)
    sources: dict[int, list[int]] = field(default_factory=dict)
    properties: dict[int, list[Box]] = field(default_factory=dict)
    essential: dict[int, list[bool]] = field(default_factory=dict)

    def coded(self) -> list[int]:
        """Return the coded items that make the primary one: itself, or those it is derived from."""
        found, waiting = dict[int, None](), [] if self.primary is None else [self.primary]
        while waiting:
            item = waiting.pop()
            if item not in found:
                found[item] = None
                waiting += self.sources.get(item, []) if self.kinds.get(item) in DERIVED else []
        return [item for item in found if self.kinds.get(item) not in DERIVED]


def read_meta(data: bytes) -> Meta | None:
    """Return what the file's `meta` box tells; None where it has none or not all of it."""
    box = next((each for each in boxes(data, 0, len(data)) if each.kind == b"meta"), None)
    if box is None or box.end > len(data):
        return None
    inner = {each.kind: each for each in boxes(data, box.start + 4, box.end) if each.end <= box.end}
    meta = Meta()
    if primary := inner.get(b"pitm"):
        meta.primary = number(data, primary.start + 4, 2 if data[primary.start : primary.start + 1] == b"\0" else 4)
    if listed := inner.get(b"iinf"):
        meta.kinds = dict(_kinds(data, listed))
    if placed := inner.get(b"iloc"):
        idat = inner.get(b"idat")
        meta.extents = _extents(data, placed, idat.start if idat else 0)
    if referred := inner.get(b"iref"):
        for item, source in islice(_sources(data, referred), MAX_PARTS):
            meta.sources.setdefault(item, []).append(source)
    if described := inner.get(b"iprp"):
        _describe(data, described, meta)
    return meta


def _kinds(data: bytes, box: Box) -> Iterator[tuple[int, bytes]]:
    first = box.start + (6 if number(data, box.start, 1) == 0 else 8)
    for entry in boxes(data, first, box.end):
        version = number(data, entry.start, 1)
        if entry.kind == b"infe" and version in (2, 3):
            width = 2 if version == 2 else 4
            at = entry.start + 4
            yield number(data, at, width), data[at + width + 2 : at + width + 6]


def _extents(data: bytes, box: Box, idat: int) -> dict[int, list[Extent]]:
    """Read `iloc`. Only what lies in this file or in `idat` is told (construction methods 0 and 1)."""
    version, sizes = number(data, box.start, 1), number(data, box.start + 4, 2)
    offset, length, base = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index = sizes & 15 if version else 0
    wide = 2 if version < 2 else 4
    left, at, parts = number(data, box.start + 6, wide), box.start + 6 + wide, 0
    found = dict[int, list[Extent]]()
    while left and at < box.end and parts < MAX_PARTS:
        item = number(data, at, wide)
        method = number(data, at + wide, 2) & 15 if version else 0
        at += wide + (4 if version else 2)
        origin = number(data, at, base) + (idat if method else 0)
        extents, at = number(data, at + base, 2), at + base + 2
        step = index + offset + length
        starts = range(at, min(at + extents * step, box.end), max(step, 1))
        at += extents * step
        left, parts = left - 1, parts + 1 + len(starts)
        if method < 2:
            found[item] = [_extent(data, start + index, offset, length, origin) for start in starts]
    return found


def _extent(data: bytes, at: int, offset: int, length: int, origin: int) -> Extent:
    start, size = origin + number(data, at, offset), number(data, at + offset, length)
    return Extent(start, start + size if size else max(start, len(data)))


def _sources(data: bytes, box: Box) -> Iterator[tuple[int, int]]:
    """Yield which item is made of which other."""
    width = 2 if number(data, box.start, 1) == 0 else 4
    for entry in boxes(data, box.start + 4, box.end):
        if entry.kind == b"dimg":
            item, first = number(data, entry.start, width), entry.start + width + 2
            last = min(first + width * number(data, first - 2, 2), entry.end)
            yield from ((item, number(data, at, width)) for at in range(first, last, width))


def _describe(data: bytes, box: Box, meta: Meta) -> None:
    inner = [each for each in boxes(data, box.start, box.end) if each.end <= box.end]
    known = [each for shelf in inner if shelf.kind == b"ipco" for each in boxes(data, shelf.start, shelf.end)]
    uses = (use for each in inner if each.kind == b"ipma" for use in _uses(data, each))
    for item, index, essential in islice(uses, MAX_PARTS):
        if 1 <= index <= len(known):
            meta.properties.setdefault(item, []).append(known[index - 1])
            meta.essential.setdefault(item, []).append(essential)


def _uses(data: bytes, box: Box) -> Iterator[tuple[int, int, bool]]:
    """Yield which item uses which property, counted from 1, and whether that is essential."""
    wide = 4 if number(data, box.start, 1) else 2
    step = 2 if number(data, box.start + 3, 1) & 1 else 1
    at = box.start + 8
    while at < box.end:
        item, first = number(data, at, wide), at + wide + 1
        at = first + step * number(data, first - 1, 1)
        for use in range(first, min(at, box.end), step):
            value, most = number(data, use, step), 0x7FFF if step == 2 else 0x7F
            yield item, value & most, value > most
