"""The decoding processes: begun when they are needed, kept while they are, never more than wanted."""

from __future__ import annotations

from threading import Condition
from time import monotonic

from syncd.images.child import Child

STOPPED = "decoding was stopped"
_SPARE_SECONDS = 0.1
"""Rather than to start another process, which takes longer than most pictures do, one waits so long for one."""


class Children:
    """Up to `most` processes, lent to one thread each."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._changed = Condition()
        self._idle: list[Child] = []
        self._busy: set[Child] = set()
        self._starting = 0
        self.closed = False

    def take(self) -> Child:
        """Return one that waits, or a new one. MemoryError where none can be started, or after `close`."""
        since = monotonic()
        with self._changed:
            while (child := self._waiting()) is None and not self._may_start(since):
                if not self._busy:
                    # The first one is not ready yet, and nothing is known of how long pictures take.
                    since = monotonic()
                self._changed.wait(_SPARE_SECONDS)
            if child is not None:
                self._busy.add(child)
                return child
            self._starting += 1
        return self._started()

    def give_back(self, child: Child) -> None:
        """Let others have it; one that has ended is forgotten."""
        with self._changed:
            self._busy.discard(child)
            if not (child.ended or self.closed):
                self._idle.append(child)
            self._changed.notify()
        if self.closed:
            child.end()

    def close(self) -> None:
        """End them all; who asks one is told that it is gone."""
        with self._changed:
            self.closed = True
            for child in self._busy:
                child.stop()
            idle, self._idle = self._idle, []
            self._changed.notify_all()
        for child in idle:
            child.end()

    def _waiting(self) -> Child | None:
        if self.closed:
            raise MemoryError(STOPPED)
        while self._idle:
            child = self._idle.pop()
            if child.is_fresh:
                return child
            child.end()
        return None

    def _may_start(self, since: float) -> bool:
        there = len(self._busy) + self._starting
        if not there:
            return True
        return bool(self._busy) and there < self._most and monotonic() - since >= _SPARE_SECONDS

    def _started(self) -> Child:
        child = None
        try:
            child = Child()
        finally:
            with self._changed:
                self._starting -= 1
                if child is not None:
                    self._busy.add(child)
                self._changed.notify_all()
        if self.closed:
            child.end()
        return child
