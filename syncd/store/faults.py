"""What the database complains of, in words for people; no other error leaves this package."""

from __future__ import annotations

import sqlite3
from types import TracebackType

from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from syncd.errors import StateError, StateUnwritable

BUSY_SECONDS = 10
"""How long a write waits for another process's."""

_UNWRITABLE = {
    sqlite3.SQLITE_FULL: ("the disk is full", "Free some space; syncd goes on by itself."),
    sqlite3.SQLITE_READONLY: (
        "it is read-only",
        "Give the user of syncd the right to write there, or mount the file system writable.",
    ),
    sqlite3.SQLITE_IOERR: ("the disk reports an error", "Check the disk and its free space, then run syncd again."),
    sqlite3.SQLITE_CANTOPEN: ("it cannot be opened", "Check that its folder exists and can be written by syncd."),
    sqlite3.SQLITE_PERM: ("the right to do so is missing", "Give the user of syncd the right to write there."),
    sqlite3.SQLITE_BUSY: (
        f"another process kept it locked for {BUSY_SECONDS} seconds",
        "End that process, or run syncd again when it is done.",
    ),
    sqlite3.SQLITE_LOCKED: ("it is locked", "Run syncd again."),
}
_PASSING = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_STRANGE_HEADER = "unsupported file format"
"""What SQLite says of a header with impossible numbers, with no code of its own."""
_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class Translated:
    """Lets only our own errors out. `where` names the state in their words."""

    __slots__ = ("where",)

    def __init__(self, where: str) -> None:
        self.where = where

    def __enter__(self) -> object:
        """Nothing has failed yet."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, SQLAlchemyError | sqlite3.Error):
            raise explain(error, self.where) from error


def explain(error: Exception, where: str) -> StateError:
    """Say what a database error means, and what to do."""
    code = code_of(error)
    if code in _UNWRITABLE:
        what, remedy = _UNWRITABLE[code]
        unwritable = StateUnwritable(f"The state {where} cannot be used: {what}.", remedy)
        unwritable.passes = code in _PASSING
        return unwritable
    if is_damage(error):
        return StateError(
            f"The state {where} is damaged.", "Start syncd again: it sets the file aside and begins anew."
        )
    if isinstance(error, IntegrityError | sqlite3.IntegrityError):
        return StateError(f"The state {where} refuses an entry that contradicts another: {_words(error)}.")
    return StateError(f"The state {where} gave an error: {_words(error)}.", "Run `syncd doctor`.")


def is_damage(error: Exception) -> bool:
    """Tell whether the file itself is no sound database."""
    return code_of(error) in _DAMAGE or _words(error) == _STRANGE_HEADER


def code_of(error: Exception) -> int:
    """Return SQLite's primary result code, 0 for none."""
    found = error.orig if isinstance(error, DBAPIError) else error
    code = int(getattr(found, "sqlite_errorcode", 0))
    # The index of the log finds no room, which no other code would tell.
    return sqlite3.SQLITE_FULL if code == sqlite3.SQLITE_IOERR_SHMSIZE else code & 0xFF


def _words(error: Exception) -> str:
    # Without SQLAlchemy's own text, which repeats the statement and its values.
    words = str(error.orig if isinstance(error, DBAPIError) else error)
    return words.partition("\n")[0].rstrip(".")
