"""Copies: what is sent in place of a file, by its content and the recipe."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import delete, select

from syncd.model.local import Copy, Judgement
from syncd.store.database import Database
from syncd.store.files import IN_USE
from syncd.store.rows import Row, likeness, to_likeness, to_reason
from syncd.store.schema import copies
from syncd.store.sql import chunks, upsert


class Copies:
    """What need not be made again to know it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, contents: Iterable[str]) -> Mapping[tuple[str, str], Copy | Judgement]:
        """Return the copies of these contents by digest and recipe, or why there is none."""
        found: dict[tuple[str, str], Copy | Judgement] = {}
        with self._database.read() as connection:
            for part in chunks(contents):
                query = select(copies).where(copies.c.sha256.in_(part))
                found.update(
                    ((row["sha256"], row["recipe"]), _to_copy(row)) for row in connection.execute(query).mappings()
                )
        return found

    def remember(self, made: Mapping[tuple[str, str], Copy | Judgement]) -> None:
        """Remember copies by the digest of the file and the recipe."""
        if made:
            with self._database.write() as connection:
                upsert(connection, copies, [_row(*key, one) for key, one in made.items()])

    def purge(self) -> int:
        """Drop copies of contents that no file has any more; returns how many."""
        with self._database.write() as connection:
            return connection.execute(delete(copies).where(copies.c.sha256.not_in(IN_USE))).rowcount


def _row(sha256: str, recipe: str, one: Copy | Judgement) -> dict[str, object]:
    row = {"sha256": sha256, "recipe": recipe, "format": one.format, **likeness(one.likeness)}
    if isinstance(one, Copy):
        return {**row, "sent_sha256": one.sha256, "size": one.size, "reason": None, "detail": ""}
    return {**row, "sent_sha256": None, "size": None, "reason": one.reason and one.reason.value, "detail": one.detail}


def _to_copy(row: Row) -> Copy | Judgement:
    if row["sent_sha256"] is None:
        return Judgement(row["format"], to_reason(row), row["detail"], to_likeness(row))
    return Copy(row["sent_sha256"], row["size"], row["format"], to_likeness(row))
