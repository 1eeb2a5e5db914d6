"""All that the page tells, read from the state as it is now; nothing of it is changed here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from syncd.model.clock import Clock
from syncd.store import Daemon, Event, SetStatus, Store

LATEST = 30
"""So many events are shown."""


@dataclass(frozen=True, slots=True)
class Facts:
    """How all sets stand. `taken`: when it was read (wall seconds). `unmarked`: roots that bear no marker."""

    taken: float
    sets: tuple[SetStatus, ...]
    daemon: Daemon | None
    paused: bool
    unmarked: tuple[bytes, ...]

    @property
    def halted(self) -> tuple[SetStatus, ...]:
        """The sets that are left alone."""
        return tuple(one for one in self.sets if one.halt is not None)

    @property
    def held(self) -> tuple[SetStatus, ...]:
        """The sets that hold deletes, and go on otherwise."""
        return tuple(one for one in self.sets if one.halt is None and one.counts.get("held"))

    def images(self, what: str) -> int:
        """Count the images of all sets that stand so."""
        return sum(one.counts.get(what, 0) for one in self.sets)

    @property
    def oldest_success(self) -> float | None:
        """When the set that is out of date the longest was in sync (wall seconds); None: one never was, or none is."""
        times = [one.last_success for one in self.sets]
        return min((each for each in times if each is not None), default=None) if None not in times else None


class Outlook:
    """What the page is made from. `alive` tells whether the daemon's loop goes round and its workers get on."""

    def __init__(self, store: Store, clock: Clock, root: bytes | None, alive: Callable[[], bool]) -> None:
        self._store = store
        self._clock = clock
        self.root = root
        self._alive = alive

    def facts(self) -> Facts:
        """Read how it stands. Raises StateError."""
        store, now = self._store, self._clock.now()
        unmarked = tuple(root.path for root in store.meta.roots() if root.uuid is None)
        return Facts(now.wall, store.sets.all(), store.presence.look(now), store.meta.paused(), unmarked)

    def summary(self) -> tuple[int, int, bool, str | None]:
        """Count the sets and those that halt, and tell whether people have paused it and how it watches.

        Of very many sets this is far cheaper than all facts. Raises StateError.
        """
        there, halted = self._store.sets.tally()
        daemon = self._store.presence.look(self._clock.now())
        return there, halted, self._store.meta.paused(), daemon.watch if daemon is not None else None

    def events(self) -> tuple[Event, ...]:
        """Read what was done last, the newest first. Raises StateError."""
        return self._store.history.recent(limit=LATEST)

    def ailment(self) -> str:
        """Say what keeps the daemon from its work; empty for nothing. A set that halts is not the daemon's ailment."""
        return "" if self._alive() else "the daemon does not get on: its loop or all its workers hang"
