"""Copies of a content that is up already: they go, and the copy that keeps it must outlive them."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from syncd.model.plan import Delete
from syncd.model.record import RecordState
from syncd.model.words import Reason
from syncd.plan.draft import Draft, Wish


def spare_twins(made: Draft) -> list[Delete]:
    """Delete each twin whose keeper was seen up in the same look, where nothing here is in doubt."""
    if made.local.problems:
        return []
    keepers = {
        record.content.sha256: record.remote_id
        for record in made.ledger.by_state(RecordState.LIVE)
        if record.remote_id is not None and record.remote_id in made.resolved.listed
    }
    found = ((twin, keepers.get(twin.content.sha256)) for twin in made.twins)
    return [Delete(twin, Reason.SAME_CONTENT, keeper) for twin, keeper in found if keeper is not None]


def twins_first(deletes: Iterable[Delete], wishes: Collection[Wish]) -> tuple[list[Delete], int]:
    """Put a twin before its keeper where that goes too, and count those whose keeper a changed file will replace."""
    deletes = list(deletes)
    replaced = {wish.replaces.remote_id for wish in wishes if wish.replaces is not None}
    going = {delete.record.remote_id for delete in deletes}
    ordered = sorted(deletes, key=lambda delete: (delete.keeper not in replaced, delete.keeper not in going))
    return ordered, sum(delete.keeper in replaced for delete in ordered)
