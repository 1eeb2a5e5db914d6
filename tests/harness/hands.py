"""A clock that moves only when told, hands that work in the caller's thread, and statements prepared once."""

from __future__ import annotations

import threading
from concurrent.futures import Executor, Future

from syncd.model.time import Instant


class HandClock:
    """Stands still but for `sleep`. Far in the future, so that no real file is young by it."""

    def __init__(self, wall: float = 4_000_000_000.0) -> None:
        self.wall, self.uptime, self.boot = wall, 1_000.0, "boot-a"
        self.naps: list[float] = []
        self._lock = threading.Lock()

    def now(self) -> Instant:
        with self._lock:
            return Instant(self.wall, self.boot, self.uptime)

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        with self._lock:
            self.wall += seconds
            self.uptime += seconds


class InlineExecutor(Executor):
    """Does each thing at once and in order, so that a run repeats itself."""

    def submit(self, fn, /, *args, **kwargs):
        future: Future = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001 - as a pool's thread does it
            future.set_exception(error)
        return future


_FIRST: dict = {}


def share_statements(store) -> None:
    """Let all states of this process share their prepared statements: preparing them takes longer than a pass."""
    for role in ("_writer", "_reader"):
        engine = getattr(store._database, role)
        first = _FIRST.setdefault(role, engine)
        engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache
