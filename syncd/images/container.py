"""What a container says of its picture, without decoding it."""

from __future__ import annotations

from dataclasses import dataclass

MAX_PARTS = 200_000
"""Segments, chunks, boxes or extents that are walked at most: far above any picture, and done in a second."""

TOO_MANY_PARTS = "damaged: it has more parts than any picture"


@dataclass(frozen=True, slots=True)
class Container:
    """The result of a walk. The size is that of the stored pixels, 0 where no header tells it.

    `orientation` is the EXIF value that turns them upright, 1 to 8; `fault` says what is broken, empty for nothing.
    """

    width: int = 0
    height: int = 0
    orientation: int = 1
    fault: str = ""

    @property
    def pixels(self) -> int:
        """How many pixels it declares."""
        return self.width * self.height

    @property
    def upright(self) -> tuple[int, int]:
        """Width and height as seen."""
        return (self.height, self.width) if self.orientation >= 5 else (self.width, self.height)


def percent(part: int, whole: int) -> int:
    """Return how much of the whole the part is, from 1 to 99."""
    return min(99, max(1, 100 * part // max(whole, 1)))


def rows_end(there: int, rows: int) -> str:
    """Say that a picture of so many rows should have had more than are there."""
    return f"cut off: the picture ends after {percent(there, rows)} % of its rows"


def cut_off(have: int, need: int) -> str:
    """Say that a file of `have` bytes should have had `need`."""
    return f"cut off after {percent(have, need)} % of the file"
