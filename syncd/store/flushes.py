"""Flushes: commands that wait until the daemon has passed over some sets, and what it answers them."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping

from sqlalchemy import delete, select

from syncd.store.database import Database
from syncd.store.meta import add_wish, read_meta, write_meta
from syncd.store.schema import meta

_ASKED = "flush "
_ANSWERED = "flushed "
_LAST = "flushes"


class Flushes:
    """Questions of commands, by number, and the daemon's answers: exit codes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ask(self, scopes: Collection[str]) -> int:
        """Ask for a pass over these sets; returns the number of the question."""
        with self._database.write() as connection:
            number = int(read_meta(connection, _LAST) or 0) + 1
            write_meta(connection, _LAST, str(number))
            write_meta(connection, f"{_ASKED}{number}", json.dumps(sorted(scopes)))
            add_wish(connection)
        return number

    def asked(self) -> Mapping[int, frozenset[str]]:
        """Return the questions that have no answer yet, and the sets they are about."""
        begins = meta.c.key.startswith(_ASKED, autoescape=True)
        with self._database.read() as connection:
            found = connection.execute(select(meta).where(begins)).all()
        return {int(row.key.removeprefix(_ASKED)): frozenset(json.loads(row.value)) for row in found}

    def answer(self, number: int, code: int) -> None:
        """Say that all is done that can be done, and how that ended. A question that was taken back is left alone."""
        with self._database.write() as connection:
            if read_meta(connection, f"{_ASKED}{number}") is not None:
                write_meta(connection, f"{_ASKED}{number}", None)
                write_meta(connection, f"{_ANSWERED}{number}", str(code))

    def answer_to(self, number: int) -> int | None:
        """Return the exit code that answers a question; None: not yet."""
        with self._database.read() as connection:
            code = read_meta(connection, f"{_ANSWERED}{number}")
        return None if code is None else int(code)

    def drop(self, number: int) -> None:
        """Take a question back, with its answer."""
        with self._database.write() as connection:
            for word in (_ASKED, _ANSWERED):
                write_meta(connection, f"{word}{number}", None)

    def clear(self) -> None:
        """Forget all questions: whoever asked an earlier daemon does not wait any more."""
        with self._database.write() as connection:
            for word in (_ASKED, _ANSWERED):
                connection.execute(delete(meta).where(meta.c.key.startswith(word, autoescape=True)))
