"""The end of a process at a chosen moment, and a disk that is full from a chosen moment on."""

from __future__ import annotations

import sqlite3
import threading

from sqlalchemy import event
from sqlalchemy.exc import OperationalError


class Crash(BaseException):
    """The process was killed: nothing after this has any effect."""


class Fuse:
    """Counts moments of three kinds: `commit` (before one), `request` (before it arrives), `answer` (before it does).

    Burnt, every further commit and request ends the same way. `full_from`: commits from that one on find no space.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        self.counts = {"commit": 0, "request": 0, "answer": 0}
        self.at: tuple[str, int] | None = None
        self.full_from: int | None = None
        self.burnt = False

    def attach(self, store) -> None:
        event.listen(store._database._writer, "commit", lambda _connection: self._commit())

    def burn(self, kind: str) -> int:
        with self._lock:
            self.counts[kind] += 1
            self.burnt = self.burnt or self.at == (kind, self.counts[kind])
            if self.burnt:
                raise Crash
            return self.counts[kind]

    def _commit(self) -> None:
        number = self.burn("commit")
        if self.full_from is not None and number >= self.full_from:
            full = sqlite3.OperationalError("database or disk is full")
            full.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise OperationalError("COMMIT", {}, full)
