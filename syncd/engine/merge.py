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
    latest = {_subject(operation): operation for operation in after.operations}
    for operation in before.operations:
        if operation.action in _DOING:
            _fold(operation, latest)
    return replace(after, operations=tuple(latest.values()))


def _fold(earlier: Operation, latest: dict[object, Operation]) -> None:
    subject = _subject(earlier)
    later = latest.get(subject)
    if earlier.outcome is Outcome.DONE:
        if later is None or later.action is Action.UNCHANGED:
            latest[subject] = earlier
    elif later is None and earlier.action is Action.DELETE:
        latest[subject] = replace(earlier, outcome=Outcome.DONE, temporary=False, unknown=False)
    elif later is not None and later.action in _THERE and earlier.action is not Action.DELETE:
        done = replace(earlier, outcome=Outcome.DONE, temporary=False, unknown=False, detail="")
        latest[subject] = replace(done, remote_id=later.remote_id)


def _subject(operation: Operation) -> object:
    """Name what an operation is about: an image that goes or stays by its id, all else by its file."""
    if operation.action in (Action.DELETE, Action.HELD, Action.FOREIGN) or operation.name is None:
        return operation.remote_id
    return operation.name
