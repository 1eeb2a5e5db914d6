"""How much may be under way at once: requests, as many as the service bears, and bytes in memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock

from syncd.errors import Stopping
from syncd.model.clock import Clock

START = 16
FLOOR = 4
BUDGET = 256_000_000
"""Bytes of bodies in flight; a larger one passes alone."""

_BREATH = 1.0
"""Seconds between two halvings: the answers of one overload arrive together and count once."""


class _Ticket:
    """One caller's place in the queue."""

    __slots__ = ("admitted", "called", "size")

    def __init__(self, size: int) -> None:
        self.size = size
        self.called: Event | None = None
        self.admitted = False

    def call(self) -> None:
        """Wake whoever waits for it."""
        if self.called is not None:
            self.called.set()


class Gate:
    """Admits callers in the order they come, within an adaptive number and a byte budget.

    The number doubles with each round of successes until the first sign of overload, then grows by one a round,
    but only while callers wait for it; each sign halves it.
    """

    def __init__(self, ceiling: int, clock: Clock, budget: int = BUDGET) -> None:
        self._ceiling = max(1, ceiling)
        self._floor = min(FLOOR, self._ceiling)
        self._width = float(min(START, self._ceiling))
        self._calm = float(self._ceiling)
        self._budget = budget
        self._clock = clock
        self._lock = Lock()
        self._queue: deque[_Ticket] = deque()
        self._inside = 0
        self._bytes = 0
        self._halved_at: float | None = None
        self._closed = False

    @property
    def width(self) -> int:
        """How many may be inside now."""
        return int(self._width)

    @contextmanager
    def slot(self, size: int = 0) -> Iterator[None]:
        """Wait for a turn, and hold it with that many bytes. Raises Stopping when the gate closes meanwhile."""
        ticket = _Ticket(size)
        try:
            self._enter(ticket)
            yield
        finally:
            self._leave(ticket)

    def learn(self, *, congested: bool) -> None:
        """Take in how a request went; called while its slot is held."""
        with self._lock:
            if congested:
                self._halve()
            elif self._queue or self._inside >= int(self._width):
                step = 1 if self._width < self._calm else 1 / self._width
                self._width = min(self._ceiling, self._width + step)
                self._admit()

    def close(self) -> None:
        """Turn away all who wait and all who come; those inside finish."""
        with self._lock:
            self._closed = True
            for ticket in self._queue:
                ticket.call()
            self._queue.clear()

    def _enter(self, ticket: _Ticket) -> None:
        with self._lock:
            if not self._closed:
                self._queue.append(ticket)
                self._admit()
            waits = not (ticket.admitted or self._closed)
            called = ticket.called = Event() if waits else None
        if called is not None:
            called.wait()
        if not ticket.admitted:
            raise Stopping("The request was not made, since the program is stopping.", "It is made again later.")

    def _leave(self, ticket: _Ticket) -> None:
        with self._lock:
            if ticket.admitted:
                self._inside -= 1
                self._bytes -= ticket.size
            elif ticket in self._queue:
                self._queue.remove(ticket)
            self._admit()

    def _admit(self) -> None:
        while self._queue and self._fits(self._queue[0]):
            ticket = self._queue.popleft()
            self._inside += 1
            self._bytes += ticket.size
            ticket.admitted = True
            ticket.call()

    def _fits(self, ticket: _Ticket) -> bool:
        has_room = ticket.size == 0 or self._bytes == 0 or self._bytes + ticket.size <= self._budget
        return has_room and self._inside < int(self._width)

    def _halve(self) -> None:
        now = self._clock.now().uptime
        if self._halved_at is not None and 0 <= now - self._halved_at < _BREATH:
            return
        self._halved_at = now
        self._width = self._calm = max(float(self._floor), self._width / 2)
