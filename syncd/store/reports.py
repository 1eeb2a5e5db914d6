"""Reports: what the last pass said of every image of a set. `explain` and the page read these."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam

from syncd.model.plan import Operation, Outcome
from syncd.model.sets import SetKey
from syncd.model.words import Action
from syncd.store.database import Database
from syncd.store.prepared import Prepared
from syncd.store.rows import Row, to_reason
from syncd.store.schema import operations
from syncd.store.sql import delete_set, key_columns, select_set, set_values, upsert
from syncd.store.values import Lease

_IN_ORDER = select_set(operations).order_by(operations.c.place)
_ALL = Prepared(_IN_ORDER)
_OF_NAME = Prepared(_IN_ORDER.where(operations.c.name == bindparam("file")))
_TAIL = Prepared(delete_set(operations).where(operations.c.place >= bindparam("length")))


class Reports:
    """The last operations of each set, in the order of its plan."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save_states(self, lease: Lease, key: SetKey, states: Sequence[Operation]) -> None:
        """Keep these as what is so of a set. Writes what changed, and nothing where nothing did."""
        before = self.states(key)
        changed = [
            _row(key, place, one) for place, one in enumerate(states) if place >= len(before) or before[place] != one
        ]
        if not changed and len(before) == len(states):
            return
        with self._database.write(lease) as connection:
            upsert(connection, operations, changed)
            _TAIL.change(connection, {**set_values(key), "length": len(states)})

    def states(self, key: SetKey) -> tuple[Operation, ...]:
        """Return what the last pass said of a set."""
        with self._database.read() as connection:
            return tuple(map(_to_operation, _ALL.rows(connection, set_values(key))))

    def of_name(self, key: SetKey, name: bytes) -> tuple[Operation, ...]:
        """Return what the last pass said of one file; empty where it said nothing."""
        of = {**set_values(key), "file": name}
        with self._database.read() as connection:
            return tuple(map(_to_operation, _OF_NAME.rows(connection, of)))


def _row(key: SetKey, place: int, one: Operation) -> dict[str, object]:
    return {
        **key_columns(key),
        "place": place,
        "action": one.action.value,
        "name": one.name,
        "reason": one.reason.value if one.reason else None,
        "detail": one.detail,
        "size": one.size,
        "sha256": one.sha256,
        "remote_id": one.remote_id,
        "body": one.body,
        "rank": one.rank,
        "origin": one.origin,
        "same_as": one.same_as,
        "outcome": one.outcome.value if one.outcome else None,
    }


def _to_operation(row: Row) -> Operation:
    return Operation(
        action=Action(row["action"]),
        name=row["name"],
        reason=to_reason(row),
        detail=row["detail"],
        size=row["size"],
        sha256=row["sha256"],
        remote_id=row["remote_id"],
        body=row["body"],
        rank=row["rank"],
        origin=row["origin"],
        same_as=row["same_as"],
        outcome=None if row["outcome"] is None else Outcome(row["outcome"]),
    )
