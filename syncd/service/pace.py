"""A cap on a rate: so many requests, or bytes, a second over any longer time."""

from __future__ import annotations

from threading import Event, Lock

from syncd.errors import Stopping
from syncd.model.clock import Clock

_NAP = 1.0
"""Seconds after which a waiting thread looks whether it should still wait."""


class Pace:
    """Lets an amount pass once what passed before it has had its time. A rate of 0 is no cap."""

    def __init__(self, rate: float, clock: Clock) -> None:
        self._rate = rate
        self._clock = clock
        self._lock = Lock()
        self._free_at = 0.0
        self._closed = Event()

    def take(self, amount: float) -> None:
        """Wait for a turn, and use up that amount. Raises Stopping when closed meanwhile."""
        if self._rate <= 0 or amount <= 0:
            return
        self._wait_until(self._reserve(amount))

    def _reserve(self, amount: float) -> float:
        with self._lock:
            turn = max(self._free_at, self._clock.now().uptime)
            self._free_at = turn + amount / self._rate
            return turn

    def _wait_until(self, turn: float) -> None:
        while (left := turn - self._clock.now().uptime) > 0:
            if self._closed.is_set():
                raise Stopping("The request was given up, since the program is stopping.", "It is made again later.")
            self._clock.sleep(min(left, _NAP))

    def close(self) -> None:
        """Let nobody wait any longer."""
        self._closed.set()
