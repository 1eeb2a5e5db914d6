"""Sets: which there are, and how each stood after its last pass. The page and `status` read these."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import bindparam, func, select, union, update

from syncd.model.plan import Halt
from syncd.model.sets import SetKey
from syncd.model.time import Instant
from syncd.model.words import HaltName
from syncd.store.database import Database
from syncd.store.prepared import Prepared
from syncd.store.rows import Row, to_key
from syncd.store.schema import files, operations, records, sets
from syncd.store.sql import delete_set, key_columns, select_set, set_values, upsert
from syncd.store.values import Lease, SetStatus

_RECORDED = select(records.c.model_id, records.c.image_type).where(
    records.c.state.in_(["begun", "live", "surplus", "deleting"])
)
_ROWS = select(sets.c.model_id, sets.c.image_type)
_ONCE = _RECORDED.distinct()
_ALL = select(sets)
_ONE = Prepared(select_set(sets))
_TALLY = select(func.count(), func.count(sets.c.halt)).select_from(sets)
_NAME = Prepared(update(sets).where(sets.c.model_id == bindparam("of_model")))


class Sets:
    """The sets that the state knows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def recorded(self) -> tuple[SetKey, ...]:
        """Return the sets that exist by a record of theirs, folder or not; in order."""
        with self._database.read() as connection:
            return tuple(sorted(to_key(row) for row in connection.execute(_ONCE).mappings()))

    def keys(self) -> tuple[SetKey, ...]:
        """Return the sets that exist by a record of theirs or were ever passed over; in order."""
        with self._database.read() as connection:
            return tuple(sorted(to_key(row) for row in connection.execute(union(_RECORDED, _ROWS)).mappings()))

    def all(self) -> tuple[SetStatus, ...]:
        """Return how every set that was passed over stood after it; in order of their keys."""
        with self._database.read() as connection:
            found = connection.execute(_ALL).mappings().all()
        return tuple(sorted(map(_to_status, found), key=lambda status: status.key))

    def tally(self) -> tuple[int, int]:
        """Count the sets that were passed over, and those of them that halt: of ten thousand all would be megabytes."""
        with self._database.read() as connection:
            there, halted = connection.execute(_TALLY).one()
        return there, halted

    def get(self, key: SetKey) -> SetStatus | None:
        """Return how one set stood; None where it was never passed over."""
        with self._database.read() as connection:
            row = _ONE.first(connection, set_values(key))
        return None if row is None else _to_status(row)

    def save_pass(
        self,
        lease: Lease,
        key: SetKey,
        *,
        folder: bytes,
        root_uuid: str | None,
        limit: int,
        remote: int,
        counts: Mapping[str, int],
        halt: Halt | None,
        now: Instant,
        success: bool,
    ) -> None:
        """Write down how a pass ended. `success` also moves the last success to now."""
        row = {
            **key_columns(key),
            "folder": folder,
            "root_uuid": root_uuid,
            "slots": limit,
            "remote": remote,
            "counts": json.dumps(dict(counts)),
            **_halt(halt),
            "last_pass": now.wall,
        }
        self._put(lease, row | ({"last_success": now.wall} if success else {}))

    def set_halt(self, lease: Lease | None, key: SetKey, halt: Halt | None, now: Instant) -> None:
        """Write down that a set halts, or no longer does, where its pass came to nothing else."""
        self._put(lease, {**key_columns(key), **_halt(halt), "last_pass": now.wall})

    def set_whole(self, lease: Lease, key: SetKey, *, whole: bool) -> None:
        """Write down whether the images of a set are all told apart, since the state was lost."""
        self._put(lease, {**key_columns(key), "whole": whole})

    def set_model_name(self, model_id: str, name: str) -> None:
        """Remember what people call the model of these sets."""
        with self._database.write() as connection:
            _NAME.change(connection, {"of_model": model_id, "model_name": name})

    def drop(self, lease: Lease, key: SetKey) -> None:
        """Forget how a set stood that exists no more. Records are not touched."""
        with self._database.write(lease) as connection:
            for table in (sets, files, operations):
                connection.execute(delete_set(table), set_values(key))

    def _put(self, lease: Lease | None, row: Mapping[str, object]) -> None:
        with self._database.write(lease) as connection:
            upsert(connection, sets, [row])


def _halt(halt: Halt | None) -> dict[str, object]:
    if halt is None:
        return {"halt": None, "halt_detail": None, "halt_remedy": None}
    return {"halt": halt.name.value, "halt_detail": halt.detail, "halt_remedy": halt.remedy}


def _to_status(row: Row) -> SetStatus:
    halted = row["halt"] is not None
    return SetStatus(
        key=to_key(row),
        folder=bytes(row["folder"]),
        root_uuid=row["root_uuid"],
        model_name=row["model_name"],
        whole=row["whole"],
        limit=row["slots"],
        remote=row["remote"],
        counts=json.loads(row["counts"]),
        halt=Halt(HaltName(row["halt"]), row["halt_detail"], row["halt_remedy"]) if halted else None,
        last_success=row["last_success"],
        last_pass=row["last_pass"],
    )
