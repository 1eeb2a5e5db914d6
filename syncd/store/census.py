"""The census: what is remembered of all sets together."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import bindparam, func, select, union_all

from syncd.model.record import Record
from syncd.model.sets import SetKey
from syncd.model.time import Instant
from syncd.model.words import Reason
from syncd.store import rows
from syncd.store.changing import UP
from syncd.store.database import Database
from syncd.store.prepared import Prepared
from syncd.store.schema import foreign_images, records

_BY_ID = select(records).where(records.c.remote_id == bindparam("id"))
_MET = Prepared(
    union_all(
        select(records.c.remote_id).where(records.c.remote_id == bindparam("id")),
        select(foreign_images.c.remote_id).where(foreign_images.c.remote_id == bindparam("id")),
    )
)


class Census:
    """Questions over all sets."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all_live(self) -> Mapping[SetKey, int]:
        """Count the live images of each set that has any."""
        columns = (records.c.model_id, records.c.image_type)
        counted = select(*columns, func.count().label("up")).where(records.c.state == "live").group_by(*columns)
        with self._database.read() as connection:
            return {rows.to_key(row): row["up"] for row in connection.execute(counted).mappings()}

    def removed(self, now: Instant, seconds: float) -> Mapping[SetKey, int]:
        """Count the images of each set whose delete was begun or done for a removed file within so many seconds.

        Those that a person approved do not count.
        """
        ended = select(records).where(
            records.c.state.in_(["deleting", "gone"]),
            records.c.reason == Reason.REMOVED_LOCALLY.value,
            records.c.approved.is_(False),
        )
        counts: dict[SetKey, int] = {}
        with self._database.read() as connection:
            for record in map(rows.to_record, connection.execute(ended).mappings()):
                if record.since.age_at(now) <= seconds:
                    counts[record.key] = counts.get(record.key, 0) + 1
        return counts

    def known_ids(self, limit: int) -> tuple[str, ...]:
        """Return the ids of some live images, the latest first, over all sets."""
        some = select(records.c.remote_id).where(records.c.state == "live")
        with self._database.read() as connection:
            return tuple(connection.execute(some.order_by(records.c.row_id.desc()).limit(limit)).scalars())

    def find(self, remote_id: str) -> Record | None:
        """Return the record of an image, in whatever set and state."""
        with self._database.read() as connection:
            row = connection.execute(_BY_ID, {"id": remote_id}).mappings().first()
        return None if row is None else rows.to_record(row)

    def knows(self, remote_id: str) -> bool:
        """Tell whether an id was met before, as an image of ours or as a foreign one."""
        with self._database.read() as connection:
            return _MET.first(connection, {"id": remote_id}) is not None

    def live_anywhere(self, remote_id: str) -> Record | None:
        """Return the record of an image that, as far as we know, is up: in whatever set."""
        record = self.find(remote_id)
        return record if record is not None and record.state in UP else None
