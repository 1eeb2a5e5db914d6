"""Small pieces of SQL that every room uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Delete, Select, Table, and_, bindparam, delete, select
from sqlalchemy.dialects import sqlite

from syncd.model.sets import SetKey
from syncd.store.prepared import Prepared

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

Value = TypeVar("Value", str, int)

CHUNK = 500
"""Values in one IN (...): every database takes so many parameters."""


def of_set(table: Table) -> ColumnElement[bool]:
    """Select the rows of one set; give it by `set_values`."""
    return and_(table.c.model_id == bindparam("of_model"), table.c.image_type == bindparam("of_type"))


def set_values(key: SetKey) -> dict[str, str]:
    """Return the parameters of `of_set`."""
    return {"of_model": key.model_id, "of_type": key.image_type.value}


def key_columns(key: SetKey) -> dict[str, str]:
    """Return the columns that name a set in a row."""
    return {"model_id": key.model_id, "image_type": key.image_type.value}


def select_set(table: Table) -> Select[Any]:
    """Read the rows of one set."""
    return select(table).where(of_set(table))


def delete_set(table: Table) -> Delete:
    """Drop the rows of one set."""
    return delete(table).where(of_set(table))


def upsert(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert rows; one that is there already takes over the given columns and keeps its others."""
    if rows:
        _upsert(connection.dialect.name, table, tuple(rows[0])).change_each(connection, rows)


def insert_missing(connection: Connection, table: Table, row: Mapping[str, object]) -> None:
    """Insert a row unless it is there, so that it can be locked whoever came first."""
    _insert_missing(connection.dialect.name, table).change(connection, row)


# To build these takes longer than to execute them.
@cache
def _upsert(dialect: str, table: Table, columns: tuple[str, ...]) -> Prepared:
    statement, keys = _insert(dialect, table), _keys(table)
    new = {name: statement.excluded[name] for name in columns if name not in keys}
    return Prepared(statement.on_conflict_do_update(index_elements=keys, set_=new))


@cache
def _insert_missing(dialect: str, table: Table) -> Prepared:
    return Prepared(_insert(dialect, table).on_conflict_do_nothing(index_elements=_keys(table)))


def _keys(table: Table) -> list[str]:
    return [column.name for column in table.primary_key.columns]


def _insert(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    if dialect == "postgresql":
        # Its import costs each start of a command, which mostly speaks to SQLite.
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415

        return postgresql.insert(table)
    return sqlite.insert(table)


def chunks(values: Iterable[Value]) -> Iterator[list[Value]]:
    """Cut values into lists that one statement takes."""
    left = iter(values)
    while part := list(islice(left, CHUNK)):
        yield part
