"""Who decodes pictures: this process, or another one that may come to harm."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from syncd.images import jpeg
from syncd.images.container import Container
from syncd.images.limits import JPEG_BYTES
from syncd.model.local import Likeness

_PIXEL_BYTES = 4
_MOST_HELD = 2
"""So many times the bytes of its pixels are held of a JPEG of four full colours."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a decoded picture looks like, and what is odd about it."""

    likeness: Likeness
    warnings: tuple[str, ...] = ()


class Undecodable(Exception):
    """The picture cannot be decoded; the words say why."""


class Unshrinkable(Exception):
    """No copy of the picture fits; the words say why."""


class Overrun(Exception):
    """Decoding the picture takes more memory or time than one may take; the words say which."""


class Decoder(Protocol):
    """Decodes what a container walk found to be whole. Safe in several threads at once.

    `name` is the format, `seen` what its container tells; its orientation is 0 for the one that the decoder finds.
    Raises Undecodable for a bad picture, Overrun for one that asks too much, and MemoryError where this machine has
    not the means now, which says nothing of the picture.
    """

    def look(self, name: str, data: bytes, seen: Container, *, exact: bool = True) -> Look:
        """Decode every pixel, and return how the picture looks; unless `exact` by some of them, without a digest.

        A JPEG that would take too much memory, of over 35 million pixels and several scans, has no digest either.
        """
        ...

    def shrink(self, name: str, data: bytes, seen: Container, most: int) -> bytes:
        """Return a JPEG of at most so many bytes. Raises Unshrinkable where there is none."""
        ...


class InProcess:
    """Decodes here. A decoder that crashes takes this process with it."""

    def look(self, name: str, data: bytes, seen: Container, *, exact: bool = True) -> Look:
        """Decode every pixel, and return how the picture looks."""
        from syncd.images.decode import decode, decode_small
        from syncd.images.likeness import GLANCE, glance, likeness
        from syncd.images.modes import sampled
        from syncd.images.orientation import orientation
        from syncd.images.quality import quality

        if name == "jpeg" and _is_heavy(data, seen):
            image = decode_small(data)
            found = glance(image, seen.orientation)
            return Look(replace(found, width=seen.upright[0], height=seen.upright[1]), quality(image))
        image = decode(name, data)
        turn = seen.orientation or orientation(image.info.get("exif", b""))
        few = sampled(image, GLANCE)
        return Look(likeness(image, turn) if exact else glance(image, turn, few), quality(few))

    def shrink(self, name: str, data: bytes, seen: Container, most: int) -> bytes:
        """Return a JPEG of at most so many bytes."""
        from syncd.images.shrink import shrunk

        return shrunk(name, data, seen.orientation, most)


def _is_heavy(data: bytes, seen: Container) -> bool:
    """Whether a JPEG takes too much to be decoded in its full size. Looked for only where it may be."""
    pixels = _PIXEL_BYTES * seen.pixels
    return (1 + _MOST_HELD) * pixels > JPEG_BYTES and jpeg.held(data) + pixels > JPEG_BYTES


HERE = InProcess()
