"""The end of a process at a chosen moment, and a disk that is full from a chosen moment on."""

from __future__ import annotations

import sqlite3
import sys
import threading
from types import FrameType

from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError


class Crash(BaseException):
    """The process was killed: nothing after this has any effect."""


class Fuse:
    """Counts moments of three kinds: `commit` (before one), `request` (before it arrives), `answer` (before it does).

    Burnt, every further commit and request ends the same way. `full_from`: commits from that one on find no space.
    `told` names the moments of this pass in order; a `moment` is one of any kind.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: dict[int, tuple] = {}
        self.reset()

    def reset(self) -> None:
        self.at: tuple[str, int] | None = None
        self.full_from: int | None = None
        self.burnt = False
        self.begin()

    def begin(self) -> None:
        """A pass begins: count anew."""
        self.counts = {"commit": 0, "request": 0, "answer": 0, "moment": 0}
        self.told: list[str] = []

    def attach(self, store) -> None:
        with store._database.read() as connection:
            self._rows = committed(connection)
        event.listen(store._database._writer, "commit", self._commit)

    def burn(self, kind: str, name: str = "") -> int:
        with self._lock:
            for each in (kind, "moment"):
                self.counts[each] += 1
                self.burnt = self.burnt or self.at == (each, self.counts[each])
            if self.burnt:
                raise Crash
            self.told.append(name or kind)
            return self.counts[kind]

    def _commit(self, connection: Connection) -> None:
        rows = committed(connection)
        number = self.burn("commit", named(self._rows, rows) or operation())
        self._rows = rows
        if self.full_from is not None and number >= self.full_from:
            full = sqlite3.OperationalError("database or disk is full")
            full.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise OperationalError("COMMIT", {}, full)


def committed(connection: Connection) -> dict[int, tuple]:
    """Return what matters of each record, by its row."""
    found = connection.exec_driver_sql("SELECT row_id, state, sha256, reason FROM records")
    return {row[0]: tuple(row[1:]) for row in found}


def named(before: dict[int, tuple], after: dict[int, tuple]) -> str:
    """Say what a commit changes of the records; empty for one that leaves them as they are."""
    changed = sorted(row for row in before.keys() | after.keys() if before.get(row) != after.get(row))
    return ", ".join(_change(before.get(row), after.get(row)) for row in changed)


def _change(before: tuple | None, after: tuple | None) -> str:
    state, sha256, reason = after or before or ("", "", None)
    was, now = before[0] if before else "nothing", state if after else "dropped"
    return f"{sha256[:8]}: {was} > {now}{f' ({reason})' if reason and after else ''}"


def operation() -> str:
    """Name what the store was asked for: the outermost of its functions that are at work."""
    frame: FrameType | None = sys._getframe()
    name = "commit"
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if module.startswith("syncd.store.") and not module.endswith(".database"):
            name = f"{module.rpartition('.')[2]}.{frame.f_code.co_name}"
        frame = frame.f_back
    return name
