"""Several rounds of one pass, told as one."""

from __future__ import annotations

from dataclasses import replace

from syncd.model.plan import Operation, Outcome, SetPlan
from syncd.model.words import WRITING, Action

_DOING = WRITING | {Action.ADOPT, Action.RENAMED}
_THERE = frozenset({Action.UNCHANGED, Action.ADOPT, Action.RENAMED})


def merged(before: SetPlan | None, after: SetPlan) -> SetPlan:
    """Tell a set's rounds as one: what an earlier one did stays told, what it left open is told as it ended."""
    if before is None:
        return after
    if after.halt is not None and not after.operations:
        # This round saw nothing, so that what was open still is.
        return replace(after, operations=before.operations)
    latest = {_subject(operation): operation for operation in after.operations}
    seen = {operation.remote_id for operation in after.operations}
    for operation in before.operations:
        if operation.action in _DOING and (told := _as_it_ended(operation, latest, seen)) is not None:
            latest[_subject(operation)] = told
    return replace(after, operations=tuple(latest.values()))


def _as_it_ended(earlier: Operation, latest: dict[object, Operation], seen: set[str | None]) -> Operation | None:
    """Return how an operation of an earlier round is told; None where the later round tells it better."""
    later = latest.get(_subject(earlier))
    if earlier.outcome is Outcome.DONE:
        return earlier if later is None or later.action is Action.UNCHANGED else None
    if earlier.action is Action.DELETE:
        # Neither to be deleted any more nor up under any name: it is gone.
        return _done(earlier) if earlier.remote_id not in seen else None
    if later is None:
        return None
    if later.action is Action.REFUSED:
        # A refusal counts in the run that meets it.
        return earlier if earlier.outcome is Outcome.FAILED and not earlier.temporary else None
    return replace(_done(earlier), detail="", remote_id=later.remote_id) if later.action in _THERE else None


def _done(operation: Operation) -> Operation:
    return replace(operation, outcome=Outcome.DONE, temporary=False, unknown=False)


def _subject(operation: Operation) -> object:
    """Name what an operation is about: an image that goes or stays by its id, all else by its file and content."""
    if operation.action in (Action.DELETE, Action.HELD, Action.FOREIGN):
        return operation.remote_id
    return operation.name, operation.sha256
