"""The changes of a plan, followed to the letter: what we remember, not what is up."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select

from syncd.model.plan import Adopt, Change, Gone, Lapse, MarkForeign, Missing, Mistaken, Rename, Revive
from syncd.model.record import Foreign, Record, RecordState
from syncd.model.sets import SetKey
from syncd.model.time import Instant
from syncd.store import rows
from syncd.store.changing import change, drop, insert_record, stale
from syncd.store.schema import foreign_images, refusals, unknown_answers
from syncd.store.sql import delete_set, key_columns, of_set, set_values, upsert

_UNMARK = delete_set(foreign_images).where(foreign_images.c.remote_id == bindparam("id"))
_COUNT = select(unknown_answers.c.times).where(
    of_set(unknown_answers), unknown_answers.c.sha256 == bindparam("content")
)
_CLEAR = [delete_set(table).where(table.c.sha256 == bindparam("content")) for table in (refusals, unknown_answers)]


def apply_change(connection: Connection, key: SetKey, one: Change, now: Instant) -> None:
    """Remember one change."""
    match one:
        case Adopt():
            _adopt(connection, key, one, now)
        case MarkForeign():
            _mark_foreign(connection, key, one)
        case Rename(record, name):
            change(connection, record, {"name": name})
        case Gone(record):
            change(connection, record, {"state": "gone", **rows.moment("since", now)})
        case Missing(record):
            if record.missing_since is None:
                change(connection, record, rows.moment("missing", now))
        case Revive(record, surplus):
            _revive(connection, record, now, surplus=surplus)
        case Lapse(record):
            _lapse(connection, key, record, now)
        case Mistaken(record):
            _take_back(connection, record)


def _adopt(connection: Connection, key: SetKey, adopt: Adopt, now: Instant) -> None:
    connection.execute(_UNMARK, {**set_values(key), "id": adopt.remote_id})
    known = adopt.record
    state = RecordState.SURPLUS if adopt.surplus else RecordState.LIVE
    begun = known.begun if known else None
    adopted = Record(0, key, adopt.name, adopt.content, state, adopt.remote_id, begun, now)
    # An image has one record: that of the upload which made it, unless that has found its image already.
    unsettled = (RecordState.BEGUN, RecordState.LAPSED)
    if known is None or not change(connection, known, rows.record(adopted), *unsettled):
        insert_record(connection, adopted)
    if not adopt.surplus:
        for statement in _CLEAR:
            connection.execute(statement, {**set_values(key), "content": adopt.content.sha256})


def _mark_foreign(connection: Connection, key: SetKey, one: MarkForeign) -> None:
    if one.record is not None:
        drop(connection, one.record)
    upsert(connection, foreign_images, [rows.foreign(key, Foreign(one.remote_id, one.picture, one.why))])


def _revive(connection: Connection, record: Record, now: Instant, *, surplus: bool) -> None:
    state = RecordState.SURPLUS if surplus else RecordState.LIVE
    cleared = {**rows.moment("missing", None), "reason": None, "approved": False}
    change(connection, record, {"state": state.value, **cleared, **rows.moment("since", now)})


def _take_back(connection: Connection, record: Record) -> None:
    values = {"state": "begun", "remote_id": None, **rows.moment("missing", None)}
    if not change(connection, record, values, RecordState.LIVE):
        raise stale(record)


def _lapse(connection: Connection, key: SetKey, record: Record, now: Instant) -> None:
    sha256 = record.content.sha256
    if not change(connection, record, {"state": "lapsed", **rows.moment("since", now)}, RecordState.BEGUN):
        return
    count = connection.execute(_COUNT, {**set_values(key), "content": sha256}).scalar() or 0
    upsert(connection, unknown_answers, [{**key_columns(key), "sha256": sha256, "times": count + 1}])
