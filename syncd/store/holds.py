"""Holds: what waits for a person, and what a person released."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, bindparam, delete, select, true, update

from syncd.model.time import Instant
from syncd.store.database import Database
from syncd.store.meta import add_wish
from syncd.store.prepared import Prepared
from syncd.store.rows import to_hold
from syncd.store.schema import holds
from syncd.store.sql import upsert
from syncd.store.values import Hold, Lease

_ORDER = (holds.c.scope, holds.c.kind, holds.c.remote_id)
_ALL = Prepared(select(holds).order_by(*_ORDER))
_OF = select(holds).where(holds.c.scope == bindparam("of_scope"))
_RELEASED = Prepared(_OF.where(holds.c.approved_at.is_not(None)))
_TO_CHANGE = Prepared(_OF.with_for_update())


class Holds:
    """The deletes and halts that wait for `syncd approve`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self) -> tuple[Hold, ...]:
        """Return all that waits or was released and is not done yet."""
        return self._read(_ALL)

    def approved(self, scope: str) -> frozenset[str]:
        """Return the remote ids, and the names of halts, that a person released here."""
        found = self._read(_RELEASED, scope)
        return frozenset(hold.what for hold in found)

    def replace(self, scope: str, waiting: Sequence[Hold], now: Instant, lease: Lease | None = None) -> None:
        """Let exactly these wait here; those that did already keep since when, and whether they were released."""
        with self._database.write(lease) as connection:
            found = map(to_hold, _TO_CHANGE.rows(connection, {"of_scope": scope}))
            before = {_name(hold): hold for hold in found}
            wanted = {_name(hold): hold for hold in waiting}
            for kind, remote_id in before.keys() - wanted.keys():
                connection.execute(delete(holds).where(_is(scope, kind, remote_id)))
            changed = [
                _row(scope, hold, before.get(name), now)
                for name, hold in wanted.items()
                if name not in before or _says(before[name]) != _says(hold)
            ]
            upsert(connection, holds, changed)

    def approve(self, scopes: Collection[str] | None, now: Instant) -> tuple[Hold, ...]:
        """Release what waits in these scopes (None: everywhere) at this moment, once. Returns what was released."""
        waiting = holds.c.approved_at.is_(None) & (true() if scopes is None else holds.c.scope.in_(scopes))
        with self._database.write() as connection:
            rows = connection.execute(select(holds).where(waiting).order_by(*_ORDER)).mappings()
            found = [to_hold(row) for row in rows]
            if found:
                connection.execute(update(holds).where(waiting).values(approved_at=now.wall))
                add_wish(connection)
        return tuple(found)

    def consume(self, scope: str, kind: str, remote_id: str = "", lease: Lease | None = None) -> bool:
        """Use up a release: what it allowed is done. Tells whether it was there."""
        released = _is(scope, kind, remote_id) & holds.c.approved_at.is_not(None)
        with self._database.write(lease) as connection:
            return connection.execute(delete(holds).where(released)).rowcount > 0

    def _read(self, query: Prepared, scope: str | None = None) -> tuple[Hold, ...]:
        given = {} if scope is None else {"of_scope": scope}
        with self._database.read() as connection:
            return tuple(map(to_hold, query.rows(connection, given)))


def _is(scope: str, kind: str, remote_id: str) -> ColumnElement[bool]:
    return (holds.c.scope == scope) & (holds.c.kind == kind) & (holds.c.remote_id == remote_id)


def _name(hold: Hold) -> tuple[str, str]:
    return hold.kind, hold.remote_id


def _says(hold: Hold) -> tuple[str, str, str]:
    return hold.about, hold.detail, hold.remedy


def _row(scope: str, hold: Hold, before: Hold | None, now: Instant) -> dict[str, object]:
    name = {"scope": scope, "kind": hold.kind, "remote_id": hold.remote_id}
    # What was released for one thing is not released for another that came in its place.
    same = before is not None and before.about == hold.about
    since, approved_at = (before.since, before.approved_at) if before is not None and same else (now.wall, None)
    told = {"detail": hold.detail, "remedy": hold.remedy, "about": hold.about}
    return {**name, **told, "since": since, "approved_at": approved_at}
