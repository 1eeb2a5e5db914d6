"""The lowest places where the machine can say no: system calls, SQLite's statements, requests, the clock.

What counts is a call that the program makes; what the tests themselves do, and the sandbox, is passed through.
"""

from __future__ import annotations

import builtins
import fcntl
import os
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest.mock import patch

from tests.campaigns.report import HOUSE
from tests.world import World

_PROGRAM, _SANDBOX, _TESTS = (str(HOUSE / each) + "/" for each in ("syncd", "syncd/sandbox", "tests"))
_CALLS = ("open", "stat", "lstat", "fstat", "read", "fsync", "replace", "rename", "unlink", "mkdir", "chmod", "access")
_MACHINE = ("/proc", "/sys", "/etc", "/dev/null")


class Seam:
    """Lets the `number`th call fail, or all from it on (`lasting`). `hit` names the first that failed."""

    def __init__(self, number: int, *, lasting: bool = False) -> None:
        self._number, self._lasting = number, lasting
        self.calls, self.hit = 0, ""

    def due(self, name: str) -> bool:
        """Count a call; tell whether it fails."""
        self.calls += 1
        fails = self.calls == self._number or (self._lasting and self.calls > self._number)
        self.hit = self.hit or (name if fails else "")
        return fails


def _by_program() -> bool:
    """Tell whether the nearest caller in this project is the program."""
    frame = sys._getframe(2)
    while frame is not None:
        file = frame.f_code.co_filename
        # A virtual environment may lie in the project's own folder; what is in it is none of ours.
        if file.startswith((_PROGRAM, _TESTS)) and file != __file__:
            return file.startswith(_PROGRAM) and not file.startswith(_SANDBOX)
        frame = frame.f_back
    return False


def _failing(name: str, call: Callable, at: Callable) -> Callable:
    def wrapper(*given, **how):
        if _by_program():
            try:
                at(name, given[0])
            except OSError:
                # It alone answers where the others raise.
                if name == "access":
                    return False
                raise
        return call(*given, **how)

    return wrapper


@contextmanager
def files(seam: Seam, number: int) -> Iterator[None]:
    """System calls on files fail with this errno."""

    def at(name: str, about: object) -> None:
        shown = os.fsdecode(about) if isinstance(about, str | bytes) else "open file"
        if not shown.startswith(_MACHINE) and seam.due(f"{name} {shown}"):
            raise OSError(number, os.strerror(number), None if shown == "open file" else about)

    scandir, opened = os.scandir, builtins.open

    def scan(path="."):
        if not _by_program():
            return scandir(path)
        at("scandir", path)
        return _Entries(scandir(path), at)

    def open_file(file, *given, **how):
        if not _by_program():
            return opened(file, *given, **how)
        at("open", file)
        made = opened(file, *given, **how)
        return _File(made, at) if isinstance(file, int) else made

    calls = {name: _failing(name, getattr(os, name), at) for name in _CALLS}
    lock = patch.object(fcntl, "flock", _failing("flock", fcntl.flock, at))
    with patch.multiple(os, scandir=scan, **calls), patch.object(builtins, "open", open_file), lock:
        yield


class _File:
    def __init__(self, file, at: Callable[[str, object], None]) -> None:
        self._file, self._at = file, at

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read(self, size: int = -1) -> bytes:
        self._at("read", None)
        return self._file.read(size)


class _Entries:
    def __init__(self, entries, at: Callable[[str, object], None]) -> None:
        self._entries, self._at = entries, at

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        self._entries.close()

    def __iter__(self):
        for entry in self._entries:
            self._at("readdir", entry.name)
            yield _Entry(entry, self._at)


class _Entry:
    def __init__(self, entry: os.DirEntry, at: Callable[[str, object], None]) -> None:
        self.name, self.path = entry.name, entry.path
        self._entry, self._at = entry, at

    def stat(self, **how) -> os.stat_result:
        self._at("stat of entry", self.name)
        return self._entry.stat(**how)


DATABASE = {
    "full": (sqlite3.OperationalError, "database or disk is full", sqlite3.SQLITE_FULL),
    "I/O error": (sqlite3.OperationalError, "disk I/O error", sqlite3.SQLITE_IOERR),
    "I/O error after the commit": (sqlite3.OperationalError, "disk I/O error", sqlite3.SQLITE_IOERR),
    "locked": (sqlite3.OperationalError, "database is locked", sqlite3.SQLITE_BUSY),
    "malformed": (sqlite3.DatabaseError, "database disk image is malformed", sqlite3.SQLITE_CORRUPT),
}


@contextmanager
def database(seam: Seam, kind: str) -> Iterator[None]:
    """SQLite's own connection and cursor, whose statements and commits fail like this."""
    error, words, code = DATABASE[kind]

    def at(name: str) -> None:
        if _by_program() and seam.due(name):
            raised = error(words)
            raised.sqlite_errorcode = code
            raise raised

    class Cursor(sqlite3.Cursor):
        def execute(self, sql, *given):
            at(_words(sql))
            return super().execute(sql, *given)

        def executemany(self, sql, *given):
            at(_words(sql))
            return super().executemany(sql, *given)

    class Connection(sqlite3.Connection):
        def cursor(self, factory=Cursor):
            return super().cursor(factory)

        def execute(self, sql, *given):
            at(_words(sql))
            return super().execute(sql, *given)

        def commit(self) -> None:
            if kind == "I/O error after the commit":
                super().commit()
                at("COMMIT")
            else:
                at("COMMIT")
                super().commit()

    real = sqlite3.dbapi2.connect

    def connect(*given, **how):
        return real(*given, **({"factory": Connection} if _by_program() else {}), **how)

    with patch.object(sqlite3.dbapi2, "connect", connect):
        yield


def database_fails() -> bool:
    """Tell whether `database` is at work."""
    return sqlite3.dbapi2.connect is not sqlite3.connect


def _words(sql: str) -> str:
    return " ".join(sql.split())[:60]


HTTP = ("not sent", "no answer", "lost answer", "reset", "cut", "503")


@contextmanager
def http(seam: Seam, kind: str, world: World) -> Iterator[None]:
    """Requests end like this; see the harness."""
    real = world.remote.handle_request

    def handle(request):
        what, subject = world.remote._classify(request)
        if seam.due(f"{what} {subject}"):
            world.fail_next(what, kind)
        return real(request)

    with patch.object(world.remote, "handle_request", handle):
        yield


DAY = 86_400.0
CLOCK = {"a day back": -DAY, "a year ahead": 365 * DAY, "suspended for a day": DAY}


@contextmanager
def clock(seam: Seam, kind: str, world: World) -> Iterator[None]:
    """The wall clock jumps, and is set right afterwards; what was suspended has really passed."""
    real, by = world.clock.now, CLOCK[kind]
    suspended = kind.startswith("suspended")

    def now():
        if seam.due("now"):
            world.clock.wall += by
            world.clock.uptime += by if suspended else 0
        return real()

    with patch.object(world.clock, "now", now):
        yield
    if seam.hit and not suspended:
        world.clock.wall -= by
