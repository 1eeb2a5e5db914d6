"""What troubles the daemon as a whole, told when it begins, when it ends, and once an hour in between."""

from __future__ import annotations

import logging
from collections.abc import Collection, Hashable
from threading import Lock

from syncd.model.clock import Clock
from syncd.model.time import Instant

HOUR = 3600.0


class Trouble:
    """One kind of trouble, and whom it concerns. Any thread. `began`, `lasts`, `ended` are the messages."""

    def __init__(self, clock: Clock, log: logging.Logger, began: str, lasts: str, ended: str) -> None:
        self._clock = clock
        self._log = log
        self._messages = began, lasts, ended
        self._lock = Lock()
        self._whom: set[Hashable] = set()
        self._since: Instant | None = None
        self._told: Instant | None = None

    @property
    def lasts(self) -> bool:
        """Whether it is there."""
        return self._since is not None

    @property
    def words(self) -> str:
        """What it is, in a few words."""
        return self._messages[0]

    def begin(self, whom: Hashable, why: str, remedy: str) -> None:
        """Take in that someone is troubled; the first one is told."""
        with self._lock:
            self._whom.add(whom)
            if self._since is not None:
                return
            self._since = self._told = self._clock.now()
        self._log.warning(self._messages[0], extra={"why": why, "remedy": remedy})

    def end(self, whom: Hashable) -> bool:
        """Take in that someone is not troubled any more; once that is all, it is told. Tells whether it ended now."""
        with self._lock:
            self._whom.discard(whom)
            if self._whom or self._since is None:
                return False
            lasted, self._since = self._since.age_at(self._clock.now()), None
        self._log.info(self._messages[2], extra={"seconds": round(lasted)})
        return True

    def keep(self, existing: Collection[Hashable]) -> None:
        """Let whoever does not exist any more be troubled no more."""
        for whom in [each for each in tuple(self._whom) if each not in existing]:
            self.end(whom)

    def tick(self) -> None:
        """Tell of it when another hour is over."""
        with self._lock:
            now = self._clock.now()
            if self._since is None or self._told is None or self._told.age_at(now) < HOUR:
                return
            self._told = now
            fields = {"hours": round(self._since.age_at(now) / HOUR), "concerned": len(self._whom)}
        self._log.warning(self._messages[1], extra=fields)
