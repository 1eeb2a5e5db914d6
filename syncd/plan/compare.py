"""Whether a remote picture is a content of ours: by bytes, by pixels, and else only whether it cannot be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

from syncd.model.local import Likeness
from syncd.model.record import Content
from syncd.model.remote import Picture

THUMB_SIDE = 16
MEAN_APART = 12.0
CELL_APART = 60
ASPECT_APART = 0.02
DRIFT_FACTOR = 1.5
DRIFT_GRACE = 0.5
"""How much farther than any copy seen so far another copy may be, in levels of 255."""
MARGIN_FACTOR = 2.0
MARGIN_GRACE = 3.0
"""How much farther than the nearest content every other one must be."""


class Verdict(StrEnum):
    """SAME is proof, DIFFERENT is safe to build on, UNDECIDED is neither: it may be a re-encoding."""

    SAME = "same"
    DIFFERENT = "different"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Fidelity:
    """What the service makes of pictures, as far as it was seen.

    `exact`: it gives back what it was sent, so that other bytes are another picture. `drift`: it re-encodes, and its
    copies were at most so far from ours (mean difference of thumbnails). Neither: nothing is known.
    """

    exact: bool = False
    drift: float | None = None


UNKNOWN = Fidelity()


def fidelity(echoes: Iterable[tuple[Content, Picture]]) -> Fidelity:
    """Learn from pictures that are known to be copies of our contents."""
    # A placeholder, or the picture of another image, is no copy to learn from.
    pairs = [
        (content, picture)
        for content, picture in echoes
        if not picture.problem and same(content, picture) is not Verdict.DIFFERENT
    ]
    if not pairs:
        return UNKNOWN
    if all(_equal(content, picture) for content, picture in pairs):
        return Fidelity(exact=True)
    drifts = [_drift(content.likeness, picture.likeness) for content, picture in pairs]
    seen = [drift for drift in drifts if drift is not None]
    return Fidelity(drift=max(seen)) if seen else UNKNOWN


def same(content: Content, picture: Picture, known: Fidelity = UNKNOWN, rivals: Iterable[Content] = ()) -> Verdict:
    """Compare. `rivals` are the other contents that the picture might be: it must be far nearer to this one."""
    if _equal(content, picture):
        return Verdict.SAME
    ours, theirs = content.likeness, picture.likeness
    if picture.problem or not theirs:
        return Verdict.UNDECIDED
    if (known.exact and picture.sha256) or (ours and not _may_be(ours, theirs)):
        return Verdict.DIFFERENT
    return Verdict.SAME if _is_copy(content, theirs, known, rivals) else Verdict.UNDECIDED


def _equal(content: Content, picture: Picture) -> bool:
    if picture.sha256 in (content.sha256, content.sent_sha256):
        return True
    ours, theirs = content.likeness, picture.likeness
    return bool(ours and theirs and ours.pixels and ours.pixels == theirs.pixels)


def _is_copy(content: Content, theirs: Likeness, known: Fidelity, rivals: Iterable[Content]) -> bool:
    """Whether the picture is as near as copies of this service are, and every other content is far away."""
    apart = _drift(content.likeness, theirs)
    if known.drift is None or apart is None or apart > known.drift * DRIFT_FACTOR + DRIFT_GRACE:
        return False
    others = (_drift(rival.likeness, theirs) for rival in rivals if rival.sha256 != content.sha256)
    # A content that was not decoded, or has other proportions, is no rival; burst shots are, and leave it undecided.
    return all(other is None or other > apart * MARGIN_FACTOR + MARGIN_GRACE for other in others)


def _drift(ours: Likeness | None, theirs: Likeness | None) -> float | None:
    """Return the mean difference of two thumbnails of equal proportions; None where it cannot be told."""
    if not (ours and theirs and ours.thumb and theirs.thumb and _alike(ours.width, ours.height, theirs)):
        return None
    left, right = bytes.fromhex(ours.thumb), bytes.fromhex(theirs.thumb)
    return sum(abs(one - other) for one, other in zip(left, right, strict=True)) / len(left)


def _may_be(ours: Likeness, theirs: Likeness) -> bool:
    """Whether one may be a re-encoding of the other; so it is where one was not decoded."""
    if not (ours.pixels and ours.thumb and theirs.pixels and theirs.thumb):
        return True
    left, right = bytes.fromhex(ours.thumb), bytes.fromhex(theirs.thumb)
    upright = _alike(ours.width, ours.height, theirs)
    sideways = _alike(ours.height, ours.width, theirs)
    return any(
        (sideways if swaps else upright) and _close([left[place] for place in turn], right) for swaps, turn in TURNS
    )


def _alike(width: int, height: int, other: Likeness) -> bool:
    """Whether the sides are in the same proportion, but for 2 % and the pixel that scaling rounds away."""
    tall, wide = other.width * height / width, other.height * width / height
    return abs(other.height - tall) <= 1 + ASPECT_APART * tall or abs(other.width - wide) <= 1 + ASPECT_APART * wide


def _close(left: Sequence[int], right: Sequence[int]) -> bool:
    apart = [abs(one - other) for one, other in zip(left, right, strict=True)]
    return sum(apart) <= MEAN_APART * len(apart) and max(apart) <= CELL_APART


def turns(side: int) -> tuple[tuple[bool, list[int]], ...]:
    """Return the eight ways to turn a square of so many cells a side: whether sides are swapped, and each place's."""
    return tuple((swaps, _turned(side, swaps, x, y)) for swaps, x, y in product((False, True), repeat=3))


def _turned(side: int, swaps: bool, flips_x: bool, flips_y: bool) -> list[int]:  # noqa: FBT001 - axes of one table
    last = side - 1
    places: list[int] = []
    for y, x in product(range(side), repeat=2):
        row, column = (x, y) if swaps else (y, x)
        cell = (last - row if flips_y else row) * side + (last - column if flips_x else column)
        places += [3 * cell, 3 * cell + 1, 3 * cell + 2]
    return places


# A service that drops the EXIF orientation shows the picture turned: that must never pass for another picture.
TURNS = turns(THUMB_SIDE)
