"""`limits.overflow = "rotate"`: the newest photos have the slots, and our oldest images make room for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from syncd.model.local import LocalFile
from syncd.model.names import NaturalKey, natural_key
from syncd.model.record import Record
from syncd.plan.draft import Wish

Age = tuple[int, NaturalKey]


def newest_first(files: Iterable[LocalFile]) -> Callable[[LocalFile], Age]:
    """Give an order of files by modification time, the newest first; ties as people count.

    Files of the same content count as the newest of them: which of them is up must not decide what goes up next.
    """
    ages: dict[str | None, Age] = {}
    for file in files:
        age = -file.fingerprint.mtime_ns, natural_key(file.name)
        ages[file.sha256] = min(age, ages.get(file.sha256, age))
    return lambda file: ages[file.sha256]


def rotated_out(
    kept: Iterable[tuple[LocalFile, Record]], wishes: Iterable[Wish], free: int, order: Callable[[LocalFile], Age]
) -> list[tuple[LocalFile, Record]]:
    """Return the images that photos without a free slot take the place of, as they come first in order; the last first.

    `free` below zero: so many images are up beyond the limit, and a photo goes up only once these are down as well.
    """
    in_line: Sequence[Wish] = sorted(
        (wish for wish in wishes if wish.replaces is None), key=lambda wish: order(wish.file)
    )[max(0, free) :]
    oldest_first = sorted(kept, key=lambda one: order(one[0]), reverse=True)
    beyond = max(0, -free)
    pairs = zip(in_line, oldest_first[beyond:], strict=False)
    taken = sum(order(wish.file) < order(old[0]) for wish, old in pairs)
    return oldest_first[: beyond + taken] if taken else []
