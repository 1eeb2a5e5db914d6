"""Whether a daemon is at work with this state, and what it tells of itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from syncd.errors import StateError
from syncd.model.time import Instant
from syncd.store.database import Database
from syncd.store.identity import Identity
from syncd.store.meta import read_meta, write_meta

ELSEWHERE_SECONDS = 180
"""A daemon of another host is thought to be gone when it told nothing for so long."""

_KEY = "daemon"


@dataclass(frozen=True, slots=True)
class Daemon:
    """A daemon: its process, since when it runs (wall seconds), how it watches, and why that is so."""

    host: str
    pid: int
    since: float
    watch: str | None
    why: str
    remedy: str


class Presence:
    """The one daemon of a state."""

    def __init__(self, database: Database, identity: Identity) -> None:
        self._database = database
        self._me = identity
        self._since = 0.0

    def claim(self, now: Instant) -> None:
        """Be the daemon from now on. Raises StateError while another one is."""
        with self._database.write() as connection:
            told = _parse(read_meta(connection, _KEY))
            if told is not None and self._lives(told, now) and told.get("pid") != self._me.pid:
                raise StateError(
                    f"A daemon is at work with this state already: process {told['pid']} on {_host(told)}.",
                    "End it first, or give this one a configuration with a state of its own.",
                )
            self._since = now.wall
            write_meta(connection, _KEY, self._told(now, None, "", ""))

    def tell(self, now: Instant, watch: str, why: str, remedy: str) -> None:
        """Say that we are still here, and how we watch."""
        with self._database.write() as connection:
            write_meta(connection, _KEY, self._told(now, watch, why, remedy))

    def leave(self) -> None:
        """Be it no more."""
        with self._database.write() as connection:
            write_meta(connection, _KEY, None)

    def look(self, now: Instant) -> Daemon | None:
        """Return the daemon that is at work; None where there is none."""
        with self._database.read() as connection:
            told = _parse(read_meta(connection, _KEY))
        if told is None or not self._lives(told, now):
            return None
        watch = told.get("watch")
        return Daemon(
            _host(told),
            int(_number(told.get("pid"))),
            _number(told.get("since")),
            None if watch is None else str(watch),
            str(told.get("why")),
            str(told.get("remedy")),
        )

    def _told(self, now: Instant, watch: str | None, why: str, remedy: str) -> str:
        me = self._me
        who = {"host": me.host, "boot": me.boot, "pid": me.pid, "started": me.started, "since": self._since}
        return json.dumps({**who, "seen": now.wall, "watch": watch, "why": why, "remedy": remedy})

    def _lives(self, told: Mapping[str, object], now: Instant) -> bool:
        if told.get("host") != self._me.host:
            return now.wall - _number(told.get("seen")) <= ELSEWHERE_SECONDS
        same_boot = told.get("boot") == self._me.boot
        return same_boot and self._me.lives(int(_number(told.get("pid"))), int(_number(told.get("started"))))


def _parse(written: str | None) -> dict[str, object] | None:
    return None if written is None else dict(json.loads(written))


def _host(told: Mapping[str, object]) -> str:
    return str(told.get("host")).partition(" ")[0]


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
