"""The store: what the program remembers, in rooms by subject."""

from __future__ import annotations

from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self

from syncd.model.time import Instant
from syncd.store.census import Census
from syncd.store.copies import Copies
from syncd.store.database import Database
from syncd.store.files import Files
from syncd.store.flushes import Flushes
from syncd.store.history import History
from syncd.store.holds import Holds
from syncd.store.identity import Identity
from syncd.store.leases import Leases
from syncd.store.meta import Meta
from syncd.store.presence import Presence
from syncd.store.records import Records
from syncd.store.reports import Reports
from syncd.store.sets import Sets
from syncd.store.touched import Touched
from syncd.store.values import Lease

RECORD_SECONDS = 7 * 86400
"""How long what is gone is remembered, to know late effects."""
EVENT_SECONDS = 90 * 86400


class Store:
    """One state, open. Safe to use from any thread.

    Each operation is one transaction: when it returns, what it wrote outlives a killed process; when it raises, it
    wrote nothing. Operations that take a lease raise LeaseLost where it is another's by now; all raise
    StateUnwritable where nothing can be made durable, and StateError where the state needs a person.
    `notices` are sentences about how it was opened; `path` is its file, where it has one.
    """

    def __init__(
        self, database: Database, identity: Identity, notices: tuple[str, ...] = (), path: str | None = None
    ) -> None:
        self._database = database
        self.notices = notices
        self.records = Records(database)
        self.census = Census(database)
        self.files = Files(database)
        self.copies = Copies(database)
        self.reports = Reports(database)
        self.sets = Sets(database)
        self.leases = Leases(database, identity)
        self.holds = Holds(database)
        self.history = History(database)
        self.meta = Meta(database)
        self.flushes = Flushes(database)
        self.presence = Presence(database, identity)
        self.touched = Touched(path)

    def transaction(self, lease: Lease | None = None) -> AbstractContextManager[object]:
        """Make all operations of this thread in the block one transaction: all of them are kept, or none."""
        return self._database.write(lease)

    def reading(self) -> AbstractContextManager[None]:
        """Let all reads of this thread in the block see the same state; nothing is written there."""
        return self._database.reading()

    def purge(self, now: Instant) -> int:
        """Drop what is kept for a time only, after its time; returns how many rows."""
        dropped = self.records.purge(now, RECORD_SECONDS) + self.history.purge(now.wall - EVENT_SECONDS)
        return dropped + self.files.purge() + self.copies.purge()

    def close(self) -> None:
        """Let go of the state."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
