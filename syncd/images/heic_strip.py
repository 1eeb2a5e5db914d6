"""A HEIC with nothing in it but its primary picture: a new container around the coded data as they are.

Editing in place would leave thumbnails, depth maps and the names of all that was there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from struct import pack

from syncd.images.boxes import Box, boxes, number
from syncd.images.heif_meta import DERIVED, Meta, read_meta

_SEEN_BY = frozenset(b"hvcC lhvC ispe pixi colr irot imir clap pasp auxC clli mdcv cclv amve rloc lsel".split())
"""The properties by which a picture is seen; others describe it to people."""

_ALPHA = (b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", b"urn:mpeg:hevc:2015:auxid:1")
_HANDLER = bytes(8) + b"pict" + bytes(13)
_SHORT = 0xFFFF


def stripped(data: bytes) -> bytes:
    """Return the copy of a whole HEIC: its primary picture with its alpha plane, colours and turns."""
    meta = read_meta(data) or Meta()
    opaque = _needed(meta, [-1 if meta.primary is None else meta.primary])
    alphas = _alphas(data, meta, opaque)
    items = _needed(meta, [*opaque, *(alpha for alpha, _ in alphas)])
    bodies = [b"".join(data[one.start : one.end] for one in meta.extents.get(item, [])) for item in items]
    head = b"".join(data[each.start - 8 : each.end] for each in boxes(data, 0, len(data)) if each.kind == b"ftyp")
    wide = max(items) > _SHORT
    fixed = _fixed(data, meta, items, alphas, wide=wide)

    def container(first: int) -> bytes:
        return _box(b"meta", bytes(4), fixed, _places(items, bodies, first, wide=wide))

    return head + container(len(head) + len(container(0)) + 8) + _box(b"mdat", *bodies)


def _needed(meta: Meta, wanted: Iterable[int]) -> list[int]:
    """Return items and all that they are made of, each once."""
    found, waiting = dict[int, None](), list(wanted)
    while waiting:
        item = waiting.pop(0)
        if item not in found:
            found[item] = None
            waiting += meta.sources.get(item, []) if meta.kinds.get(item) in DERIVED else []
    return list(found)


def _alphas(data: bytes, meta: Meta, items: Sequence[int]) -> list[tuple[int, int]]:
    """Pair the alpha planes of these items with them."""
    pairs = ((alpha, item) for alpha, item in _auxiliary(data) if item in items)
    return [
        (alpha, item)
        for alpha, item in pairs
        if any(
            box.kind == b"auxC" and data[box.start + 4 : box.end].startswith(_ALPHA)
            for box in meta.properties.get(alpha, [])
        )
    ]


def _auxiliary(data: bytes) -> Iterator[tuple[int, int]]:
    for outer in boxes(data, 0, len(data)):
        inner = boxes(data, outer.start + 4, outer.end) if outer.kind == b"meta" else ()
        for box in (each for each in inner if each.kind == b"iref"):
            width = 2 if number(data, box.start, 1) == 0 else 4
            for entry in boxes(data, box.start + 4, box.end):
                if entry.kind == b"auxl":
                    first = entry.start + width + 2
                    for at in range(first, min(first + width * number(data, first - 2, 2), entry.end), width):
                        yield number(data, entry.start, width), number(data, at, width)


def _fixed(data: bytes, meta: Meta, items: list[int], alphas: list[tuple[int, int]], *, wide: bool) -> bytes:
    """Return all of `meta` whose length does not hang on where the data lie."""
    size = ">I" if wide else ">H"
    described = [
        _box(b"infe", bytes([3 if wide else 2, 0, 0, item != meta.primary]), pack(size, item), b"\0\0", kind, b"\0")
        for item in items
        if (kind := meta.kinds.get(item))
    ]
    dimg = [(b"dimg", item, meta.sources.get(item, [])) for item in items if meta.kinds.get(item) in DERIVED]
    auxl = [(b"auxl", alpha, [item]) for alpha, item in alphas]
    references = [
        _box(kind, pack(size, item), pack(">H", len(to)), *(pack(size, one) for one in to))
        for kind, item, to in (*dimg, *auxl)
    ]
    version = bytes([int(wide), 0, 0, 0])
    return b"".join(
        (
            _box(b"hdlr", _HANDLER),
            _box(b"pitm", version, pack(size, meta.primary)),
            _box(b"iinf", version, pack(size, len(described)), *described),
            _box(b"iref", version, *references) if references else b"",
            _properties(data, meta, items, wide=wide),
        )
    )


def _properties(data: bytes, meta: Meta, items: list[int], *, wide: bool) -> bytes:
    known = dict[Box, int]()
    uses = []
    for item in items:
        pairs = zip(meta.properties.get(item, []), meta.essential.get(item, []), strict=True)
        kept = [(box, must) for box, must in pairs if box.kind in _SEEN_BY or must]
        indices = [(known.setdefault(box, len(known) + 1), must) for box, must in kept]
        entries = b"".join(pack(">H", index | (0x8000 if must else 0)) for index, must in indices)
        uses.append(pack(">I" if wide else ">H", item) + bytes([len(indices)]) + entries)
    shelf = _box(b"ipco", *(_box(box.kind, data[box.start : box.end]) for box in known))
    return _box(b"iprp", shelf, _box(b"ipma", bytes([int(wide), 0, 0, 1]), pack(">I", len(uses)), *uses))


def _places(items: list[int], bodies: list[bytes], first: int, *, wide: bool) -> bytes:
    size, at = ">I" if wide else ">H", first
    entries = []
    for item, body in zip(items, bodies, strict=True):
        method = b"\0\0" if wide else b""
        entries.append(pack(size, item) + method + pack(">HHII", 0, 1, at, len(body)))
        at += len(body)
    return _box(b"iloc", bytes([2 if wide else 0, 0, 0, 0]), b"\x44\0", pack(size, len(items)), *entries)


def _box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return pack(">I", 8 + len(body)) + kind + body
