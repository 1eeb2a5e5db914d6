"""Who decodes pictures: this process, or another one that may come to harm."""

from __future__ import annotations

from typing import Protocol

from syncd.model.local import Likeness


class Undecodable(Exception):
    """The picture cannot be decoded; the words say why."""


class Unshrinkable(Exception):
    """No copy of the picture fits; the words say why."""


class Decoder(Protocol):
    """Decodes what a container walk found to be whole. Safe in several threads at once.

    `name` is the format, `turn` the EXIF orientation, 0 for the one that the decoder finds. Raises Undecodable for a
    bad picture, and MemoryError where this machine has not the means now, which says nothing of the picture.
    """

    def look(self, name: str, data: bytes, turn: int) -> Likeness:
        """Decode every pixel, and return how the picture looks."""
        ...

    def shrink(self, name: str, data: bytes, turn: int, most: int) -> bytes:
        """Return a JPEG of at most so many bytes. Raises Unshrinkable where there is none."""
        ...


class InProcess:
    """Decodes here. A decoder that crashes takes this process with it."""

    def look(self, name: str, data: bytes, turn: int) -> Likeness:
        """Decode every pixel, and return how the picture looks."""
        from syncd.images.decode import decode
        from syncd.images.likeness import likeness
        from syncd.images.orientation import orientation

        image = decode(name, data)
        return likeness(image, turn or orientation(image.info.get("exif", b"")))

    def shrink(self, name: str, data: bytes, turn: int, most: int) -> bytes:
        """Return a JPEG of at most so many bytes."""
        from syncd.images.shrink import shrunk

        return shrunk(name, data, turn, most)


HERE = InProcess()
