"""The moments of a pass: each is counted and traced, and at each something may happen, be it the process's end."""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from tests.harness.crash import Crash


@dataclass
class Arm:
    """What is to happen at the n-th moment from now whose name begins like this."""

    point: str
    left: int
    event: tuple[object, ...]


class Moments:
    """Names every moment. `do` carries out an armed event; `depth` above 0: another process is at work meanwhile."""

    def __init__(self, do: Callable[[tuple[object, ...]], None]) -> None:
        self.arms: list[Arm] = []
        self.crashes: Counter[str] = Counter()
        self.step = self.commits = 0
        self.full_from: int | None = None
        self.burnt = self.running = False
        self.depth = 0
        self.doing = "other"
        self.written = ""
        self._trace = hashlib.sha256()
        self._do = do
        self.told: list[str] | None = None

    @property
    def digest(self) -> str:
        return self._trace.hexdigest()

    def trace(self, text: str) -> None:
        self._trace.update(f"{text}\n".encode())
        if self.told is not None:
            self.told.append(text)

    def begin(self) -> None:
        """A pass begins, in a process that lives."""
        self.burnt, self.commits, self.depth, self.running, self.written = False, 0, 0, True, ""

    def end(self) -> None:
        """A pass is over: what did not come to happen in it never does."""
        self.arms.clear()
        self.full_from, self.running = None, False

    def at(self, name: str) -> None:
        """Come to a moment; raises Crash where the process ends at it, or has ended before."""
        self.step += 1
        if self.depth or not self.running:
            return
        if self.burnt:
            raise Crash
        self.trace(name)
        due = [arm for arm in self.arms if name.startswith(arm.point)]
        for arm in due:
            arm.left -= 1
        for arm in due:
            if arm.left == 0:
                self._happen(name, arm.event)

    def _happen(self, name: str, what: tuple[object, ...]) -> None:
        if what[0] == "crash":
            self.crashes[name] += 1
            self.burnt = True
            raise Crash
        self.depth += 1
        try:
            self._do(what)
        finally:
            self.depth -= 1

    def commit(self) -> None:
        """Come to a commit; raises what the system says where no space is left for it."""
        if self.depth or not self.running:
            return
        self.commits += 1
        self.at(f"commit {self.written or self.doing}")
        if self.full_from is not None and self.commits >= self.full_from:
            full = sqlite3.OperationalError("database or disk is full")
            full.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise full

    def committed(self) -> None:
        """Come to the end of a transaction that several changes were in."""
        written, self.written = self.written, ""
        if written and not self.depth:
            self.at(f"after {written}")
