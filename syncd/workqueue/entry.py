"""One key: what is wanted of it, and when it is due."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from enum import StrEnum

_LATEST = 15
"""A key that never gets quiet is handed out so many times the settling time after the first event."""
_LATEST_OF_ZERO = 30.0


class Standing(StrEnum):
    """How a key stands. LATER: wanted at a moment that is still to come."""

    READY = "ready"
    SETTLING = "settling"
    RUNNING = "running"
    BACKING_OFF = "backing-off"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Settling:
    """How long a key must be quiet: so many seconds, and no longer than 15 times that (30 s for 0) in all."""

    seconds: float

    @property
    def latest(self) -> float:
        """How long after its first event a key is handed out in any case."""
        return _LATEST * self.seconds or _LATEST_OF_ZERO


class Entry:
    """What is known of one key, in seconds of uptime. `queued`: the moment for which it lies in the heap, if it does.

    `wanted`: a moment at which someone wants it; `first` and `last`: of its events; `open`: what is being written.
    """

    __slots__ = ("attempts", "first", "last", "not_before", "open", "queued", "running", "wanted")

    def __init__(self) -> None:
        self.running = False
        self.attempts = 0
        self.queued: float | None = None
        self.rest()

    def rest(self) -> None:
        """Want nothing."""
        self.wanted: float | None = None
        self.first: float | None = None
        self.last = 0.0
        self.open: set[Hashable] | None = None
        self.not_before = 0.0

    def run(self) -> None:
        """Be handed out. What happens from here on is for the next time."""
        self.rest()
        self.queued = None
        self.running = True

    def happen(self, now: float, what: Hashable, *, writing: bool) -> None:
        """Take in an event."""
        self.last = now
        self.first = now if self.first is None else self.first
        if writing:
            # An empty set takes more room than all the rest, and most keys never have one.
            self.open = self.open or set()
            self.open.add(what)
        elif self.open is not None:
            self.open.discard(what)

    def want(self, moment: float) -> None:
        """Be wanted at a moment; an earlier one stands."""
        self.wanted = moment if self.wanted is None else min(self.wanted, moment)

    @property
    def is_wanted(self) -> bool:
        """Whether it is to be handed out at some time."""
        return self.wanted is not None or self.first is not None

    def due(self, settling: Settling) -> float:
        """Return when it is to be handed out."""
        # An event has the key wanted by itself, so that nothing else can cut the settling short or draw it out.
        if self.first is None:
            return max(self.wanted or 0.0, self.not_before)
        latest = self.first + settling.latest
        return max(latest if self.open else min(self.last + settling.seconds, latest), self.not_before)

    def standing(self, settling: Settling, now: float) -> Standing:
        """Tell how it stands."""
        if self.running:
            return Standing.RUNNING
        if self.not_before > now:
            return Standing.BACKING_OFF
        if self.due(settling) <= now:
            return Standing.READY
        return Standing.LATER if self.first is None else Standing.SETTLING
