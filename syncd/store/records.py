"""Records: what is ours up there. Intents are written before a call, results after it, each in its own transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from sqlalchemy import bindparam, delete, select

from syncd.model.plan import Change
from syncd.model.record import Content, Foreign, Memory, Record, RecordState, Refusal
from syncd.model.remote import Picture
from syncd.model.sets import SetKey
from syncd.model.time import Instant
from syncd.model.words import Reason
from syncd.store import rows
from syncd.store.changes import apply_change
from syncd.store.changing import UP, change, drop, insert_record, stale
from syncd.store.database import Database
from syncd.store.meta import add_wish, read_meta
from syncd.store.prepared import Prepared
from syncd.store.schema import foreign_images, holds, records, refusals, sets, unknown_answers
from syncd.store.sql import chunks, delete_set, key_columns, of_set, select_set, set_values, upsert
from syncd.store.values import Lease

_RECORDS = Prepared(select_set(records).order_by(records.c.row_id))
_FOREIGN = Prepared(select_set(foreign_images))
_REFUSALS = Prepared(select_set(refusals))
_UNKNOWN = Prepared(select_set(unknown_answers))
_WHOLE = Prepared(select(sets.c.whole).where(of_set(sets)))
_APPROVED = Prepared(select(holds).where(holds.c.scope == bindparam("scope"), holds.c.approved_at.is_not(None)))
_FORGET_REFUSAL = Prepared(delete_set(refusals).where(refusals.c.sha256 == bindparam("content")))
_FORGET_UNKNOWN = Prepared(delete_set(unknown_answers).where(unknown_answers.c.sha256 == bindparam("content")))
_TWIN = select(records.c.row_id).where(
    of_set(records), records.c.sha256 == bindparam("content"), records.c.state.in_(["begun", "live"])
)
_STANDS = select(records.c.row_id).where(records.c.remote_id == bindparam("id"), records.c.state == bindparam("state"))
_ENDED = select(records).where(records.c.state.in_(["gone", "lapsed"]))
_PURGE = delete(records).where(records.c.row_id.in_(bindparam("rows", expanding=True)))
_DROP_UP = [
    delete_set(records).where(records.c.state.in_([state.value for state in UP])),
    *(delete_set(table) for table in (foreign_images, refusals, unknown_answers)),
]
_DROP_ALL = [delete_set(table) for table in (records, foreign_images, refusals, unknown_answers)]
_RETRY = [delete_set(table) for table in (refusals, unknown_answers)]


class Records:
    """What we remember of the images of each set."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self, key: SetKey) -> Memory:
        """Return all that is remembered of one set, at one moment."""
        of = set_values(key)
        with self._database.read() as connection:
            found = _RECORDS.rows(connection, of)
            foreign = _FOREIGN.rows(connection, of)
            refused = _REFUSALS.rows(connection, of)
            unknown = _UNKNOWN.rows(connection, of)
            approved = _APPROVED.rows(connection, {"scope": str(key)})
            whole = _WHOLE.value(connection, of)
            if whole is None:
                whole = read_meta(connection, "made_anew") is None
        return Memory(
            records=tuple(rows.to_record(row) for row in found),
            foreign=tuple(rows.to_foreign(row) for row in foreign),
            refusals=tuple(Refusal(row["sha256"], row["detail"]) for row in refused),
            approved=frozenset(rows.to_hold(row).what for row in approved),
            whole=whole,
            unknown_answers=tuple((row["sha256"], row["times"]) for row in unknown),
        )

    def apply(self, lease: Lease, key: SetKey, changes: Sequence[Change], now: Instant) -> None:
        """Remember all of these, in order, or none. Raises StateError where two contradict each other."""
        if changes:
            with self._database.write(lease) as connection:
                for one in changes:
                    apply_change(connection, key, one, now)

    def begin(self, lease: Lease, key: SetKey, name: bytes, content: Content, now: Instant) -> Record:
        """Commit the intent to upload a content. Raises StateError when it is begun or live in this set already."""

        def begun(row: int) -> Record:
            return Record(row, key, name, content, RecordState.BEGUN, None, now, now)

        with self._database.write(lease) as connection:
            return begun(insert_record(connection, begun(0)))

    def finish(self, lease: Lease, record: Record, remote_id: str, now: Instant) -> Record:
        """Commit that a begun upload is up under this id, and clear what stood against its content.

        Raises StateError when the id is that of another record: ask the census first.
        """
        live = replace(record, state=RecordState.LIVE, remote_id=remote_id, since=now)
        values = {"state": "live", "remote_id": remote_id, **rows.moment("since", now)}
        with self._database.write(lease) as connection:
            if not change(connection, record, values, RecordState.BEGUN):
                # The image is up, whatever became of its row: not to know it would be to upload it twice.
                live = replace(live, row=insert_record(connection, live))
            of = {**set_values(record.key), "content": record.content.sha256}
            _FORGET_REFUSAL.change(connection, of)
            _FORGET_UNKNOWN.change(connection, of)
        return live

    def unanswered(self, lease: Lease, record: Record, now: Instant) -> None:
        """Commit that the answer to a begun upload was lost just now: from here its time of doubt runs."""
        with self._database.write(lease) as connection:
            change(connection, record, rows.moment("since", now), RecordState.BEGUN)

    def unsent(self, lease: Lease, record: Record) -> None:
        """Take back the intent of an upload that is proven not to have been sent."""
        with self._database.write(lease) as connection:
            drop(connection, record, RecordState.BEGUN)

    def refuse(self, lease: Lease, record: Record, detail: str, now: Instant) -> None:
        """Commit that the service refused a begun upload for good; `detail` in its words."""
        with self._database.write(lease) as connection:
            drop(connection, record, RecordState.BEGUN)
            self.refuse_content(lease, record.key, record.content.sha256, detail, now)

    def refuse_content(self, lease: Lease, key: SetKey, sha256: str, detail: str, now: Instant) -> None:
        """Commit that a content is not to be sent again, until `retry`."""
        row = {**key_columns(key), "sha256": sha256, "detail": detail, "wall": now.wall}
        with self._database.write(lease) as connection:
            upsert(connection, refusals, [row])

    def tombstone(
        self, lease: Lease, record: Record, reason: Reason, now: Instant, *, approved: bool = False
    ) -> Record:
        """Commit the intent to delete an image of ours.

        Raises LeaseLost when the record is no more (a person kept the image meanwhile): nothing may be deleted.
        """
        state = RecordState.DELETING
        values = {"state": state.value, "reason": reason.value, "approved": approved, **rows.moment("since", now)}
        with self._database.write(lease) as connection:
            if not change(connection, record, values, *UP):
                raise stale(record)
        return replace(record, state=state, reason=reason, approved=approved, since=now)

    def stands(self, record: Record) -> bool:
        """Tell whether a record with an image is in its state still: a person may have let go of the image since."""
        with self._database.read() as connection:
            found = connection.execute(_STANDS, {"id": record.remote_id, "state": record.state.value})
            return found.first() is not None

    def gone(self, lease: Lease, record: Record, now: Instant) -> None:
        """Commit that an image is no more."""
        with self._database.write(lease) as connection:
            change(connection, record, {"state": "gone", **rows.moment("since", now)}, *UP)

    def cancel(self, lease: Lease, record: Record, now: Instant) -> None:
        """Take back the intent of a delete; beside another copy of its content the image is surplus again."""
        with self._database.write(lease) as connection:
            of = {**set_values(record.key), "content": record.content.sha256}
            twin = connection.execute(_TWIN, of).first()
            state = "live" if twin is None else "surplus"
            values = {"state": state, "reason": None, "approved": False, **rows.moment("since", now)}
            change(connection, record, values, RecordState.DELETING)

    def forget(self, key: SetKey, row_ids: Collection[int]) -> tuple[Record, ...]:
        """Let go of images that are up: they stay there as foreign ones, and are held no more. Returns them."""
        with self._database.write() as connection:
            found = _RECORDS.rows(connection, set_values(key))
            let_go = [one for one in map(rows.to_record, found) if one.row in row_ids and one.state in UP]
            for record in let_go:
                drop(connection, record, *UP)
                connection.execute(delete(holds).where(holds.c.remote_id == record.remote_id))
            upsert(connection, foreign_images, [rows.foreign(key, _forgotten(record)) for record in let_go])
            add_wish(connection)
        return tuple(let_go)

    def retry(self, key: SetKey) -> int:
        """Forget what the service refused or left unanswered in this set; returns how many contents."""
        with self._database.write() as connection:
            dropped = [connection.execute(statement, set_values(key)) for statement in _RETRY]
            add_wish(connection)
        return sum(result.rowcount for result in dropped)

    def drop_all(self, lease: Lease, key: SetKey) -> None:
        """Forget all of a set: another account knows nothing of it."""
        with self._database.write(lease) as connection:
            for statement in _DROP_ALL:
                connection.execute(statement, set_values(key))

    def rebuild(self, lease: Lease, key: SetKey, changes: Sequence[Change], now: Instant) -> None:
        """Forget what is up in a set, what is foreign or was refused there, and remember these changes instead."""
        with self._database.write(lease) as connection:
            for statement in _DROP_UP:
                connection.execute(statement, set_values(key))
            self.apply(lease, key, changes, now)

    def purge(self, now: Instant, seconds: float) -> int:
        """Drop what is gone or lapsed for longer than so many seconds; returns how many."""
        with self._database.write() as connection:
            ended = connection.execute(_ENDED).mappings()
            old = [record.row for record in map(rows.to_record, ended) if record.since.age_at(now) > seconds]
            for part in chunks(old):
                connection.execute(_PURGE, {"rows": part})
        return len(old)


def _forgotten(record: Record) -> Foreign:
    picture = Picture(record.content.sent_sha256, record.content.likeness)
    return Foreign(record.remote_id or "", picture, "forgotten")
