"""What we would remember after each change: the planner's own copy of a set's memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from syncd.model.plan import Adopt, Change, Gone, Lapse, MarkForeign, Missing, Mistaken, Rename, Revive
from syncd.model.record import Foreign, Memory, Record, RecordState
from syncd.model.sets import SetKey
from syncd.model.time import Instant

LATE_EFFECT_SECONDS = 7 * 86400
"""How long after a send an unknown copy of its content is held to be a late effect of ours."""

UP = frozenset({RecordState.LIVE, RecordState.SURPLUS, RecordState.DELETING})
"""The states of records that name an image which, as far as we know, is up."""


class Ledger:
    """The memory of one set, and the changes made to it in the course of one plan."""

    def __init__(self, key: SetKey, memory: Memory, now: Instant) -> None:
        self._key = key
        self._now = now
        self._records = sorted(memory.records, key=lambda record: (record.row, record.remote_id or ""))
        self.foreign = {foreign.remote_id: foreign for foreign in memory.foreign}
        self.changes: list[Change] = []

    def __iter__(self) -> Iterator[Record]:
        return iter(tuple(self._records))

    def by_state(self, *states: RecordState) -> list[Record]:
        """Return the records in these states."""
        return [record for record in self._records if record.state in states]

    def by_id(self) -> dict[str, Record]:
        """Return the records that name a remote image."""
        return {record.remote_id: record for record in self._records if record.remote_id is not None}

    def holder(self, sha256: str, *states: RecordState) -> Record | None:
        """Return the record of this content in one of these states, in the order in which they are given."""
        found = [one for one in self._records if one.content.sha256 == sha256 and one.state in states]
        return min(found, key=lambda one: states.index(one.state), default=None)

    def sent_lately(self, sha256: str) -> bool:
        """Tell whether this state sent the content within the last seven days."""
        return any(
            record.begun is not None and record.begun.age_at(self._now) <= LATE_EFFECT_SECONDS
            for record in self._records
            if record.content.sha256 == sha256
        )

    def change(self, changes: Iterable[Change]) -> None:
        """Make these changes, and remember that they are to be made."""
        for change in changes:
            self._make(change)
            self.changes.append(change)

    def _make(self, change: Change) -> None:
        match change:
            case Adopt():
                self._adopt(change)
            case MarkForeign(remote_id, picture, why, record):
                self._drop(record)
                self.foreign[remote_id] = Foreign(remote_id, picture, why)
            case Rename(record, name):
                self._put(record, replace(record, name=name))
            case Gone(record):
                self._put(record, replace(record, state=RecordState.GONE, since=self._now))
            case Missing(record):
                self._put(record, replace(record, missing_since=record.missing_since or self._now))
            case Revive(record, surplus):
                state = RecordState.SURPLUS if surplus else RecordState.LIVE
                self._put(record, replace(record, state=state, missing_since=None, reason=None, approved=False))
            case Lapse(record):
                self._put(record, replace(record, state=RecordState.LAPSED, since=self._now))
            case Mistaken(record):
                self._put(record, replace(record, state=RecordState.BEGUN, remote_id=None, missing_since=None))

    def _adopt(self, change: Adopt) -> None:
        self.foreign.pop(change.remote_id, None)
        state = RecordState.SURPLUS if change.surplus else RecordState.LIVE
        known = change.record
        adopted = Record(
            row=known.row if known else 0,
            key=self._key,
            name=change.name,
            content=change.content,
            state=state,
            remote_id=change.remote_id,
            begun=known.begun if known else None,
            since=self._now,
        )
        self._put(known, adopted)

    def _put(self, old: Record | None, new: Record) -> None:
        self._drop(old)
        self._records.append(new)

    def _drop(self, record: Record | None) -> None:
        # By what names it, not by value: earlier changes of the same plan made new values of it.
        if record is not None:
            self._records = [one for one in self._records if _name(one) != _name(record)]


def _name(record: Record) -> tuple[int, str | None]:
    return (record.row, None) if record.row else (0, record.remote_id)
