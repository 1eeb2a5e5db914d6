"""History: what was done, when, and why."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, bindparam, delete, insert, or_, select, true

from syncd.model.sets import SetKey
from syncd.store.database import Database
from syncd.store.prepared import Prepared
from syncd.store.rows import Row, to_key
from syncd.store.schema import events
from syncd.store.sql import key_columns
from syncd.store.values import Event, Lease

_ADD = Prepared(insert(events))
_PURGE = delete(events).where(events.c.wall < bindparam("before"))


class History:
    """The events of the last ninety days."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, happened: Sequence[Event], lease: Lease | None = None) -> None:
        """Write down what happened, in this order."""
        if happened:
            with self._database.write(lease) as connection:
                _ADD.change_each(connection, [_row(event) for event in happened])

    def recent(self, under: bytes | None = None, limit: int = 1000) -> tuple[Event, ...]:
        """Return the newest events first; with a path, those of it and of all below it."""
        newest = select(events).where(true() if under is None else _below(under))
        with self._database.read() as connection:
            found = connection.execute(newest.order_by(events.c.id.desc()).limit(limit)).mappings().all()
        return tuple(_to_event(row) for row in found)

    def purge(self, before: float) -> int:
        """Drop events of before this moment (wall seconds); returns how many."""
        with self._database.write() as connection:
            return connection.execute(_PURGE, {"before": before}).rowcount


def _below(path: bytes) -> ColumnElement[bool]:
    # Bytes are compared one by one, and "0" follows "/".
    inside = (events.c.path >= path + b"/") & (events.c.path < path + b"0")
    return or_(events.c.path == path, inside)


def _row(event: Event) -> dict[str, object]:
    of = key_columns(event.key) if event.key else {"model_id": None, "image_type": None}
    what = {"wall": event.wall, "action": event.action, "path": event.path}
    return {**of, **what, "reason": event.reason, "remote_id": event.remote_id, "detail": event.detail}


def _to_event(row: Row) -> Event:
    key: SetKey | None = None if row["model_id"] is None else to_key(row)
    path = bytes(row["path"])
    return Event(row["wall"], row["action"], path, key, row["reason"], row["remote_id"], row["detail"])
