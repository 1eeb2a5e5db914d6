"""The queue itself: a heap of moments, and those who wait for them."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Hashable
from itertools import count
from random import Random
from threading import Condition
from typing import Generic, TypeVar

from syncd.model.clock import Clock
from syncd.workqueue.entry import Entry, Settling, Standing

K = TypeVar("K", bound=Hashable)

BASE_SECONDS = 1.0
CEILING_SECONDS = 300.0
_SPARE = 64


class WorkQueue(Generic[K]):
    """Hands out keys, the one first that has been due longest.

    `settle_seconds`: how long a key must be quiet before it is handed out; 15 times that (30 s for 0) after the first
    event it is handed out in any case. Back-off has full jitter: from nothing to `base` seconds, doubled with each
    attempt up to `ceiling`. Nobody is woken while nothing is due.
    """

    def __init__(
        self,
        clock: Clock,
        chance: Random,
        settle_seconds: float,
        *,
        base: float = BASE_SECONDS,
        ceiling: float = CEILING_SECONDS,
    ) -> None:
        self._clock = clock
        self._chance = chance
        self._settling = Settling(settle_seconds)
        self._base = base
        self._ceiling = ceiling
        self._changed = Condition()
        self._entries: dict[K, Entry] = {}
        self._heap: list[tuple[float, int, K]] = []
        self._order = count()
        self._leader: object | None = None
        self._paused = False
        self._closed = False

    def add(self, key: K, what: Hashable = None, *, writing: bool = False) -> None:
        """Want a key to which something happens: once that has ended. A back-off goes on.

        While `what` is told of as `writing`, the key is not quiet; the same told of otherwise ends that, and so does
        the handing out.
        """
        with self._changed:
            entry = self._entry(key)
            entry.happen(self._now(), what, writing=writing)
            self._queue(key, entry)

    def add_now(self, key: K) -> None:
        """Want a key at once; not sooner than it is quiet, where it settles, nor before its back-off is over."""
        self.add_after(key, 0)

    def add_after(self, key: K, seconds: float) -> None:
        """Want a key in so many seconds; where it is wanted sooner, that stands."""
        with self._changed:
            entry = self._entry(key)
            entry.want(self._now() + seconds)
            self._queue(key, entry)

    def take(self, timeout: float | None = None) -> K | None:
        """Wait for a key that is due, for `timeout` seconds at most. None: there was none, or the queue is closed.

        The key runs until `done` or `retry`; until then it is not handed out again.
        """
        with self._changed:
            until = None if timeout is None else self._now() + timeout
            try:
                while (key := self._pop()) is None and not self._closed:
                    if not self._wait(until):
                        break
                return key
            finally:
                # Whoever waits for the next moment may have been me.
                if self._heap and self._leader is None:
                    self._changed.notify()

    def done(self, key: K) -> None:
        """End the run of a key that needs no further try. It comes back if it was wanted meanwhile."""
        with self._changed:
            entry = self._entry(key)
            entry.running = False
            entry.attempts = 0
            if entry.is_wanted:
                self._queue(key, entry)
            else:
                del self._entries[key]

    def retry(self, key: K, *, asked: float = 0.0, attempt: int | None = None) -> float:
        """End the run of a key that is to be tried again; return after how many seconds.

        `asked`: the service wants to be left alone for so long. `attempt`: which failure in a row this was; by
        default the queue counts. It may also be called for a key that does not run.
        """
        with self._changed:
            entry = self._entry(key)
            entry.running = False
            entry.attempts = entry.attempts + 1 if attempt is None else attempt
            pause = asked + self._chance.uniform(0, self._bound(entry.attempts))
            entry.wanted = self._now()
            entry.not_before = entry.wanted + pause
            self._queue(key, entry)
            return pause

    def forget_backoff(self, key: K | None = None) -> None:
        """Let a key that backs off (None: every key) be due, as if it had not failed."""
        with self._changed:
            for each in list(self._entries) if key is None else [key]:
                entry = self._entries.get(each)
                if entry is not None:
                    entry.attempts = 0
                    entry.not_before = 0.0
                    self._queue(each, entry)

    def pause(self) -> None:
        """Hand out nothing until `resume`; what runs goes on."""
        with self._changed:
            self._paused = True

    def resume(self) -> None:
        """Hand out again."""
        with self._changed:
            self._paused = False
            self._changed.notify()

    def close(self) -> None:
        """Hand out nothing any more, and let nobody wait."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def standing(self, key: K) -> Standing | None:
        """Tell how a key stands; None: it is not wanted, and does not run."""
        with self._changed:
            entry = self._entries.get(key)
            return None if entry is None else entry.standing(self._settling, self._now())

    def counts(self) -> dict[Standing, int]:
        """Count the keys by how they stand."""
        with self._changed:
            now = self._now()
            found = Counter(entry.standing(self._settling, now) for entry in self._entries.values())
            return {standing: found[standing] for standing in Standing}

    def _now(self) -> float:
        return self._clock.now().uptime

    def _entry(self, key: K) -> Entry:
        return self._entries.setdefault(key, Entry())

    def _bound(self, attempts: int) -> float:
        # Beyond 2**30 nothing is below the ceiling, and floats end somewhere.
        return min(self._ceiling, self._base * 2.0 ** min(30, max(0, attempts - 1)))

    def _queue(self, key: K, entry: Entry) -> None:
        # One that has moved away keeps its place in the heap, where it is found to be early and is put back: a storm
        # of events must not become a heap of them.
        if entry.running:
            return
        due = entry.due(self._settling)
        is_sooner = entry.queued is None or entry.queued > due
        if is_sooner:
            self._push(key, entry, due)
            self._drop_leftovers()
        # Who waits for a moment waits by a clock that stands still while the machine sleeps: a head that is overdue is
        # none that somebody is on the way to.
        head = self._heap[0][0]
        if (is_sooner and head == due) or head <= self._now():
            self._leader = None
            self._changed.notify()

    def _push(self, key: K, entry: Entry, due: float) -> None:
        entry.queued = due
        heapq.heappush(self._heap, (due, next(self._order), key))

    def _drop_leftovers(self) -> None:
        if len(self._heap) > 2 * len(self._entries) + _SPARE:
            self._heap = [item for item in self._heap if self._is_current(item)]
            heapq.heapify(self._heap)

    def _is_current(self, item: tuple[float, int, K]) -> bool:
        entry = self._entries.get(item[2])
        return entry is not None and entry.queued == item[0]

    def _pop(self) -> K | None:
        now = self._now()
        while self._heap and self._heap[0][0] <= now and not self._paused and not self._closed:
            item = heapq.heappop(self._heap)
            if not self._is_current(item):
                continue
            key, entry = item[2], self._entries[item[2]]
            due = entry.due(self._settling)
            if due > item[0]:
                self._push(key, entry, due)
                continue
            entry.run()
            return key
        return None

    def _wait(self, until: float | None) -> bool:
        """Wait for a change, or for the next moment; False: the time was up before. One thread alone waits by time."""
        now = self._now()
        left = None if until is None else until - now
        if left is not None and left <= 0:
            return False
        if self._leader is not None or self._paused or not self._heap:
            self._changed.wait(left)
            return True
        me = self._leader = object()
        try:
            due = max(0.0, self._heap[0][0] - now)
            self._changed.wait(due if left is None else min(left, due))
        finally:
            if self._leader is me:
                self._leader = None
        return True
