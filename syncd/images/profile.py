"""The colour profile of a picture, out of its container: the decoders are given pictures without it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice
from zlib import decompressobj, error

from syncd.images import jpeg, png, webp
from syncd.images.container import MAX_PARTS
from syncd.images.heif_meta import Meta, read_meta

MAX_BYTES = 4_000_000
"""Far above any profile; a packed one may claim to be endless."""

_APP2, _ICC = 0xE2, b"ICC_PROFILE\0"


def profile(name: str, data: bytes) -> bytes | None:
    """Return the ICC profile of a picture of the format `name`; None where it has none, or a broken one."""
    found = _PROFILES[name](data)
    return found if found and found[36:40] == b"acsp" and len(found) <= MAX_BYTES else None


def _jpeg(data: bytes) -> bytes:
    found = islice(jpeg.segments(data), MAX_PARTS)
    bodies = [data[each.start + 4 : each.end] for each in found if each.marker == _APP2]
    # Each part says its place behind the name, counted from 1, and how many there are.
    parts = sorted(body[len(_ICC) :] for body in bodies if body.startswith(_ICC))
    return b"".join(part[2:] for part in parts)


def _png(data: bytes) -> bytes:
    for chunk in islice(png.chunks(data), MAX_PARTS):
        if chunk.kind == b"iCCP":
            packed = data[chunk.start + 8 : chunk.end - 4].partition(b"\0")[2][1:]
            try:
                return decompressobj().decompress(packed, MAX_BYTES)
            except error:
                return b""
    return b""


def _webp(data: bytes) -> bytes:
    found = islice(webp.chunks(data), MAX_PARTS)
    return next((data[each.start : each.end] for each in found if each.kind == b"ICCP"), b"")


def _heic(data: bytes) -> bytes:
    meta = read_meta(data) or Meta()
    boxes = meta.properties.get(-1 if meta.primary is None else meta.primary, [])
    colours = (data[each.start : each.end] for each in boxes if each.kind == b"colr")
    return next((each[4:] for each in colours if each[:4] in (b"prof", b"rICC")), b"")


_PROFILES: Mapping[str, Callable[[bytes], bytes]] = {"jpeg": _jpeg, "png": _png, "webp": _webp, "heic": _heic}
