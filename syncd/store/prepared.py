"""Statements for what happens with every photo: SQLAlchemy makes their text, once; SQLite's driver runs it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, Delete, Insert, SelectBase, Update
from sqlalchemy.sql.compiler import SQLCompiler

from syncd.store.sqlite import raw

_Write = Callable[[Any], Any]


class _Place(NamedTuple):
    """One parameter: its name, its value where none is given, and how a value is written."""

    name: str
    otherwise: object
    write: _Write | None


class Prepared:
    """A statement and its text, for each choice of columns that it was given values for.

    To run a small statement through SQLAlchemy takes several times as long as in SQLite. Lists of any length
    (`IN`) are not for here.
    """

    def __init__(self, statement: Delete | Insert | SelectBase | Update) -> None:
        self._statement = statement
        self._made: dict[tuple[str, ...], tuple[str, tuple[_Place, ...]]] = {}

    def change(self, connection: Connection, values: Mapping[str, object]) -> int:
        """Run it; returns how many rows it changed."""
        return self._run(connection, values).rowcount

    def insert(self, connection: Connection, values: Mapping[str, object]) -> int:
        """Run it; returns the number of the new row."""
        return self._run(connection, values).lastrowid or 0

    def first(self, connection: Connection, values: Mapping[str, object]) -> tuple[Any, ...] | None:
        """Run it; returns the first row as it lies in the database, None where there is none."""
        # A cursor that is not read to its end would keep its transaction open.
        found = self._run(connection, values).fetchall()
        return found[0] if found else None

    def _run(self, connection: Connection, values: Mapping[str, object]) -> sqlite3.Cursor:
        names = tuple(values)
        if names not in self._made:
            self._make(connection, names)
        text, places = self._made[names]
        given = [
            values.get(name, otherwise) if write is None else write(values.get(name, otherwise))
            for name, otherwise, write in places
        ]
        return raw(connection).execute(text, given)

    def _make(self, connection: Connection, names: tuple[str, ...]) -> None:
        compiled = self._statement.compile(connection, column_keys=list(names))
        if compiled.positiontup is None:
            raise TypeError(compiled)
        self._made[names] = compiled.string, tuple(_place(compiled, name) for name in compiled.positiontup)


def _place(compiled: SQLCompiler, name: str) -> _Place:
    kind = compiled.binds[name].type.dialect_impl(compiled.dialect)
    return _Place(name, compiled.params[name], kind.bind_processor(compiled.dialect))
