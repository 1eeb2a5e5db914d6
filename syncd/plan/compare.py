"""Whether a remote picture is a content of ours: by bytes, by pixels, and else only whether it cannot be."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from itertools import product

from syncd.model.local import Likeness
from syncd.model.record import Content
from syncd.model.remote import Picture

THUMB_SIDE = 16
MEAN_APART = 12.0
CELL_APART = 60
ASPECT_APART = 0.02


class Verdict(StrEnum):
    """SAME is proof, DIFFERENT is safe to build on, UNDECIDED is neither: it may be a re-encoding."""

    SAME = "same"
    DIFFERENT = "different"
    UNDECIDED = "undecided"


def same(content: Content, picture: Picture, *, preserves_bytes: bool) -> Verdict:
    """Compare; `preserves_bytes`: the service is known to return what it was sent, so that other bytes are another."""
    if picture.sha256 in (content.sha256, content.sent_sha256):
        return Verdict.SAME
    ours, theirs = content.likeness, picture.likeness
    if ours and theirs and ours.pixels and ours.pixels == theirs.pixels:
        return Verdict.SAME
    if picture.problem or not theirs:
        return Verdict.UNDECIDED
    if preserves_bytes and picture.sha256:
        return Verdict.DIFFERENT
    return Verdict.UNDECIDED if not ours or _may_be(ours, theirs) else Verdict.DIFFERENT


def _may_be(ours: Likeness, theirs: Likeness) -> bool:
    """Whether one may be a re-encoding of the other; so it is where one was not decoded."""
    if not (ours.pixels and ours.thumb and theirs.pixels and theirs.thumb):
        return True
    left, right = bytes.fromhex(ours.thumb), bytes.fromhex(theirs.thumb)
    upright = _alike(ours.width, ours.height, theirs)
    sideways = _alike(ours.height, ours.width, theirs)
    return any(
        (sideways if swaps else upright) and _close([left[place] for place in turn], right) for swaps, turn in _TURNS
    )


def _alike(width: int, height: int, other: Likeness) -> bool:
    """Whether the sides are in the same proportion, but for 2 % and the pixel that scaling rounds away."""
    tall, wide = other.width * height / width, other.height * width / height
    return abs(other.height - tall) <= 1 + ASPECT_APART * tall or abs(other.width - wide) <= 1 + ASPECT_APART * wide


def _close(left: Sequence[int], right: Sequence[int]) -> bool:
    apart = [abs(one - other) for one, other in zip(left, right, strict=True)]
    return sum(apart) <= MEAN_APART * len(apart) and max(apart) <= CELL_APART


def _turned(swaps: bool, flips_x: bool, flips_y: bool) -> list[int]:  # noqa: FBT001 - three axes of one table
    last = THUMB_SIDE - 1
    places: list[int] = []
    for y, x in product(range(THUMB_SIDE), repeat=2):
        row, column = (x, y) if swaps else (y, x)
        cell = (last - row if flips_y else row) * THUMB_SIDE + (last - column if flips_x else column)
        places += [3 * cell, 3 * cell + 1, 3 * cell + 2]
    return places


# A service that drops the EXIF orientation shows the picture turned: that must never pass for another picture.
_TURNS = tuple((swaps, _turned(swaps, x, y)) for swaps, x, y in product((False, True), repeat=3))
