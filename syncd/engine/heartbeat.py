"""Holding leases: renewed while the work goes on, and waited for where another worker has the set."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Condition, Lock, Thread

from syncd.errors import Leased, SyncdError
from syncd.model.clock import Clock
from syncd.model.sets import SetKey
from syncd.store import Lease, Store

RENEW_SECONDS = 5.0
"""Far below the 30 s after which another host may take a lease."""
LEASE_PATIENCE = 60.0
"""Seconds that a command waits for a set that another worker has."""
LEASE_POLL = 0.5


class Pulse:
    """Calls all who ask for it every few seconds, from one thread, that ends when nobody does. Any thread.

    `lingering`: it ends some seconds later. To begin a thread takes longer than many a pass of the daemon.
    """

    def __init__(self, seconds: float = RENEW_SECONDS, *, lingering: bool = False) -> None:
        self._seconds = seconds
        self._lingering = lingering
        self._changed = Condition()
        self._beats: set[Callable[[], None]] = set()
        self._runs = False

    def add(self, beat: Callable[[], None]) -> None:
        """Call this from now on."""
        with self._changed:
            if not self._runs:
                # Where no thread can be had that is told, and nothing is left of it.
                Thread(target=self._run, name="syncd-leases", daemon=True).start()
            self._runs = True
            self._beats.add(beat)

    def remove(self, beat: Callable[[], None]) -> None:
        """Begin no further call of this one."""
        with self._changed:
            self._beats.discard(beat)
            if not self._beats and not self._lingering:
                self._changed.notify()

    def _run(self) -> None:
        while beats := self._next():
            for beat in beats:
                beat()

    def _next(self) -> tuple[Callable[[], None], ...]:
        with self._changed:
            if self._beats or self._lingering:
                self._changed.wait(self._seconds)
            self._runs = bool(self._beats)
            return tuple(self._beats)


class Heartbeat:
    """Renews leases until it is stopped; a lease that is added to the mapping later is renewed as well."""

    def __init__(self, store: Store, clock: Clock, leases: Mapping[SetKey, Lease], pulse: Pulse | None = None) -> None:
        self._store = store
        self._clock = clock
        self._leases = leases
        self._lock = Lock()
        self._ended = False
        self._pulse = pulse or Pulse()
        self._pulse.add(self._beat)

    def stop(self) -> None:
        """End it; none is renewed after this returns."""
        self._pulse.remove(self._beat)
        with self._lock:
            self._ended = True

    def _beat(self) -> None:
        with self._lock:
            for lease in () if self._ended else tuple(self._leases.values()):
                self._renew(lease)

    def _renew(self, lease: Lease) -> None:
        try:
            self._store.leases.renew(lease, self._clock.now())
        except SyncdError:
            # Whoever works with a lost lease finds out at its next write, which is refused.
            return


@contextmanager
def leased(store: Store, clock: Clock, key: SetKey) -> Iterator[Lease]:
    """Hold the lease of one set. Waits up to a minute for a busy one; then Leased."""
    lease = _acquired(store, clock, key)
    beat = Heartbeat(store, clock, {key: lease})
    try:
        yield lease
    finally:
        beat.stop()
        store.leases.release(lease)


def _acquired(store: Store, clock: Clock, key: SetKey) -> Lease:
    patience = LEASE_PATIENCE
    while True:
        try:
            return store.leases.acquire(key, clock.now())
        except Leased:
            if patience <= 0:
                raise
        clock.sleep(LEASE_POLL)
        patience -= LEASE_POLL
