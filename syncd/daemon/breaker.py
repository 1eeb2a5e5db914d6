"""A circuit breaker: once too much failed in a row, one try at a time, ever more seldom, until one succeeds."""

from __future__ import annotations

from random import Random
from threading import Lock

from syncd.model.clock import Clock


class Breaker:
    """Counts failures in a row. Any thread. Times in seconds.

    From the `limit`-th on it is open: a try is let through after `first`, and twice as long after each that fails, up
    to `longest`; with a `chance` the pauses have full jitter.
    """

    def __init__(self, clock: Clock, chance: Random | None, *, limit: int, first: float, longest: float) -> None:
        self._clock = clock
        self._chance = chance
        self._limit = limit
        self._first = first
        self._longest = longest
        self._lock = Lock()
        self._failures = 0
        self._next = 0.0

    @property
    def is_open(self) -> bool:
        """Whether tries are held back."""
        return self._failures >= self._limit

    def wait(self) -> float:
        """Return how long to wait with a try; 0: it may be made now, and the next one waits."""
        with self._lock:
            if not self.is_open:
                return 0.0
            left = self._next - self._clock.now().uptime
            if left > 0:
                return left
            self._put_off(0.0)
            return 0.0

    def fail(self, asked: float = 0.0) -> None:
        """Take in a failure; `asked`: nothing is to be tried for so long."""
        with self._lock:
            self._failures += 1
            if self.is_open:
                self._put_off(asked)

    def succeed(self) -> bool:
        """Take in a success; tells whether tries were held back until now."""
        with self._lock:
            was_open, self._failures, self._next = self.is_open, 0, 0.0
            return was_open

    def probe(self) -> None:
        """Let the next try through at once."""
        with self._lock:
            self._next = 0.0

    def _put_off(self, asked: float) -> None:
        pause = min(self._longest, self._first * 2.0 ** min(30, self._failures - self._limit))
        if self._chance is not None:
            pause = self._chance.uniform(0, pause)
        self._next = self._clock.now().uptime + max(pause, asked)
