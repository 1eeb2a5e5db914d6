"""Who gets the slots of a set: images up keep theirs, a changed file keeps its own, the rest goes by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from syncd.model.local import LocalFile
from syncd.model.names import NaturalKey, natural_key
from syncd.model.plan import Delete, Upload
from syncd.model.sets import SERVICE_LIMIT
from syncd.plan.draft import Wish

Order = Callable[[LocalFile], Any]
"""Gives the key that files are sorted by; the first in order has the first right to a slot."""


def by_name(file: LocalFile) -> NaturalKey:
    """Order files as people count."""
    return natural_key(file.name)


@dataclass(frozen=True, slots=True)
class Slots:
    """Steps that never pass `cap`: `room` first, then `uploads`, then `rest`; `waiting` found no slot."""

    cap: int
    room: tuple[Delete, ...]
    uploads: tuple[Upload, ...]
    rest: tuple[Delete, ...]
    waiting: tuple[Wish, ...]


def free_slots(used: int, deletes: Sequence[Delete], limit: int) -> int:
    """Return how many slots new photos find once the deletes are done."""
    return max(0, limit - used + len(deletes))


def assign(
    wishes: Sequence[Wish],
    deletes: Sequence[Delete],
    used: int,
    listed: int,
    limit: int,
    order: Order = by_name,
    urgent: int = 0,
) -> Slots:
    """Hand out the slots in order; `used` of them are taken before any step, `listed` of these for sure.

    The first `urgent` deletes come before any upload, whether their room is needed or not.
    """
    in_order = sorted(wishes, key=lambda wish: order(wish.file))
    # Lowering the limit deletes nothing, and a changed file keeps its slot even above it. A new one goes up within it.
    cap = min(max(limit, listed), SERVICE_LIMIT)
    replacing = [wish for wish in in_order if wish.replaces is not None] if used <= cap else []
    fresh = [wish for wish in in_order if wish.replaces is None]
    chosen = fresh[: free_slots(used, deletes, limit)]
    needed = max(0, used + len(replacing) + len(chosen) - cap)
    within = used + len(chosen) - limit if chosen else 0
    before = max(needed, within, urgent)
    room, rest = tuple(deletes[:before]), tuple(deletes[before:])
    swaps = max(0, needed - len(room))
    uploads = [
        Upload(wish.file, wish.reason, wish.replaces, swap=place < swaps) for place, wish in enumerate(replacing)
    ] + [Upload(wish.file, wish.reason) for wish in chosen]
    served = {id(wish) for wish in (*replacing, *chosen)}
    return Slots(cap, room, tuple(uploads), rest, tuple(wish for wish in in_order if id(wish) not in served))
