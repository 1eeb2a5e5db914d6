"""What a set is about to lose, as the brake is told of it, and what the brake has no say in."""

from __future__ import annotations

from syncd.model.local import FolderState
from syncd.model.plan import Policy
from syncd.model.record import Memory, Record, RecordState
from syncd.model.words import Action, Reason
from syncd.plan.brake import Removals
from syncd.plan.draft import Draft
from syncd.plan.ledger import Ledger


def removals(made: Draft, memory: Memory, policy: Policy) -> Removals:
    """Say to the brake what this set is about to lose."""
    seen = any(one.action in _SEEN and one.name is not None for one in made.operations)
    good = any(file.judgement.accepted for file in made.local.files)
    return Removals(
        key=made.local.key,
        ids=frozenset(
            one.remote_id or "" for one in made.removals if policy.deletes and not is_released(one, made, memory)
        ),
        up=made.up,
        done=_done(made.ledger, policy),
        folder_gone=made.local.state is FolderState.MISSING,
        emptied=not good,
        unmarked=not made.local.marked and not seen,
        unreadable=bool(made.local.problems),
    )


_SEEN = frozenset({Action.UNCHANGED, Action.RENAMED, Action.ADOPT})


def is_approved(record: Record, memory: Memory) -> bool:
    """Tell whether a person released this delete."""
    return record.approved or record.remote_id in memory.approved


def is_released(record: Record, made: Draft, memory: Memory) -> bool:
    """Tell whether the brake has no say: a person released this delete, or a replace had begun it."""
    return is_approved(record, memory) or is_cut_off(record, made)


def is_cut_off(record: Record, made: Draft) -> bool:
    """Tell whether the delete is the rest of a replace, whose file is there."""
    if record.state is not RecordState.DELETING or record.reason is not Reason.CONTENT_CHANGED or made.local.problems:
        return False
    return any(file.name == record.name and file.judgement.accepted for file in made.local.files)


def _done(ledger: Ledger, policy: Policy) -> int:
    if policy.window_start is None:
        return 0
    return sum(
        record.reason is Reason.REMOVED_LOCALLY
        and not record.approved
        and record.since.wall >= policy.window_start.wall
        for record in ledger.by_state(RecordState.GONE)
    )
