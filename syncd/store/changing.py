"""One record changed: found by its number, or by its image where a plan did not know the number yet."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, delete, insert, update

from syncd.errors import LeaseLost
from syncd.model.record import Record, RecordState
from syncd.store import rows
from syncd.store.prepared import Prepared
from syncd.store.schema import records

UP = (RecordState.LIVE, RecordState.SURPLUS, RecordState.DELETING)
"""The states of records that name an image which, as far as we know, is up."""

# As many as there are states: a list of any length is written into the statement anew each time, which takes longer
# than to execute it.
_STATES = [f"state_{number}" for number in range(len(RecordState))]
_IN_STATE = records.c.state.in_([bindparam(name) for name in _STATES])
_BY_ROW = records.c.row_id == bindparam("which")
_BY_ID = records.c.remote_id == bindparam("which")
_CHANGE_ROW = Prepared(update(records).where(_BY_ROW, _IN_STATE))
_CHANGE_ID = Prepared(update(records).where(_BY_ID, _IN_STATE))
_DROP_ROW = Prepared(delete(records).where(_BY_ROW, _IN_STATE))
_DROP_ID = Prepared(delete(records).where(_BY_ID, _IN_STATE))
_INSERT = Prepared(insert(records))


def change(connection: Connection, record: Record, values: Mapping[str, object], *states: RecordState) -> bool:
    """Set columns of a record that is in one of these states (any, for none); tell whether it was there."""
    statement = _CHANGE_ROW if record.row else _CHANGE_ID
    return statement.change(connection, {**_which(record, states), **values}) > 0


def drop(connection: Connection, record: Record, *states: RecordState) -> None:
    """Remove a record that is in one of these states (any, for none)."""
    (_DROP_ROW if record.row else _DROP_ID).change(connection, _which(record, states))


def insert_record(connection: Connection, record: Record) -> int:
    """Add a record; returns the number it got."""
    return _INSERT.insert(connection, rows.record(record))


def stale(record: Record) -> LeaseLost:
    """Say that a record changed under us."""
    return LeaseLost(
        f"What is remembered of the image {record.remote_id} changed meanwhile.",
        "Nothing to do: it is looked at again.",
    )


def _which(record: Record, states: tuple[RecordState, ...]) -> dict[str, object]:
    wanted = [state.value for state in states or RecordState]
    wanted += wanted[:1] * (len(_STATES) - len(wanted))
    return {"which": record.row or record.remote_id, **dict(zip(_STATES, wanted, strict=True))}
