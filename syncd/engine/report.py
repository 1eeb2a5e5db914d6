"""What a pass leaves behind for people: rows that status, explain, history and the page read."""

from __future__ import annotations

import os
from collections.abc import Container, Mapping
from dataclasses import replace

from syncd.engine.roots import RootVerdict
from syncd.engine.world import World
from syncd.model.plan import Operation, Outcome, SetPlan
from syncd.model.words import WRITING, Action, Reason
from syncd.store import Event, Hold, Lease

_COUNTED = {
    Action.UNCHANGED: "up",
    Action.RENAMED: "up",
    Action.PENDING: "pending",
    Action.WAITING: "waiting",
    Action.REJECTED: "rejected",
    Action.REFUSED: "refused",
    Action.HELD: "held",
    Action.FOREIGN: "foreign",
    Action.DUPLICATE: "duplicate",
    Action.FAILED: "failed",
}
_EVENTS = WRITING | {Action.ADOPT, Action.RENAMED}


def standing(operation: Operation) -> str:
    """Return how an image stands after an operation, in the words of contract section 1."""
    if operation.action in (Action.UPLOAD, Action.REPLACE):
        return "up" if operation.outcome is Outcome.DONE else "pending"
    if operation.action is Action.ADOPT:
        return "up"
    if operation.action is Action.DELETE:
        return "gone" if operation.outcome is Outcome.DONE else "deleting"
    return _COUNTED.get(operation.action, "failed")


class Reporter:
    """Writes down how each set stands; `model_names` by id, as far as they are known by then."""

    def __init__(self, world: World, model_names: Mapping[str, str]) -> None:
        self._world = world
        self._model_names = model_names

    def save(self, lease: Lease, plan: SetPlan, root: RootVerdict) -> None:
        """Write down one set, all or nothing."""
        store, now = self._world.store, self._world.clock.now()
        stands = self._as_it_stands(plan)
        with store.transaction(lease):
            if plan.halt is None or plan.operations:
                store.reports.save_states(lease, plan.key, stands.operations)
            store.sets.save_pass(
                lease,
                plan.key,
                folder=plan.folder,
                root_uuid=root.identity if plan.halt is None else self._owner_before(plan, root),
                limit=plan.limit,
                remote=remote_after(plan),
                counts=counts(stands) if plan.halt is None or plan.operations else self._counts_of_halted(plan),
                halt=plan.halt,
                now=now,
                success=plan.halt is None and not plan.young and not any(map(_is_open, plan.operations)),
            )
            if plan.halt is None:
                store.sets.set_whole(lease, plan.key, whole=True)
            self._save_holds(lease, plan)
            store.history.add([self._event(plan, one) for one in plan.operations if _happened(one)], lease)
            if (name := self._model_names.get(plan.key.model_id)) is not None:
                store.sets.set_model_name(plan.key.model_id, name)

    def _as_it_stands(self, plan: SetPlan) -> SetPlan:
        """Tell what is so from now on, as the next plan would put it: what failed is open, unknown or refused."""
        refused: set[str | None] = set()
        if any(one.outcome is Outcome.FAILED for one in plan.operations):
            refused |= {refusal.sha256 for refusal in self._world.store.records.load(plan.key).refusals}
        return replace(plan, operations=tuple(_standing_now(one, refused) for one in plan.operations))

    def _save_holds(self, lease: Lease, plan: SetPlan) -> None:
        """Write down what waits for a person; what was released and could not be done yet stays released."""
        scope, holds = str(plan.key), self._world.store.holds
        if plan.halt is None:
            undone = _undone(plan)
            released = [
                hold for hold in holds.list() if hold.scope == scope and hold.approved_at and hold.remote_id in undone
            ]
            holds.replace(scope, [*released, *_held_deletes(plan)], self._world.clock.now(), lease)
        elif plan.halt.needs_consent:
            # Halts that a person released one after the other must not wait for consent in turns for ever.
            waiting = [one for one in holds.list() if one.scope == scope and (one.remote_id or one.approved_at)]
            waiting = [one for one in waiting if one.remote_id or one.kind != plan.halt.name.value]
            told = (plan.halt.detail, plan.halt.remedy)
            halt = Hold(scope, plan.halt.name.value, "", *told, about=plan.halt.about)
            holds.replace(scope, [*waiting, halt], self._world.clock.now(), lease)

    def _owner_before(self, plan: SetPlan, root: RootVerdict) -> str | None:
        # A halted set does not change hands: a claim that a person did not release stays one.
        before = self._world.store.sets.get(plan.key)
        return before.root_uuid if before is not None and before.root_uuid else root.identity

    def _counts_of_halted(self, plan: SetPlan) -> dict[str, int]:
        """Return how the images stood at last, and the photos that were found to lack one since."""
        before = self._world.store.sets.get(plan.key)
        told = dict(before.counts) if before is not None and before.counts else counts(plan)
        if plan.lacking is not None:
            # Nobody knows yet what the service would refuse, but for what it did.
            wanted = max(0, plan.lacking - told["refused"])
            told["pending"] = min(wanted, max(0, plan.limit - plan.up - told["foreign"]))
            told["waiting"] = wanted - told["pending"]
        return told

    def _event(self, plan: SetPlan, one: Operation) -> Event:
        path = os.path.join(plan.folder, one.name or b"")
        failed = "" if one.outcome is Outcome.DONE else f"{one.outcome}: "
        return Event(
            self._world.clock.now().wall,
            one.action.value,
            path,
            plan.key,
            one.reason.value if one.reason else None,
            one.remote_id,
            failed + one.detail,
        )


def _standing_now(one: Operation, refused: Container[str | None]) -> Operation:
    if one.action in (Action.UPLOAD, Action.REPLACE) and one.outcome not in (None, Outcome.DONE):
        if one.unknown:
            one = replace(one, action=Action.PENDING, reason=Reason.ANSWER_UNKNOWN, outcome=None)
        elif one.sha256 in refused:
            one = replace(one, action=Action.REFUSED, reason=Reason.REFUSED_BY_SERVICE, outcome=None)
        else:
            one = replace(one, outcome=None)
    return replace(one, temporary=False, unknown=False)


def counts(plan: SetPlan) -> dict[str, int]:
    """Count how the images of a set stand."""
    words = ("up", "pending", "waiting", "rejected", "refused", "held", "foreign", "duplicate", "failed")
    counted = dict.fromkeys(words, 0)
    for operation in plan.operations:
        word = standing(operation)
        counted[word] = counted.get(word, 0) + 1
    if plan.halt is not None:
        counted["up"] = max(counted["up"], plan.up)
    return counted


def remote_after(plan: SetPlan) -> int:
    """Count the slots taken there once the operations are done."""
    done = [operation for operation in plan.operations if operation.outcome is Outcome.DONE]
    added = sum(operation.action is Action.UPLOAD for operation in done)
    removed = sum(operation.action is Action.DELETE for operation in done)
    return plan.remote + added - removed


_OPEN = frozenset({Action.PENDING, Action.HELD, Action.FAILED})
"""With one of these a set is not in sync, though nothing went wrong with what was done."""


def _is_open(operation: Operation) -> bool:
    return operation.action in _OPEN or operation.outcome in (Outcome.FAILED, Outcome.SKIPPED)


def _happened(operation: Operation) -> bool:
    return operation.action in _EVENTS and operation.outcome in (Outcome.DONE, Outcome.FAILED)


def _undone(plan: SetPlan) -> frozenset[str | None]:
    """Return the images whose delete was to be done and is not: what a person released there stays released."""
    return frozenset(
        one.remote_id for one in plan.operations if one.action is Action.DELETE and one.outcome is not Outcome.DONE
    )


def _held_deletes(plan: SetPlan) -> list[Hold]:
    return [
        Hold(str(plan.key), (one.reason or one.action).value, one.remote_id or "", one.detail, "`syncd approve PATH`")
        for one in plan.operations
        if one.action is Action.HELD
    ]
