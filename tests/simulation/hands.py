"""Time that is only what happens, and work done in one thread, in an order that the seed chooses."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import Executor, Future

from tests.harness.hands import HandClock


class Clock(HandClock):
    """`true` seconds pass as they do; the wall may be set, and a reboot begins uptime anew."""

    def __init__(self) -> None:
        super().__init__()
        self.true = 0.0
        self.boots = 1
        self.beats: list[Callable[[], None]] = []
        self.napping: Callable[[], None] = lambda: None

    def sleep(self, seconds: float) -> None:
        self.pass_time(seconds)
        if seconds >= 5:
            for beat in tuple(self.beats):
                beat()
        self.napping()

    def pass_time(self, seconds: float) -> None:
        """Let time pass while our processes stand still."""
        self.true += seconds
        self.wall += seconds
        self.uptime += seconds

    def reboot(self) -> None:
        self.boots += 1
        self.boot, self.uptime = f"boot-{self.boots}", 20.0
        self.true += 20
        self.wall += 20


class Beat:
    """Renews the leases of a pass as the program's own heartbeat does, but by this clock and in this thread."""

    def __init__(self, store, clock: Clock, leases, _pulse=None) -> None:
        self._store, self._clock, self._leases = store, clock, leases
        clock.beats.append(self._beat)

    def stop(self) -> None:
        self._clock.beats.remove(self._beat)

    def _beat(self) -> None:
        from syncd.errors import SyncdError

        for lease in tuple(self._leases.values()):
            try:
                self._store.leases.renew(lease, self._clock.now())
            except SyncdError:
                continue


class _Lazy(Future):
    def __init__(self, executor: Hand) -> None:
        super().__init__()
        self._executor = executor

    def result(self, timeout: float | None = None):
        self._executor.work()
        return super().result(timeout)


class Hand(Executor):
    """Does what was given once someone waits for it: all of it, shuffled."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._waiting: list[tuple[_Lazy, Callable[[], object]]] = []

    def submit(self, fn, /, *args, **kwargs):
        future = _Lazy(self)
        self._waiting.append((future, lambda: fn(*args, **kwargs)))
        return future

    def map(self, fn, *iterables, timeout=None, chunksize=1):
        calls = list(zip(*iterables, strict=True))
        order = list(range(len(calls)))
        if len(calls) > 1:
            self._chance.shuffle(order)
        results: dict[int, object] = {}
        for place in order:
            results[place] = fn(*calls[place])
        return (results[place] for place in range(len(calls)))

    def work(self) -> None:
        waiting, self._waiting = self._waiting, []
        if len(waiting) > 1:
            self._chance.shuffle(waiting)
        for future, call in waiting:
            try:
                future.set_result(call())
            except BaseException as error:  # noqa: BLE001 - as a pool's thread does it
                future.set_exception(error)
