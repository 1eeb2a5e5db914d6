"""Statements of every pass: SQLAlchemy makes their text, once; SQLite's driver runs it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnDefault, Connection, Delete, Insert, SelectBase, Update
from sqlalchemy.sql.compiler import SQLCompiler

from syncd.store.sqlite import raw

Values = Mapping[str, object]
_Way = Callable[[Any], Any]


class _Place(NamedTuple):
    """One parameter: its name, its value where none is given, and how a value is written."""

    name: str
    otherwise: object
    write: _Way | None


class _Text(NamedTuple):
    """What the driver is given, and the names of what comes back; `reads`: how some of it is read."""

    sql: str
    places: tuple[_Place, ...]
    columns: tuple[str, ...]
    reads: tuple[tuple[str, _Way], ...]


class Prepared:
    """A statement and its text, for each choice of columns that it was given values for.

    To run a small statement through SQLAlchemy takes several times as long as in SQLite. A list of any length (`IN`)
    cannot be among its values.
    """

    def __init__(self, statement: Delete | Insert | SelectBase | Update) -> None:
        self._statement = statement
        self._texts: dict[tuple[str, ...], _Text] = {}

    def change(self, connection: Connection, values: Values) -> int:
        """Run it; returns how many rows it changed."""
        return self._run(connection, values)[1].rowcount

    def change_each(self, connection: Connection, values: Sequence[Values]) -> None:
        """Run it for each of these; all have values for the same columns."""
        if values:
            text = self._text(connection, values[0])
            raw(connection).executemany(text.sql, [_given(text, each) for each in values])

    def insert(self, connection: Connection, values: Values) -> int:
        """Run it; returns the number of the new row."""
        return self._run(connection, values)[1].lastrowid or 0

    def rows(self, connection: Connection, values: Values | None = None) -> list[dict[str, Any]]:
        """Run it; returns all rows."""
        text, cursor = self._run(connection, values or {})
        found = [dict(zip(text.columns, row, strict=True)) for row in cursor.fetchall()]
        for name, read in text.reads:
            for row in found:
                row[name] = read(row[name])
        return found

    def first(self, connection: Connection, values: Values) -> dict[str, Any] | None:
        """Run it; returns the first row, None where there is none."""
        found = self.rows(connection, values)
        return found[0] if found else None

    def value(self, connection: Connection, values: Values) -> Any:  # noqa: ANN401 - as the column has it
        """Run it; returns what the first row has in its first column, None where there is none."""
        found = self.first(connection, values)
        return None if found is None else next(iter(found.values()))

    def _run(self, connection: Connection, values: Values) -> tuple[_Text, sqlite3.Cursor]:
        text = self._text(connection, values)
        return text, raw(connection).execute(text.sql, _given(text, values))

    def _text(self, connection: Connection, values: Values) -> _Text:
        names = tuple(values)
        if names not in self._texts:
            self._texts[names] = self._made(connection, names)
        return self._texts[names]

    def _made(self, connection: Connection, names: tuple[str, ...]) -> _Text:
        compiled, dialect = self._statement.compile(connection, column_keys=list(names)), connection.dialect
        columns = self._statement.selected_columns if isinstance(self._statement, SelectBase) else ()
        reads = {str(each.key): each.type.dialect_impl(dialect).result_processor(dialect, None) for each in columns}
        return _Text(
            compiled.string,
            tuple(self._place(compiled, name) for name in compiled.positiontup or ()),
            tuple(reads),
            tuple((name, read) for name, read in reads.items() if read is not None),
        )

    def _place(self, compiled: SQLCompiler, name: str) -> _Place:
        column = self._statement.table.c.get(name) if isinstance(self._statement, Insert) else None
        default = column.default if column is not None else None
        otherwise = default.arg if isinstance(default, ColumnDefault) else compiled.params[name]
        kind = compiled.binds[name].type.dialect_impl(compiled.dialect)
        return _Place(name, otherwise, kind.bind_processor(compiled.dialect))


def _given(text: _Text, values: Values) -> list[object]:
    return [
        values.get(name, otherwise) if write is None else write(values.get(name, otherwise))
        for name, otherwise, write in text.places
    ]
