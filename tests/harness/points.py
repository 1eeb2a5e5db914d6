"""The labelled points of a real process: each is written down as it is passed, and at a chosen one the process dies.

A point lies before or behind a commit, a request, an answer, or a file that takes its name.
"""

from __future__ import annotations

import os
import re
import signal
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import httpx
from sqlalchemy import Connection, Engine, event

from syncd.service import connection, transport
from syncd.store import sqlite
from tests.harness.crash import committed, named, operation

_KINDS = (
    ("list", "GET", re.compile(r".*/models/[^/]+/images")),
    ("model", "GET", re.compile(r".*/models/[^/]+")),
    ("POST", "POST", re.compile(r".*/images/upload")),
    ("inspect", "GET", re.compile(r".*/images/[^/]+")),
    ("DELETE", "DELETE", re.compile(r".*/images/[^/]+")),
    ("picture", "GET", re.compile(r".*/files/.*")),
)
_DIGEST = re.compile(r"\b[0-9a-f]{8}: ")
_LARGE = 400
"""Bytes: a body is longer, a head is shorter."""


@dataclass(frozen=True)
class Kill:
    """The `nth` time (from 1) that a point is passed."""

    label: str
    nth: int = 1


class Points:
    """Passes are written to the descriptor `told`, a line each."""

    def __init__(self, told: int, kill: Kill | None) -> None:
        self._told, self._kill = told, kill
        self._passed: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._mine = threading.local()
        self._rows: dict[int, tuple] | None = None

    def reach(self, label: str) -> None:
        """Pass a point; whoever is to die at it does."""
        with self._lock:
            due = self._count(label)
        if due:
            _die()

    def _count(self, label: str) -> bool:
        self._passed[label] += 1
        os.write(self._told, f"{label}\n".encode())
        return self._kill == Kill(label, self._passed[label])

    def install(self) -> None:
        """Put the points into this process."""
        writer = sqlite.writer
        sqlite.writer = lambda path: self._watch(writer(path))
        transport.PoolTransport.handle_request = self._carried(transport.PoolTransport.handle_request)
        connection.Connection._write = self._written(connection.Connection._write)
        for name in ("rename", "replace", "link"):
            setattr(os, name, self._renamed(getattr(os, name)))

    def _watch(self, engine: Engine) -> Engine:
        """Watch the commits of an engine: before, and behind them."""
        commit = engine.dialect.do_commit
        event.listen(engine, "commit", self._about_to_commit)

        def watched(connection: object) -> None:
            label = getattr(self._mine, "commit", None)
            commit(connection)
            if label is not None:
                self._mine.commit = None
                self.reach(f"behind commit {label}")

        engine.dialect.do_commit = watched
        return engine

    def _about_to_commit(self, connection: Connection) -> None:
        try:
            rows = committed(connection)
        except Exception:  # noqa: BLE001 - a state that is being made has no tables yet
            rows = {}
        # What was there when the process began is no change of its own.
        changes = named(self._rows, rows) if self._rows is not None else ""
        self._rows = rows
        parts = sorted(set(_DIGEST.sub("", changes).split(", "))) if changes else []
        self._mine.commit = ", ".join(parts) or operation()
        self.reach(f"before commit {self._mine.commit}")

    def _carried(self, carry: Callable) -> Callable:
        def handle_request(line: object, request: httpx.Request) -> httpx.Response:
            self._mine.kind = _kind(request)
            self.reach(f"before {self._mine.kind}")
            answer = carry(line, request)
            self.reach(f"{self._mine.kind} answered")
            return answer

        return handle_request

    def _written(self, write: Callable) -> Callable:
        def written(one: object, data: bytes) -> None:
            kind = getattr(self._mine, "kind", "")
            body = kind == "POST" and len(data) > _LARGE
            if body and self._due_at("POST half sent"):
                write(one, data[: len(data) // 2])
                _die()
            write(one, data)
            if body or kind == "DELETE":
                self.reach(f"{kind} sent")

        return written

    def _due_at(self, label: str) -> bool:
        with self._lock:
            return self._count(label)

    def _renamed(self, call: Callable) -> Callable:
        def renamed(old: str | bytes, new: str | bytes, **how: object) -> None:
            name = os.path.basename(os.fsdecode(new))
            self.reach(f"before {name} has its name")
            call(old, new, **how)
            self.reach(f"{name} has its name")

        return renamed


def _kind(request: httpx.Request) -> str:
    found = (kind for kind, method, path in _KINDS if request.method == method and path.fullmatch(request.url.path))
    return next(found, request.method)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
    signal.pause()
