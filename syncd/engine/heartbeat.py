"""Holding leases: renewed while the work goes on, and waited for where another worker has the set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Event, Thread

from syncd.errors import Leased, SyncdError
from syncd.model.clock import Clock
from syncd.model.sets import SetKey
from syncd.store import Lease, Store

RENEW_SECONDS = 5.0
"""Far below the 30 s after which another host may take a lease."""
LEASE_PATIENCE = 60.0
"""Seconds that a command waits for a set that another worker has."""
LEASE_POLL = 0.5


class Heartbeat:
    """Renews leases until it is stopped; a lease that is added to the mapping later is renewed as well."""

    def __init__(self, store: Store, clock: Clock, leases: Mapping[SetKey, Lease]) -> None:
        self._store = store
        self._clock = clock
        self._leases = leases
        self._ended = Event()
        self._thread = Thread(target=self._beat, name="syncd-leases", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End it, and wait for its end."""
        self._ended.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._ended.wait(RENEW_SECONDS):
            for lease in tuple(self._leases.values()):
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
