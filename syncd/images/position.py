"""Whether a picture tells where it was taken: by its EXIF block or its XMP packet. Nothing is decoded for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Literal

from syncd.images import jpeg, png, webp
from syncd.images.container import MAX_PARTS
from syncd.images.heif_meta import Meta, read_meta

_ORDERS: dict[bytes, Literal["little", "big"]] = {b"II*\0": "little", b"MM\0*": "big"}
_GPS, _LATITUDE = 0x8825, 0x0002
_APP1 = 0xE1
_XMP = b"GPSLatitude"


def has_position(name: str, data: bytes) -> bool:
    """Tell whether a picture of the format `name` (jpeg, png, webp, heic) bears a GPS position."""
    blocks = _BLOCKS.get(name)
    return blocks is not None and any(map(_tells, blocks(data)))


def _tells(block: bytes) -> bool:
    tiff = block.removeprefix(b"Exif\0\0")
    order = _ORDERS.get(tiff[:4])
    if order is None:
        return _XMP in block
    # A camera without a fix may write the table and leave it empty.
    gps = _entries(tiff, order, int.from_bytes(tiff[4:8], order)).get(_GPS)
    return gps is not None and _LATITUDE in _entries(tiff, order, gps)


def _entries(tiff: bytes, order: Literal["little", "big"], at: int) -> dict[int, int]:
    """Read a table of EXIF: each tag with the number, or the place of the value, that stands behind it."""
    count, first = int.from_bytes(tiff[at : at + 2], order), at + 2
    places = range(first, min(first + 12 * count, len(tiff) - 11), 12)
    return {
        int.from_bytes(tiff[place : place + 2], order): int.from_bytes(tiff[place + 8 : place + 12], order)
        for place in places
    }


def _jpeg(data: bytes) -> Iterator[bytes]:
    # Behind the beginning of its pixels nobody looks for metadata.
    found = islice(jpeg.segments(data, pixels=False), MAX_PARTS)
    return (data[segment.start + 4 : segment.end] for segment in found if segment.marker == _APP1)


def _png(data: bytes) -> Iterator[bytes]:
    found = islice(png.chunks(data), MAX_PARTS)
    return (data[chunk.start + 8 : chunk.end - 4] for chunk in found if chunk.kind in (b"eXIf", b"iTXt"))


def _webp(data: bytes) -> Iterator[bytes]:
    found = islice(webp.chunks(data), MAX_PARTS)
    return (data[chunk.start : chunk.end] for chunk in found if chunk.kind in (b"EXIF", b"XMP "))


def _heic(data: bytes) -> Iterator[bytes]:
    meta = read_meta(data) or Meta()
    for item, kind in meta.kinds.items():
        if kind in (b"Exif", b"mime"):
            block = b"".join(data[extent.start : extent.end] for extent in meta.extents.get(item, []))
            yield _from_tiff(block) if kind == b"Exif" else block


def _from_tiff(item: bytes) -> bytes:
    """Return an Exif item from its TIFF header on; its first four bytes say how far that is away."""
    return item[4 + int.from_bytes(item[:4], "big") :]


_BLOCKS: Mapping[str, Callable[[bytes], Iterator[bytes]]] = {
    "jpeg": _jpeg,
    "png": _png,
    "webp": _webp,
    "heic": _heic,
}
