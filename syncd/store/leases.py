"""Leases: one worker a set, over threads, processes and hosts."""

from __future__ import annotations

from sqlalchemy import and_, bindparam, select, update

from syncd.errors import Leased
from syncd.model.sets import SetKey
from syncd.model.time import Instant
from syncd.store.database import Database
from syncd.store.fence import FREE, lost
from syncd.store.identity import Identity
from syncd.store.prepared import Prepared
from syncd.store.rows import Row, to_key
from syncd.store.schema import leases
from syncd.store.sql import insert_missing, key_columns, of_set, select_set, set_values
from syncd.store.values import Lease

ELSEWHERE_SECONDS = 30
"""A lease of another host is free when it was not renewed for so long."""
_LATELY_SECONDS = 1
"""A lease that was renewed since then need not be renewed."""

_READ = Prepared(select_set(leases).with_for_update())
_TAKE = Prepared(update(leases).where(of_set(leases)))
_NOBODY = {"host": FREE, "boot": "", "pid": 0, "started": 0, "fence": 0, "renewed": 0.0}
_IS_OURS = and_(of_set(leases), leases.c.fence == bindparam("our_fence"), leases.c.host != FREE)
_OURS = Prepared(update(leases).where(_IS_OURS))
_RENEWED = Prepared(select(leases.c.renewed).where(_IS_OURS).with_for_update())
_FREE_OWN = (
    update(leases)
    .where(leases.c.host == bindparam("my_host"), leases.c.boot == bindparam("my_boot"))
    .where(leases.c.pid == bindparam("my_pid"), leases.c.started == bindparam("my_start"))
    .values(host=FREE)
)


class Leases:
    """Who works on which set."""

    def __init__(self, database: Database, identity: Identity) -> None:
        self._database = database
        self._me = identity
        # Those that could not be given back, as no write was possible: nobody here works with them any more.
        self._abandoned: dict[SetKey, int] = {}
        self._sightings: dict[SetKey, tuple[tuple[int, float], Instant]] = {}

    def acquire(self, key: SetKey, now: Instant) -> Lease:
        """Take a set. Raises Leased, naming the holder, while another worker has it (also one of this process)."""
        with self._database.write() as connection:
            row = _READ.first(connection, set_values(key))
            if row is None:
                # Nobody had it yet: with a row it can be locked, whoever comes first.
                insert_missing(connection, leases, {**key_columns(key), **_NOBODY})
                [row] = _READ.rows(connection, set_values(key))
            if self._is_held(row, now):
                raise _leased(key, row)
            fence = int(row["fence"]) + 1
            values = {**self._holder(), "fence": fence, "renewed": now.wall}
            _TAKE.change(connection, {**set_values(key), **values})
        return Lease(key, fence)

    def renew(self, lease: Lease, now: Instant) -> None:
        """Say that we are still at it. Raises LeaseLost."""
        with self._database.write() as connection:
            ours = {**set_values(lease.key), "our_fence": lease.fence}
            renewed = _RENEWED.value(connection, ours)
            if renewed is None:
                raise lost(lease)
            # Each write to the row is a page more to write.
            if abs(now.wall - renewed) > _LATELY_SECONDS:
                _OURS.change(connection, {**ours, "renewed": now.wall})
            self._database.holds(lease)

    def release(self, lease: Lease) -> None:
        """Give the set back; nothing happens where it was taken over already."""
        self._abandoned[lease.key] = lease.fence
        with self._database.write() as connection:
            _OURS.change(connection, {**set_values(lease.key), "our_fence": lease.fence, "host": FREE})
        self._abandoned.pop(lease.key, None)

    def begin_anew(self) -> None:
        """Free what this process had: whoever held it works with another configuration, and may write no more."""
        me = self._me
        with self._database.write() as connection:
            connection.execute(
                _FREE_OWN, {"my_host": me.host, "my_boot": me.boot, "my_pid": me.pid, "my_start": me.started}
            )

    def held(self, now: Instant) -> frozenset[SetKey]:
        """Return the sets that some worker has."""
        with self._database.read() as connection:
            rows = connection.execute(select(leases)).mappings().all()
        return frozenset(to_key(row) for row in rows if self._is_held(row, now))

    def _is_held(self, row: Row, now: Instant) -> bool:
        if row["host"] == FREE or self._abandoned.get(to_key(row)) == row["fence"]:
            return False
        if row["host"] != self._me.host:
            return bool(now.wall - row["renewed"] <= ELSEWHERE_SECONDS) and not self._stands_still(row, now)
        return row["boot"] == self._me.boot and self._me.lives(row["pid"], row["started"])

    def _stands_still(self, row: Row, now: Instant) -> bool:
        """Tell whether this very renewal was seen so long ago: the clocks of two hosts may differ, or be set."""
        key, renewal = to_key(row), (row["fence"], row["renewed"])
        seen, since = self._sightings.get(key, (None, now))
        if seen == renewal:
            return since.age_at(now) > ELSEWHERE_SECONDS
        self._sightings[key] = renewal, now
        return False

    def _holder(self) -> dict[str, object]:
        me = self._me
        return {"host": me.host, "boot": me.boot, "pid": me.pid, "started": me.started}


def _leased(key: SetKey, row: Row) -> Leased:
    host = str(row["host"]).partition(" ")[0]
    return Leased(
        f"Process {row['pid']} on {host} is working on the image set {key}.", "Try again when it is done, or end it."
    )
