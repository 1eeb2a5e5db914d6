"""The brake on deletes: what a person might have meant otherwise is parked, not done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from syncd.model.plan import MaxDelete, Policy
from syncd.model.sets import SetKey
from syncd.model.words import Reason

SMALL_SET = 5
"""A share of so few images says nothing; a plain number does."""
SMALL_PASS = 20


@dataclass(frozen=True, slots=True)
class Removals:
    """What one set is about to lose because files are gone.

    `ids` are those not yet approved; `up` the images of ours up, and `done` the deletes of this reason, since the
    pass began (for the daemon: in the last hour); `emptied` and `unseen` say that the folder itself is in doubt.
    """

    key: SetKey
    ids: frozenset[str]
    up: int
    done: int = 0
    folder_gone: bool = False
    emptied: bool = False
    unmarked: bool = False
    unreadable: bool = False


def held(removals: Sequence[Removals], policy: Policy) -> dict[SetKey, Reason]:
    """Tell of which sets all removals are held, and why."""
    verdicts = {one.key: reason for one in removals if (reason := _set_verdict(one, policy)) is not None}
    if _pass_exceeds(removals, policy):
        for one in removals:
            if one.ids:
                verdicts.setdefault(one.key, Reason.TOO_MANY_DELETES)
    return verdicts


def _set_verdict(one: Removals, policy: Policy) -> Reason | None:
    if not one.ids:
        return None
    if one.unreadable:
        return Reason.UNREADABLE
    if one.folder_gone or one.unmarked or (one.emptied and one.up >= 2):
        return Reason.SET_EMPTIED
    if _exceeds(policy.max_delete, len(one.ids) + one.done, one.up + one.done, SMALL_SET):
        return Reason.TOO_MANY_DELETES
    return None


def _pass_exceeds(removals: Sequence[Removals], policy: Policy) -> bool:
    deletes = sum(len(one.ids) + one.done for one in removals)
    up = sum(one.up + one.done for one in removals)
    return _exceeds(policy.max_delete, deletes, up, SMALL_PASS)


def _exceeds(brake: MaxDelete, deletes: int, up: int, small: int) -> bool:
    return brake.exceeded_by(deletes, up) and (up > small or not brake.percent)
