"""HEIC: a HEIF file whose primary picture is coded with HEVC, whatever brand or name it bears.

The decoder fills missing tiles with flat colour and says nothing, so a picture is whole only by this walk.
"""

from __future__ import annotations

from syncd.images.boxes import Box, boxes, number
from syncd.images.container import Container, cut_off
from syncd.images.heif_meta import Meta, read_meta

_HEVC, _AV1 = b"hvc1", b"av01"
_CANVAS = {b"grid": 4, b"iovl": 10}
# No two zero bytes may be followed by a third in a NAL unit; sixteen also spare a sloppy encoder.
_HOLE = bytes(16)


def codec(data: bytes) -> str | None:
    """Return `heic`, `avif` or, for any other codec, `heif`; None where no primary picture can be found."""
    meta = read_meta(data)
    kinds = {meta.kinds[item] for item in meta.coded() if item in meta.kinds} if meta else set()
    if not kinds:
        return None
    return "heic" if kinds == {_HEVC} else "avif" if kinds == {_AV1} else "heif"


def walk(data: bytes) -> Container:
    """Look for the size as seen, for data that are all inside the file, and for coded units that add up."""
    meta = read_meta(data)
    if meta is None:
        return Container(fault="cut off: what says where the picture lies is missing")
    width, height = _size(data, meta)
    last = max((extent.end for each in meta.extents.values() for extent in each), default=0)
    fault = _cut(data, last) or _hole(data, meta) or _disagreement(data, meta)
    if not (width and height):
        fault = fault or "damaged: it does not tell its size"
    return Container(width, height, fault=fault)


def _cut(data: bytes, last: int) -> str:
    """Tell of item data that lie behind the end of the file. What `mdat` holds beyond all items is nobody's."""
    if last <= len(data):
        return ""
    return cut_off(len(data), max(last, *(box.end for box in boxes(data, 0, len(data)) if box.kind == b"mdat"), 0))


def _hole(data: bytes, meta: Meta) -> str:
    if not all(meta.extents.get(item) for item in meta.coded()):
        return "damaged: a part of the picture is missing"
    left = len(data)
    for item in [item for item, kind in meta.kinds.items() if kind == _HEVC]:
        extents = meta.extents.get(item, [])
        left -= sum(extent.end - extent.start for extent in extents)
        if left < 0:
            return "damaged: its parts overlap"
        coded = b"".join(data[extent.start : extent.end] for extent in extents)
        if _HOLE in coded or not _adds_up(coded, _prefix(data, meta, item)):
            return "damaged: a part of the picture is zeros or garbage"
    return ""


def _adds_up(coded: bytes, prefix: int) -> bool:
    """Whether the coded units, each behind its length, fill the item; each has a header of two bytes."""
    at = 0
    while at < len(coded):
        size = number(coded, at, prefix)
        if size < 2:
            return False
        at += prefix + size
    return at == len(coded)


def _prefix(data: bytes, meta: Meta, item: int) -> int:
    return next((number(data, box.start + 21, 1) % 4 + 1 for box in _described(meta, item, b"hvcC")), 4)


def _described(meta: Meta, item: int | None, kind: bytes) -> list[Box]:
    return [] if item is None else [box for box in meta.properties.get(item, []) if box.kind == kind]


def _size(data: bytes, meta: Meta) -> tuple[int, int]:
    """Return the size after cropping and turning, as the primary item's properties say in their order."""
    width = height = 0
    for box in meta.properties.get(-1 if meta.primary is None else meta.primary, []):
        fields = [number(data, box.start + 4 * place, 4) for place in range(4)]
        if box.kind == b"ispe":
            width, height = fields[1:3]
        elif box.kind == b"clap" and fields[1] and fields[3]:
            width, height = min(width, fields[0] // fields[1]), min(height, fields[2] // fields[3])
        elif box.kind == b"irot" and number(data, box.start, 1) % 2:
            width, height = height, width
    return width, height


def _disagreement(data: bytes, meta: Meta) -> str:
    """Tell of a canvas that has another size than the picture declares: its pixels would escape every limit."""
    at = _CANVAS.get(meta.kinds.get(meta.primary or 0, b""))
    extents = meta.extents.get(meta.primary or 0)
    declared = _described(meta, meta.primary, b"ispe")
    if at is None or not extents or not declared:
        return ""
    start = extents[0].start
    wide = 4 if number(data, start + 1, 1) & 1 else 2
    canvas = number(data, start + at, wide), number(data, start + at + wide, wide)
    size = number(data, declared[0].start + 4, 4), number(data, declared[0].start + 8, 4)
    return "" if canvas == size else "damaged: its sizes disagree"
