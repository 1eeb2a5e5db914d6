"""Transactions: one writer at a time, and readers beside it."""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from types import TracebackType

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from syncd.errors import StateError
from syncd.store.faults import Translated
from syncd.store.fence import check_fence
from syncd.store.values import Lease

IDLE_READERS = 5
"""Connections that only read, and wait for the next look."""


class _Mine(threading.local):
    """The transaction that this thread is in, and the leases that were seen to hold in it; or the one it reads in."""

    connection: Connection | None = None
    broken = False
    fenced: tuple[Lease, ...] = ()
    reading: Connection | None = None


class _Lent(Translated):
    """The connection of a transaction that the thread is in already."""

    # No generator: that would cost as much as a statement.

    __slots__ = ("_connection",)

    def __init__(self, where: str, connection: Connection) -> None:
        super().__init__(where)
        self._connection = connection

    def __enter__(self) -> Connection:
        return self._connection


class _Part(_Lent):
    """The same for what writes: a part of a larger change, under its own lease."""

    __slots__ = ("_database", "_lease")

    def __init__(self, database: Database, connection: Connection, lease: Lease | None) -> None:
        super().__init__(database.where, connection)
        self._database = database
        self._lease = lease

    def __enter__(self) -> Connection:
        try:
            with Translated(self.where):
                self._database.fence(self._connection, self._lease)
        except BaseException:
            self._database.spoil()
            raise
        return self._connection

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            # Half of it may be written: even if someone catches this, the whole must not be committed.
            self._database.spoil()
        super().__exit__(kind, error, trace)


class Database:
    """One state. Safe to use from any thread.

    `reader` None: reads go through the writer too (in memory, where there is one connection). `guard` is called
    before each write and raises when writing would be in vain.
    """

    def __init__(
        self, where: str, writer: Engine, reader: Engine | None = None, guard: Callable[[], None] = lambda: None
    ) -> None:
        self.where = where
        self._writer = writer
        self._reader = reader
        self._guard = guard
        # Kept open: taking it from the pool each time costs as much as a whole small transaction.
        self._connection: Connection | None = None
        self._readers: deque[Connection] = deque()
        self._lock = threading.RLock()
        self._mine = _Mine()

    def write(self, lease: Lease | None = None) -> AbstractContextManager[Connection]:
        """Open a transaction, or join the one that this thread is in; checks the lease first.

        Raises LeaseLost when the lease is another's by now, StateUnwritable when nothing could be made durable.
        """
        mine = self._mine.connection
        return self._begin(lease) if mine is None else _Part(self, mine, lease)

    def read(self) -> AbstractContextManager[Connection]:
        """Look at one consistent state; in a transaction of this thread, at what it wrote so far."""
        mine = self._mine.connection or self._mine.reading
        if mine is not None:
            return _Lent(self.where, mine)
        return self._begin(None) if self._reader is None else self._looking(self._reader)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Let all reads of this thread in the block see the same state; nothing is written there."""
        with self.read() as connection:
            before, self._mine.reading = self._mine.reading, connection
            try:
                yield
            finally:
                self._mine.reading = before

    def holds(self, lease: Lease) -> None:
        """Take note that a lease was seen to hold in the transaction of this thread."""
        # What held once holds until the transaction ends: nobody else can write meanwhile.
        self._mine.fenced += (lease,)

    def fence(self, connection: Connection, lease: Lease | None) -> None:
        """Raise LeaseLost unless this lease holds, as seen in the transaction of this thread; None does nothing."""
        if lease is not None and lease not in self._mine.fenced:
            check_fence(connection, lease)
            self.holds(lease)

    def spoil(self) -> None:
        """See to it that the transaction of this thread is not committed."""
        self._mine.broken = True

    def close(self) -> None:
        """Let go of the file; the last one to do so tidies it up."""
        with self._lock:
            # Others may take one meanwhile.
            with suppress(IndexError):
                while True:
                    self._readers.pop().close()
            if self._reader is not None:
                self._reader.dispose()
            self._drop()
            self._writer.dispose()

    @contextmanager
    def _looking(self, reader: Engine) -> Iterator[Connection]:
        with Translated(self.where):
            try:
                connection = self._readers.pop()
            except IndexError:
                connection = reader.connect()
            sound = False
            try:
                with connection.begin():
                    yield connection
                sound = True
            finally:
                if sound and len(self._readers) < IDLE_READERS:
                    self._readers.append(connection)
                else:
                    connection.close()

    @contextmanager
    def _begin(self, lease: Lease | None) -> Iterator[Connection]:
        with self._lock, Translated(self.where):
            self._guard()
            try:
                with self._open().begin() as transaction:
                    self._mine.connection = connection = transaction.connection
                    self.fence(connection, lease)
                    yield connection
                    if self._mine.broken:
                        raise StateError(
                            f"A part of a change to the state {self.where} failed, so nothing of it was kept."
                        )
            except (SQLAlchemyError, sqlite3.Error):
                self._drop()  # the next transaction starts on a sound one
                raise
            finally:
                self._mine.connection = None
                self._mine.broken = False
                self._mine.fenced = ()

    def _open(self) -> Connection:
        if self._connection is None:
            self._connection = self._writer.connect()
        return self._connection

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
