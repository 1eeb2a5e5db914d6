"""Pictures that show the same: turned, made smaller, coded anew, or taken an instant later."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from operator import itemgetter
from typing import TypeVar

from syncd.model.local import Likeness
from syncd.plan.compare import THUMB_SIDE, TURNS, turns

NEAR = 0.96
"""How far two thumbnails must agree (their correlation over all cells and colours) to show the same.

Of 28 drawn portraits and landscapes no two agree to more than 0.91. Copies of one agree to 0.999 when coded badly, made
smaller or blurred, to 0.998 when exposed anew, and to 0.996, 0.979 and 0.953 at least when their frame moves by 1, 2 or
3 percent of the picture, as in a burst.
"""

FLAT = 4.0
"""A thumbnail that differs by less than that (in levels of 255, around its mean) from one colour shows nothing."""

_APART = math.sqrt(2 * (1 - NEAR))
"""The distance of two vectors of length 1 that agree so far."""

Name = TypeVar("Name", bound=Hashable)
Taken = Callable[[tuple[float, ...]], tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class _Shape:
    """A thumbnail as a vector of length 1, and parts of it: its blocks, and its rings, which no turn changes."""

    cells: tuple[float, ...]
    blocks: tuple[float, ...]
    rings: tuple[float, ...]


def twins(pictures: Iterable[tuple[Name, Likeness]]) -> dict[Name, Name]:
    """Pair each picture that shows the same as one before it with the first of these."""
    found: dict[Name, Name] = {}
    seen: list[tuple[Name, _Shape]] = []
    for name, likeness in pictures:
        shape = _shape(likeness)
        if shape is None:
            continue
        same = next((other for other, known in seen if _same(shape, known)), None)
        if same is None:
            seen.append((name, shape))
        else:
            found[name] = same
    return found


def _shape(likeness: Likeness) -> _Shape | None:
    if likeness.thumb is None:
        return None
    levels = bytes.fromhex(likeness.thumb)
    means = [sum(levels[colour::3]) / (len(levels) // 3) for colour in range(3)]
    apart = [level - means[at % 3] for at, level in enumerate(levels)]
    length = math.hypot(*apart)
    if length < FLAT * math.sqrt(len(levels)):
        return None
    cells = tuple(each / length for each in apart)
    return _Shape(cells, _parts(cells, _BLOCKS), _parts(cells, _RINGS))


def _parts(cells: tuple[float, ...], groups: tuple[Taken, ...]) -> tuple[float, ...]:
    return tuple(math.fsum(part := take(cells)) / math.sqrt(len(part)) for take in groups)


def _same(one: _Shape, other: _Shape) -> bool:
    # Parts of the cells are never farther apart than these: most pictures differ in the few of them already.
    if math.dist(one.rings, other.rings) > _APART:
        return False
    return any(
        math.dist(few(one.blocks), other.blocks) <= _APART and math.dist(all_of(one.cells), other.cells) <= _APART
        for few, all_of in _TURNED
    )


def _ring(row: int, column: int) -> int:
    last = THUMB_SIDE - 1
    return min(row, column, last - row, last - column)


def _groups(of: Callable[[int, int], int], count: int) -> tuple[Taken, ...]:
    """Return what takes each group of cells, and of each group each colour, out of all cells."""
    places = [(row, column) for row in range(THUMB_SIDE) for column in range(THUMB_SIDE)]
    return tuple(
        itemgetter(*(3 * (row * THUMB_SIDE + column) + colour for row, column in places if of(row, column) == group))
        for group in range(count)
        for colour in range(3)
    )


_SIDE = 4
"""Blocks a side."""
_BLOCK = THUMB_SIDE // _SIDE
_BLOCKS = _groups(lambda row, column: row // _BLOCK * _SIDE + column // _BLOCK, _SIDE**2)
_RINGS = _groups(_ring, THUMB_SIDE // 2)
_TURNED = tuple((itemgetter(*few), itemgetter(*each)) for (_, few), (_, each) in zip(turns(_SIDE), TURNS, strict=True))
