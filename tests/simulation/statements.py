"""Statements that the store keeps are compiled once and then given to SQLite directly: the same text, the same bytes.

SQLAlchemy takes longer for what lies around a statement than SQLite for the statement. What it made of one (text,
places of parameters, how values are written and read) is remembered here. A statement that is built anew each time,
or that this does not understand, goes the whole way; in some histories all do.
"""

from __future__ import annotations

import sqlite3
import weakref
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection
from sqlalchemy.sql.base import Executable

_kept: dict[int, weakref.ref] = {}
_plans: dict[tuple, _Plan | None] = {}
_alive: list[Executable] = []


class Rows:
    """What came of a statement, as far as the store asks."""

    def __init__(self, made: list, plan: _Plan, rowcount: int, lastrowid: int) -> None:
        self._made, self._plan = made, plan
        self.rowcount, self.inserted_primary_key = rowcount, (lastrowid,)

    def mappings(self) -> Rows:
        keys = self._plan.keys
        return Rows([dict(zip(keys, row, strict=True)) for row in self._made], self._plan, self.rowcount, 0)

    def scalars(self) -> list:
        return [row[0] for row in self._made]

    def all(self) -> list:
        return self._made

    def first(self):
        return self._made[0] if self._made else None

    def one(self):
        (row,) = self._made
        return row

    def scalar(self):
        return self._made[0][0] if self._made else None

    def scalar_one(self):
        return self.one()[0]

    def __iter__(self) -> Iterator:
        return iter(self._made)


_Place = tuple[str, object, int | None, Callable | None]
"""A parameter: its name, its value where none is given, which of several it is, and how it is written."""


@dataclass(slots=True)
class _Plan:
    text: str
    places: list[_Place]
    keys: tuple[str, ...] = ()
    row: type | None = None
    readers: tuple[Callable | None, ...] = ()

    def values(self, given: Mapping[str, object]) -> tuple:
        return tuple(
            (write(value) if write else value)
            for name, default, number, write in self.places
            for value in (given.get(name, default) if number is None else given.get(name, default)[number],)
        )

    def rows(self, found: list[tuple]) -> list:
        if self.row is None or not found:
            return found
        if any(self.readers):
            found = [
                tuple(read(value) if read else value for read, value in zip(self.readers, row, strict=True))
                for row in found
            ]
        return list(map(self.row._make, found))


@contextmanager
def direct(wanted: Callable[[], bool]) -> Iterator[None]:
    """Give statements that are kept to SQLite directly, while `wanted` says so."""
    whole = Connection.execute

    def execute(self, statement, parameters=None, **more):
        plan = _plan_of(self, statement, parameters) if wanted() and not more and self._transaction else None
        return whole(self, statement, parameters, **more) if plan is None else _run(self, plan, parameters)

    Connection.execute = execute
    try:
        yield
    finally:
        Connection.execute = whole


def _run(connection: Connection, plan: _Plan, given) -> Rows:
    cursor = connection.connection.cursor()
    try:
        if isinstance(given, list):
            cursor.executemany(plan.text, [plan.values(row) for row in given])
        else:
            cursor.execute(plan.text, plan.values(given or {}))
        found = cursor.fetchall() if plan.row is not None else []
        return Rows(plan.rows(found), plan, cursor.rowcount, cursor.lastrowid)
    except sqlite3.Error as error:
        connection._handle_dbapi_exception(error, plan.text, None, None, None)
    finally:
        # A statement that is still open would keep its transaction, also where the connection is gone.
        cursor.close()


def _plan_of(connection: Connection, statement, given) -> _Plan | None:
    many = isinstance(given, list)
    one = (given[0] if many else given) or {}
    key = (id(statement), tuple(one), many, *(len(value) for value in one.values() if isinstance(value, list)))
    if key in _plans:
        return _plans[key]
    seen = _kept.get(id(statement))
    if seen is None or seen() is not statement:
        _kept[id(statement)] = weakref.ref(statement)
        return None
    _alive.append(statement)
    _plans[key] = _made(connection.dialect, statement, one, many=many)
    return _plans[key]


def _made(dialect, statement, given: Mapping[str, object], *, many: bool) -> _Plan | None:
    compiled = statement.compile(dialect=dialect, column_keys=sorted(given), for_executemany=many)
    if compiled.literal_execute_params or compiled.update_prefetch:
        return None
    if any(not column.default.is_scalar for column in compiled.insert_prefetch):
        return None
    filled = {column.key: column.default.arg for column in compiled.insert_prefetch}
    text, order = compiled.string, [(name, None) for name in compiled.positiontup or ()]
    if compiled.post_compile_params:
        spread = compiled._process_parameters_for_postcompile(compiled.construct_params(given))
        of = {part: (name, i) for name, parts in spread.parameter_expansion.items() for i, part in enumerate(parts)}
        text, order = spread.statement, [of.get(name, (name, None)) for name in spread.positiontup]
    places = [_place(compiled.binds[name], number, filled, dialect) for name, number in order]
    columns = compiled._result_columns
    keys = tuple(column.keyname for column in columns)
    row = namedtuple("Row", keys, rename=True) if columns else None  # noqa: PYI024 - its names are known only here
    return _Plan(text, places, keys, row, tuple(each.type._cached_result_processor(dialect, None) for each in columns))


def _place(bound, number: int | None, filled: Mapping[str, object], dialect) -> _Place:
    default = filled.get(bound.key, bound.effective_value)
    return bound.key, default, number, bound.type._cached_bind_processor(dialect)
