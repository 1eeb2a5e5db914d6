"""One record changed: found by its number, or by its image where a plan did not know the number yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from sqlalchemy import Connection, Delete, Table, Update, bindparam, delete, insert, true, update

from syncd.errors import LeaseLost
from syncd.model.record import Record, RecordState
from syncd.store import rows
from syncd.store.prepared import Prepared
from syncd.store.schema import records

UP = (RecordState.LIVE, RecordState.SURPLUS, RecordState.DELETING)
"""The states of records that name an image which, as far as we know, is up."""

_INSERT = Prepared(insert(records))


def change(connection: Connection, record: Record, values: Mapping[str, object], *states: RecordState) -> bool:
    """Set columns of a record that is in one of these states (any, for none); tell whether it was there."""
    statement = _statement(update, len(states), by_row=record.row > 0)
    return statement.change(connection, {**_which(record, states), **values}) > 0


def drop(connection: Connection, record: Record, *states: RecordState) -> None:
    """Remove a record that is in one of these states (any, for none)."""
    _statement(delete, len(states), by_row=record.row > 0).change(connection, _which(record, states))


def insert_record(connection: Connection, record: Record) -> int:
    """Add a record; returns the number it got."""
    return _INSERT.insert(connection, rows.record(record))


def stale(record: Record) -> LeaseLost:
    """Say that a record changed under us."""
    return LeaseLost(
        f"What is remembered of the image {record.remote_id} changed meanwhile.",
        "Nothing to do: it is looked at again.",
    )


# One for each number of states: a list of any length would be written into the statement anew each time, which takes
# longer than to execute it.
@cache
def _statement(what: Callable[[Table], Update | Delete], states: int, *, by_row: bool) -> Prepared:
    which = records.c.row_id if by_row else records.c.remote_id
    among = records.c.state.in_([bindparam(f"state_{number}") for number in range(states)]) if states else true()
    return Prepared(what(records).where(which == bindparam("which"), among))


def _which(record: Record, states: tuple[RecordState, ...]) -> dict[str, object]:
    values = {f"state_{number}": state.value for number, state in enumerate(states)}
    return {"which": record.row or record.remote_id, **values}
