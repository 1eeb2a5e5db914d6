"""Engines on SQLite: one that writes, one that only reads, one in memory."""

from __future__ import annotations

import sqlite3

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool, PoolProxiedConnection, StaticPool

from syncd.store.faults import BUSY_SECONDS

_PRAGMAS = ("foreign_keys=ON", f"busy_timeout={BUSY_SECONDS * 1000}")
# NORMAL: a killed process loses nothing; a power cut may lose the last commits, never the order of them.
_WRITER = ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-1000")
# The cache: kilobytes of pages. Two megabytes in each of many would be a lot, and the system has the file in memory.
_READER = ("query_only=ON", "cache_size=-400")


def writer(path: str) -> Engine:
    """Return an engine whose transactions write; they wait for one another."""
    engine = create_engine(_url(path), pool_size=1, max_overflow=0)
    return _prepared(engine, (*_PRAGMAS, *_WRITER), "BEGIN IMMEDIATE")


def reader(path: str) -> Engine:
    """Return an engine whose transactions see one moment and cannot write; whoever connects keeps the connection."""
    return _prepared(create_engine(_url(path), poolclass=NullPool), (*_PRAGMAS, *_READER), "BEGIN")


def memory() -> Engine:
    """Return an engine on a database of its own in memory; one connection for all threads, to be used in turn."""
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    return _prepared(engine, _PRAGMAS, "BEGIN IMMEDIATE")


def raw(connection: Connection) -> sqlite3.Connection:
    """Return what lies below SQLAlchemy."""
    found: object = connection.connection.dbapi_connection
    if not isinstance(found, sqlite3.Connection):
        raise TypeError(found)
    return found


def _url(path: str) -> URL:
    return URL.create("sqlite", database=path)


def _prepared(engine: Engine, pragmas: tuple[str, ...], begin: str) -> Engine:
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        # The driver's own transactions begin late and commit DDL half-way; we say BEGIN ourselves.
        connection.isolation_level = None
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    def start(dbapi_connection: PoolProxiedConnection) -> None:
        dbapi_connection.cursor().execute(begin)

    event.listen(engine, "connect", prepare)
    # Not by an event on "begin": an engine that has one looks for listeners at every statement.
    engine.dialect.do_begin = start  # type: ignore[method-assign]
    return engine
