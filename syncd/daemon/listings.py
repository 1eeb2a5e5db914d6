"""When the listing of each set is to be fetched again, spread over the period."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from threading import Lock

from syncd.model.clock import Clock
from syncd.model.sets import SetKey

_AT_FIRST = 0.2
_LATER = 0.9
"""Shares of the period: the first pauses of all sets differ much, as they begin together, later ones little."""


class Listings:
    """Remembers when each set was listed. Any thread. `seconds`: no listing is older than that."""

    def __init__(self, clock: Clock, chance: Random, seconds: float) -> None:
        self._clock = clock
        self._chance = chance
        self._seconds = seconds
        self._lock = Lock()
        self._due: dict[SetKey, float] = {}

    def note(self, key: SetKey) -> None:
        """Take in that a set was passed over, and so was listed."""
        with self._lock:
            least = _LATER if key in self._due else _AT_FIRST
            self._due[key] = self._clock.now().uptime + self._seconds * self._chance.uniform(least, 1)

    def due(self, existing: Iterable[SetKey]) -> list[SetKey]:
        """Return the sets whose listing is old; they are returned once."""
        now, there = self._clock.now().uptime, frozenset(existing)
        with self._lock:
            self._due = {key: moment for key, moment in self._due.items() if key in there}
            found = [key for key, moment in self._due.items() if moment <= now]
            for key in found:
                self._due[key] = now + self._seconds
            return found
