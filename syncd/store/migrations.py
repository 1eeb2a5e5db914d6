"""The versions of the state, and the way from each to the next.

Version 1 is what `schema` made first. A later version is one more step here; `schema` always shows the newest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Connection, inspect

from syncd.errors import StateError
from syncd.store.meta import read_meta, write_meta
from syncd.store.schema import content_once, copies, meta, metadata, remote_id_once

Step = Callable[[Connection], None]


def _add_copies(connection: Connection) -> None:
    copies.create(connection, checkfirst=True)


def _turn_away_earlier_programs(_: Connection) -> None:
    """Digests are written as bytes from here on, which this program reads beside texts, and earlier ones do not."""


def _add_what_is_released(connection: Connection) -> None:
    """Add what a release is for. Of one from before nobody can tell, so that a person is asked once more."""
    connection.exec_driver_sql("ALTER TABLE holds ADD COLUMN about TEXT DEFAULT '' NOT NULL")


def _write_less(connection: Connection) -> None:
    """Drop what only a daily clean-up read, and let an upload without an image have no entry among the ids."""
    connection.exec_driver_sql("DROP INDEX IF EXISTS files_by_content")
    connection.exec_driver_sql("DROP INDEX IF EXISTS records_remote_id_once")
    remote_id_once.create(connection)


def _find_sets_by_contents(connection: Connection) -> None:
    """Let the index that keeps a content from being up twice also be the way to a set's records."""
    connection.exec_driver_sql("DROP INDEX IF EXISTS records_by_set")
    connection.exec_driver_sql("DROP INDEX IF EXISTS records_content_once")
    content_once.create(connection)


STEPS: tuple[Step, ...] = (
    _add_copies,
    _turn_away_earlier_programs,
    _add_what_is_released,
    _write_less,
    _find_sets_by_contents,
)
"""The step at index n leads from version n + 1 to n + 2."""

_VERSION = "version"


def newest(steps: Sequence[Step]) -> int:
    """Return the version that these steps end at."""
    return 1 + len(steps)


def version_of(connection: Connection, steps: Sequence[Step], where: str) -> int:
    """Return the version of a state, 0 for an empty database. Raises StateError for a newer one, and for no state."""
    tables = set(inspect(connection).get_table_names())
    if not tables:
        return 0
    version = read_meta(connection, _VERSION) if meta.name in tables else None
    if version is None or not version.isdecimal():
        raise StateError(
            f"The database {where} is not a state of syncd.", "Set `state.url` to a file of its own, or move this one."
        )
    if int(version) > newest(steps):
        raise StateError(
            f"The state {where} has version {version}; this syncd knows versions up to {newest(steps)}.",
            "Use the newer syncd that made it, or the copy that lies beside it from before.",
        )
    return int(version)


def is_whole(connection: Connection, steps: Sequence[Step], version: int) -> bool:
    """Tell whether a state of the newest version has all its columns: a flipped letter leaves a sound database."""
    if version != newest(steps):
        return True
    return all(_columns(connection, table.name) >= set(table.columns.keys()) for table in metadata.sorted_tables)


def _columns(connection: Connection, table: str) -> set[str]:
    return {row[1] for row in connection.exec_driver_sql(f"PRAGMA table_info({table})")}


def create(connection: Connection, steps: Sequence[Step], origin: dict[str, str]) -> None:
    """Make an empty database a state of the newest version that remembers where it comes from."""
    metadata.create_all(connection)
    for key, value in {_VERSION: str(newest(steps)), **origin}.items():
        write_meta(connection, key, value)


def upgrade(connection: Connection, steps: Sequence[Step], where: str, keep: Callable[[int], None]) -> None:
    """Bring a state to the newest version, in the transaction of the connection: wholly or not at all.

    `keep` is called with the old version before the first step.
    """
    version = version_of(connection, steps, where)
    if version == newest(steps):
        return
    if version == 0:
        create(connection, steps, {"origin": "new"})
        return
    keep(version)
    for step in steps[version - 1 :]:
        step(connection)
    write_meta(connection, _VERSION, str(newest(steps)))
