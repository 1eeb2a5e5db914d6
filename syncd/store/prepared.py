"""Statements of every pass: SQLAlchemy makes their text, once; SQLite's driver runs it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnDefault, Connection, Delete, Insert, SelectBase, Update

from syncd.store.sqlite import raw

Values = Mapping[str, object]
_Way = Callable[[Any], Any]


class _Text(NamedTuple):
    """What the driver is given: `places` are the parameters in order, each with how it is written.

    `fixed`: values that the statement itself has. `columns` are the names of what comes back, `reads` how some is read.
    """

    sql: str
    places: tuple[tuple[str, _Way | None], ...]
    fixed: dict[str, object]
    columns: tuple[str, ...]
    reads: tuple[tuple[str, _Way], ...]


class Prepared:
    """A statement and its text, for each choice of columns that it was given values for.

    To run a small statement through SQLAlchemy takes several times as long as in SQLite. Its columns have names of
    their own, and no list of any length (`IN`) is among its values. A value that is missing is a KeyError.
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
        binds = {name: compiled.binds[name] for name in compiled.positiontup or ()}
        writes = {name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in binds.items()}
        fixed = {name: compiled.params[name] for name, bind in binds.items() if not bind.required}
        return _Text(
            compiled.string,
            tuple((name, writes[name]) for name in compiled.positiontup or ()),
            fixed | self._defaults(),
            tuple(reads),
            tuple((name, read) for name, read in reads.items() if read is not None),
        )

    def _defaults(self) -> dict[str, object]:
        if not isinstance(self._statement, Insert):
            return {}
        made = {column.name: column.default for column in self._statement.table.c}
        return {name: default.arg for name, default in made.items() if isinstance(default, ColumnDefault)}


def _given(text: _Text, values: Values) -> list[object]:
    values = {**text.fixed, **values} if text.fixed else values
    return [values[name] if write is None else write(values[name]) for name, write in text.places]
