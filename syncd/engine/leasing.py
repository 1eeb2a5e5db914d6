"""The leases of one pass: taken set by set, renewed while it works, given back at its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from syncd.engine.heartbeat import Heartbeat, Pulse
from syncd.errors import SyncdError
from syncd.model.clock import Clock
from syncd.model.sets import SetKey
from syncd.model.time import Instant
from syncd.store import Lease, Store


@contextmanager
def taken(store: Store, key: SetKey, now: Instant) -> Iterator[Lease]:
    """Hold the lease of a set for a few writes, and give it back also where one fails. Raises Leased."""
    lease = store.leases.acquire(key, now)
    try:
        yield lease
    finally:
        store.leases.release(lease)


class Leasing:
    """Holds leases for as long as its block lasts. Safe to use from any thread."""

    def __init__(self, store: Store, clock: Clock, pulse: Pulse | None = None) -> None:
        self._pulse = pulse
        self._store = store
        self._clock = clock
        self._held: dict[SetKey, Lease] = {}
        self._beat: Heartbeat | None = None

    def __enter__(self) -> Self:
        self._beat = Heartbeat(self._store, self._clock, self._held, self._pulse)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._beat is not None:
            self._beat.stop()
        self.give_back()

    def give_back(self) -> None:
        """Let others have the sets. Who goes on with one takes its lease anew."""
        for key in tuple(self._held):
            self.lose(key)

    def take(self, key: SetKey) -> Lease:
        """Return the lease of a set, taken now unless this pass has it. Raises Leased."""
        if key not in self._held:
            self._held[key] = self._store.leases.acquire(key, self._clock.now())
        return self._held[key]

    def of(self, key: SetKey) -> Lease | None:
        """Return the lease of a set that this pass has."""
        return self._held.get(key)

    def lose(self, key: SetKey) -> None:
        """Hold a lease no more. Where another worker has it by now, that one keeps it."""
        lease = self._held.pop(key, None)
        if lease is None:
            return
        try:
            self._store.leases.release(lease)
        except SyncdError:
            # A state that takes no more writes is told by the sets; the lease ends with this process.
            return
