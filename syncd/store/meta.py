"""What the state knows of itself, and the few wishes that concern all sets."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, delete, or_, select

from syncd.model.time import Instant
from syncd.store.database import Database
from syncd.store.prepared import Prepared
from syncd.store.schema import meta, roots
from syncd.store.sql import insert_missing, upsert
from syncd.store.values import Account, Root

_OF = select(meta.c.value).where(meta.c.key == bindparam("which"))
_READ = Prepared(_OF)
_STARTING = Prepared(select(meta.c.key, meta.c.value).where(meta.c.key.startswith(bindparam("start"))))
_DROP = Prepared(delete(meta).where(meta.c.key == bindparam("which")))
_READ_TO_CHANGE = Prepared(_OF.with_for_update())
_ROOTS = Prepared(select(roots).order_by(roots.c.path))
_WISHES = "wishes"
_OF_ACCOUNT = _SALT, _FINGERPRINT = "account_salt", "account_fingerprint"
_ACCOUNT = Prepared(select(meta.c.key, meta.c.value).where(or_(meta.c.key == _SALT, meta.c.key == _FINGERPRINT)))


def read_meta(connection: Connection, key: str) -> str | None:
    """Return a value, None where it was never set."""
    value = _READ.value(connection, {"which": key})
    return None if value is None else str(value)


def write_meta(connection: Connection, key: str, value: str | None) -> None:
    """Set a value; None takes it away."""
    if value is None:
        _DROP.change(connection, {"which": key})
    else:
        upsert(connection, meta, [{"key": key, "value": value}])


def add_wish(connection: Connection) -> None:
    """Count that a person asked for something, so that a daemon looks."""
    insert_missing(connection, meta, {"key": _WISHES, "value": "0"})
    count = _READ_TO_CHANGE.value(connection, {"which": _WISHES})
    write_meta(connection, _WISHES, str(int(count) + 1))


class Meta:
    """Single values of the whole state."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: str) -> str | None:
        """Return a value, None where it was never set.

        `origin`: `new`, where this state began empty; `made_anew`: why it took the place of an earlier one.
        """
        with self._database.read() as connection:
            return read_meta(connection, key)

    def starting(self, start: str) -> Mapping[str, str]:
        """Return the values whose keys start so, by their whole keys."""
        with self._database.read() as connection:
            found = _STARTING.rows(connection, {"start": start})
        # To a database `_` may be any character.
        return {row["key"]: row["value"] for row in found if row["key"].startswith(start)}

    def set(self, key: str, value: str | None) -> None:
        """Set a value; None takes it away."""
        with self._database.write() as connection:
            write_meta(connection, key, value)

    def wishes(self) -> int:
        """Return a number that grows with every approve, forget, retry, pause and resume."""
        return int(self.get(_WISHES) or 0)

    def account(self) -> Account | None:
        """Return which key the state belongs to; None where none was seen yet."""
        with self._database.read() as connection:
            found = {row["key"]: row["value"] for row in _ACCOUNT.rows(connection)}
        return Account(found[_SALT], found[_FINGERPRINT]) if len(found) == len(_OF_ACCOUNT) else None

    def set_account(self, account: Account) -> None:
        """Remember which key the state belongs to."""
        with self._database.write() as connection:
            write_meta(connection, _SALT, account.salt)
            write_meta(connection, _FINGERPRINT, account.fingerprint)

    def paused(self) -> bool:
        """Tell whether the daemon is asked to rest."""
        return self.get("paused") == "yes"

    def set_paused(self, *, paused: bool) -> None:
        """Ask the daemon to rest, or to go on."""
        with self._database.write() as connection:
            write_meta(connection, "paused", "yes" if paused else None)
            add_wish(connection)

    def root(self, path: bytes) -> Root | None:
        """Return what is known of a folder that bears a marker."""
        with self._database.read() as connection:
            row = connection.execute(select(roots).where(roots.c.path == path)).first()
        return None if row is None else Root(bytes(row.path), row.uuid, row.seen)

    def roots(self) -> tuple[Root, ...]:
        """Return all folders that bear a marker."""
        with self._database.read() as connection:
            found = _ROOTS.rows(connection)
        return tuple(Root(row["path"], row["uuid"], row["seen"]) for row in found)

    def put_root(self, path: bytes, uuid: str | None, now: Instant) -> None:
        """Remember the marker that a folder bears; None where it could not be written."""
        with self._database.write() as connection:
            upsert(connection, roots, [{"path": path, "uuid": uuid, "seen": now.wall}])
