"""`limits.overflow = "rotate"`: the newest photos have the slots, and our oldest images make room for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from syncd.model.local import LocalFile
from syncd.model.names import NaturalKey, natural_key
from syncd.model.record import Record
from syncd.plan.draft import Wish


def newest_first(file: LocalFile) -> tuple[int, NaturalKey]:
    """Order files by modification time, the newest first; ties as people count."""
    return -file.fingerprint.mtime_ns, natural_key(file.name)


def rotated_out(
    kept: Iterable[tuple[LocalFile, Record]], wishes: Iterable[Wish], free: int
) -> list[tuple[LocalFile, Record]]:
    """Return the images that newer photos without a free slot take the place of, the oldest first.

    `free` below zero: so many images are up beyond the limit, and a photo goes up only once these are down as well.
    """
    in_line: Sequence[Wish] = sorted(
        (wish for wish in wishes if wish.replaces is None), key=lambda wish: newest_first(wish.file)
    )[max(0, free) :]
    oldest_first = sorted(kept, key=lambda one: newest_first(one[0]), reverse=True)
    beyond = max(0, -free)
    pairs = zip(in_line, oldest_first[beyond:], strict=False)
    taken = sum(newest_first(wish.file) < newest_first(old[0]) for wish, old in pairs)
    return oldest_first[: beyond + taken] if taken else []
