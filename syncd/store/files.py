"""Files: how they looked when they were last hashed, and what their contents were judged to be."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from sqlalchemy import bindparam, delete, select

from syncd.model.local import Fingerprint, Judgement
from syncd.model.record import RecordState
from syncd.model.sets import SetKey
from syncd.store.database import Database
from syncd.store.prepared import Prepared
from syncd.store.rows import Row, likeness, to_likeness, to_reason
from syncd.store.schema import files, judgements, records
from syncd.store.sql import chunks, delete_set, key_columns, select_set, set_values, upsert
from syncd.store.values import Depth, Judged, Known, Lease

_KNOWN = Prepared(select_set(files))
_DROP = delete_set(files).where(files.c.name == bindparam("file"))
_JUDGED = select(judgements).where(judgements.c.sha256.in_(bindparam("contents", expanding=True)))
IN_USE = select(files.c.sha256).where(files.c.sha256.is_not(None))
"""The contents that some file has."""

_UP = records.c.state.not_in([RecordState.GONE.value, RecordState.LAPSED.value])
_RECORDED = select(records.c.sha256).where(_UP)
_PURGE = delete(judgements).where(judgements.c.sha256.not_in(IN_USE), judgements.c.sha256.not_in(_RECORDED))


class Files:
    """What need not be read again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def known(self, key: SetKey) -> Mapping[bytes, Known]:
        """Return what is remembered of the files of a set, by name."""
        with self._database.read() as connection:
            found = _KNOWN.rows(connection, set_values(key))
        return {row["name"]: Known(_fingerprint(row), row["sha256"], row["hashed_wall"]) for row in found}

    def remember(
        self, lease: Lease | None, key: SetKey, seen: Mapping[bytes, Known], before: Mapping[bytes, Known] | None = None
    ) -> None:
        """Remember exactly these files of a set. Writes what changed, and nothing where nothing did.

        `before`: what was known of them, where whoever holds the lease has read it already.
        """
        before = self.known(key) if before is None else before
        changed = [_row(key, name, known) for name, known in seen.items() if before.get(name) != known]
        vanished = [{**set_values(key), "file": name} for name in before.keys() - seen.keys()]
        if not changed and not vanished:
            return
        with self._database.write(lease) as connection:
            upsert(connection, files, changed)
            if vanished:
                connection.execute(_DROP, vanished)

    def forget(self, lease: Lease, key: SetKey, name: bytes) -> None:
        """Let a file be read by the next look, whatever its fingerprint."""
        with self._database.write(lease) as connection:
            connection.execute(_DROP, {**set_values(key), "file": name})

    def judgements(self, contents: Iterable[str]) -> Mapping[str, Judged]:
        """Return what is known of these contents, by their SHA-256."""
        found: dict[str, Judged] = {}
        with self._database.read() as connection:
            for part in chunks(contents):
                rows = connection.execute(_JUDGED, {"contents": part}).mappings()
                found.update((row["sha256"], _to_judged(row)) for row in rows)
        return found

    def remember_judgements(self, judged: Mapping[str, Judged]) -> None:
        """Remember what contents were judged to be, by their SHA-256."""
        if judged:
            with self._database.write() as connection:
                upsert(connection, judgements, [_judged_row(sha256, one) for sha256, one in judged.items()])

    def purge(self) -> int:
        """Drop judgements of contents that no file has any more, and no record but of what ended; returns how many."""
        with self._database.write() as connection:
            return connection.execute(_PURGE).rowcount


def _row(key: SetKey, name: bytes, known: Known) -> dict[str, object]:
    seen = known.fingerprint
    return {
        **key_columns(key),
        "name": name,
        "size": seen.size,
        "mtime_ns": seen.mtime_ns,
        "ctime_ns": seen.ctime_ns,
        "inode": str(seen.inode),
        "sha256": known.sha256,
        "hashed_wall": known.hashed_wall,
    }


def _fingerprint(row: Row) -> Fingerprint:
    return Fingerprint(row["size"], row["mtime_ns"], row["ctime_ns"], int(row["inode"]))


def _judged_row(sha256: str, judged: Judged) -> dict[str, object]:
    one = judged.judgement
    return {
        "sha256": sha256,
        "depth": Depth(judged.depth).value,
        "format": one.format,
        "reason": one.reason.value if one.reason else None,
        "detail": one.detail,
        **likeness(one.likeness),
        "warnings": json.dumps(one.warnings),
    }


def _to_judged(row: Row) -> Judged:
    warnings = tuple(json.loads(row["warnings"]))
    judgement = Judgement(row["format"], to_reason(row), row["detail"], to_likeness(row), warnings)
    return Judged(Depth(row["depth"]), judgement)
