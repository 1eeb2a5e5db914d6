"""A plan that a person has looked at, and that is to be done exactly as it stands, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from syncd.errors import StalePlan
from syncd.model.basis import Basis
from syncd.model.local import LocalFile
from syncd.model.names import plain, shown, shown_text
from syncd.model.plan import Operation, Outcome, SetPlan
from syncd.model.sets import SetKey
from syncd.model.words import WRITING, Action
from syncd.plan.basis import basis_of, moved
from syncd.plan.plan import View, digest

_SUBJECT = tuple[SetKey, str | None, str | None]
_AGAIN = "Make a new plan: syncd sync --plan FILE."


@dataclass(frozen=True, slots=True)
class Script:
    """The plan: what each of its sets looked like, what it does to whom, and the digest of all its operations.

    `sends` and `deletes` name what may be done: files by name and digest, images by id.
    """

    digest: str
    bases: Mapping[SetKey, Basis]
    sends: frozenset[_SUBJECT] = field(default_factory=frozenset)
    deletes: frozenset[tuple[SetKey, str]] = field(default_factory=frozenset)

    def as_seen(self, view: View) -> View:
        """Return a set as the plan's maker saw it: what was released since stays held, and times do not count."""
        before = self.bases[view.local.key]
        memory = replace(view.memory, approved=view.memory.approved & before.approved)
        files = tuple(_dated(file, before) for file in view.local.files)
        return replace(view, local=replace(view.local, files=files), memory=memory)

    def check(self, views: Iterable[View], plans: Mapping[SetKey, SetPlan]) -> None:
        """Raise StalePlan where anything moved, or where something else would be done now."""
        for view in views:
            now = basis_of(view.local, view.look, view.memory)
            if why := moved(self.bases[view.local.key], now):
                raise _stale(view, why)
        if digest(plans[key] for key in sorted(plans)) != self.digest:
            raise StalePlan(
                "The plan does not hold any more: time or the configuration make it another one now", _AGAIN
            )

    def covers(self, decided: SetPlan) -> bool:
        """Tell whether all that a later try would send or delete stands in the plan."""
        uploads = ((decided.key, plain(one.file.name), one.file.sha256) for one in decided.uploads)
        doomed = [one.record for one in (*decided.room, *decided.rest)]
        doomed += [one.replaces for one in decided.uploads if one.replaces is not None]
        deletes = ((decided.key, one.remote_id) for one in doomed)
        return self.sends.issuperset(uploads) and self.deletes.issuperset(deletes)


class Follower:
    """Follows a script in the rounds of one pass, which is about so many sets: all of it is looked at, then done."""

    def __init__(self, script: Script, sets: int) -> None:
        self._script = script
        self._sets = sets
        self._begun = False

    def allow(
        self, views: Mapping[SetKey, View], plans: Mapping[SetKey, SetPlan]
    ) -> tuple[dict[SetKey, SetPlan], bool]:
        """Return what of a round may be told, and whether it may be done. Raises StalePlan."""
        if self._begun:
            # What else came up since is for another plan.
            return {key: one for key, one in plans.items() if self._script.covers(one)}, True
        if len(plans) < self._sets or _any_halted(plans):
            return {key: _untouched(one) for key, one in plans.items()}, False
        self._script.check(views.values(), plans)
        self._begun = True
        return dict(plans), True

    def lacks(self, plans: Mapping[SetKey, SetPlan]) -> bool:
        """Tell whether it is time for a look at all sets: those that were waited for can be looked at now."""
        return not self._begun and len(plans) < self._sets and not _any_halted(plans)


def _any_halted(plans: Mapping[SetKey, SetPlan]) -> bool:
    return any(one.halt is not None for one in plans.values())


def _untouched(decided: SetPlan) -> SetPlan:
    told = (replace(one, outcome=Outcome.SKIPPED) if one.action in WRITING else one for one in decided.operations)
    return replace(decided, operations=tuple(told))


def subjects(
    operations: Iterable[tuple[SetKey, Operation]],
) -> tuple[frozenset[_SUBJECT], frozenset[tuple[SetKey, str]]]:
    """Return what these operations send, and which images they delete."""
    told = list(operations)
    sends = {
        (key, plain(one.name or b""), one.sha256) for key, one in told if one.action in (Action.UPLOAD, Action.REPLACE)
    }
    deletes = {
        (key, one.remote_id) for key, one in told if one.action in (Action.DELETE, Action.REPLACE) and one.remote_id
    }
    return frozenset(sends), frozenset(deletes)


def _dated(file: LocalFile, before: Basis) -> LocalFile:
    time = before.times.get(plain(file.name), file.fingerprint.mtime_ns)
    return replace(file, fingerprint=replace(file.fingerprint, mtime_ns=time))


def _stale(view: View, why: str) -> StalePlan:
    folder = shown(view.local.folder)
    return StalePlan(f"Nothing was done, since the plan is out of date: in {folder}, {shown_text(why, 200)}", _AGAIN)
