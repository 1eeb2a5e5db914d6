"""The decoding processes: begun when they are needed, kept while they are, never more than wanted."""

from __future__ import annotations

from contextlib import suppress
from threading import Condition, Lock, Thread
from time import monotonic

from syncd.images.child import Child
from syncd.images.limits import IDLE_SECONDS

STOPPED = "decoding was stopped"
_SPARE_SECONDS = 0.1
"""Rather than to start another process, which takes longer than most pictures do, one waits so long for one."""


class Children:
    """Up to `most` processes, lent to one thread each. One that was not asked for `idle` seconds is ended.

    `eager`: whoever would wait starts another one at once, which pays where many pictures are to come.
    """

    def __init__(self, most: int, idle: float = IDLE_SECONDS, *, eager: bool = False) -> None:
        self._most, self._patience, self._eager = most, idle, eager
        lock = Lock()
        self._changed, self._closing = Condition(lock), Condition(lock)
        self._has_warden = False
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
                self._watch()
            self._changed.notify()
        if self.closed:
            child.end()

    def close(self) -> None:
        """End them all; who asks one is told that it is gone."""
        with self._changed:
            self.closed = True
            for child in self._busy:
                child.cut()
            idle, self._idle = self._idle, []
            self._changed.notify_all()
            self._closing.notify_all()
        for child in idle:
            child.end()

    def _watch(self) -> None:
        """See that those that wait are ended: there is a thread for it as long as there are any."""
        if self._has_warden:
            return
        # Where no thread can be had they wait until they are needed, or until the end.
        with suppress(RuntimeError):
            Thread(target=self._retire, name="syncd-decoders", daemon=True).start()
            self._has_warden = True

    def _retire(self) -> None:
        while True:
            with self._changed:
                since = monotonic() - self._patience
                old = [child for child in self._idle if child.used <= since]
                self._idle = [child for child in self._idle if child.used > since]
                if not old and not self._idle:
                    self._has_warden = False
                    return
                if not old:
                    self._closing.wait(min(child.used for child in self._idle) - since)
            for child in old:
                child.end()

    def _waiting(self) -> Child | None:
        if self.closed:
            raise MemoryError(STOPPED)
        return self._idle.pop() if self._idle else None

    def _may_start(self, since: float) -> bool:
        there = len(self._busy) + self._starting
        if not there or there >= self._most:
            return not there
        return self._eager or (bool(self._busy) and monotonic() - since >= _SPARE_SECONDS)

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
