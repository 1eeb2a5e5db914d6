"""Follows a plan to the letter: stage after stage, each opened by a look that shows nothing new."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import partial

from syncd.engine.halts import halt_of
from syncd.engine.observe import look_at_folder
from syncd.engine.remove import Remover
from syncd.engine.roots import RootVerdict
from syncd.engine.send import Result, Sender
from syncd.engine.world import Target, World
from syncd.errors import KeyRejected, NotFound, StateUnwritable, Stopping, SyncdError
from syncd.model.plan import Adopt, Delete, Halt, Lapse, Operation, Outcome, SetPlan, Upload
from syncd.model.record import Memory, RecordState
from syncd.model.remote import Listing
from syncd.model.time import Instant
from syncd.model.together import all_ended
from syncd.model.words import Action, Reason
from syncd.plan.plan import View
from syncd.store import Lease

FRESH_SECONDS = 1.0
"""A listing older than this opens no stage; a new one is taken."""

_UP = (RecordState.LIVE, RecordState.DELETING)


@dataclass(slots=True)
class Applied:
    """What became of a plan: results by operation, and what ended it early. `remembered`: its changes are kept."""

    results: dict[tuple[str, bytes | str | None], Result] = field(default_factory=dict)
    remembered: bool = False
    halt: Halt | None = None
    again: bool = False
    retry_after: float | None = None

    @property
    def answered(self) -> bool:
        """Whether the service did anything of it."""
        return any(result.outcome is Outcome.DONE for result in self.results.values())


class Applier:
    """Carries out the plan of one set, whose lease it holds, once."""

    def __init__(
        self, world: World, target: Target, root: RootVerdict, lease: Lease, view: View, plan: SetPlan
    ) -> None:
        self._world = world
        self._lease = lease
        self._view = view
        self._plan = plan
        self._sender = Sender(world, target, lease, world.budget)
        look = partial(look_at_folder, world, target, root, lease)
        up = _up_with(view, plan)
        bad = frozenset(file.name for file in view.local.files if not file.judgement.accepted)
        self._remover = Remover(world, target, root, lease, look, several=len(up) > 1, bad=bad, ours=frozenset(up))
        self._key = target.key
        self._mutated = False
        self._applied = Applied()

    def apply(self) -> tuple[SetPlan, Applied]:
        """Do what the plan says, and return it with the outcomes."""
        plan = self._plan
        try:
            self._world.store.records.apply(self._lease, self._key, plan.changes, self._world.clock.now())
            self._applied.remembered = True
            if plan.writes:
                self._stages(plan)
        except Stopping:
            self._applied.again = True
        except SyncdError as error:
            self._applied.halt = halt_of(error)
        return _with_outcomes(plan, self._applied), self._applied

    def _stages(self, plan: SetPlan) -> None:
        self._delete_all(plan.room)
        if self._stopped:
            return
        fitting = self._fitting(plan) if plan.uploads else ()
        self._upload_all(fitting)
        if not self._stopped:
            self._delete_all(plan.rest)

    @property
    def _stopped(self) -> bool:
        return self._applied.halt is not None or self._applied.again

    def _fitting(self, plan: SetPlan) -> tuple[Upload, ...]:
        """Return the uploads that the set has room for, by a fresh look; none where it shows something new."""
        look = self._view.look
        now = self._world.clock.now()
        if look is not None and not self._mutated and _opens(look.listing, now):
            return plan.uploads
        listing = self._world.service.list_set(self._key, settled=True)
        memory = self._world.store.records.load(self._key)
        known = {record.remote_id for record in memory.records} | {one.remote_id for one in memory.foreign}
        suspects = {image.id for image in look.listing.images} if look is not None else set()
        if listing.ids - known - suspects:
            self._applied.again = True
            return ()
        free = free_slots(plan.cap, listing, memory)
        swaps = tuple(upload for upload in plan.uploads if upload.swap)
        changed = tuple(upload for upload in plan.uploads if upload.replaces is not None and not upload.swap)
        changed = changed[: max(0, free)]
        new = tuple(upload for upload in plan.uploads if upload.replaces is None)
        within = min(free - len(changed), free - plan.cap + plan.limit)
        return swaps + changed + new[: max(0, within)]

    def _upload_all(self, uploads: Iterable[Upload]) -> None:
        self._run({("file", upload.file.name): self._upload_step(upload) for upload in uploads})

    def _upload_step(self, upload: Upload) -> Callable[[], Result]:
        def step() -> Result:
            old = upload.replaces
            if old is None:
                return self._sender.send(upload)
            if upload.swap:
                return self._sender.send(upload, lambda: self._delete(Delete(old, Reason.CONTENT_CHANGED)))
            sent = self._sender.send(upload)
            if sent.outcome is Outcome.DONE:
                removed = self._delete(Delete(old, Reason.CONTENT_CHANGED, keeper=sent.remote_id))
                return sent if removed.outcome is Outcome.DONE else replace(removed, remote_id=sent.remote_id)
            return sent

        return step

    def _delete_all(self, deletes: Collection[Delete]) -> None:
        going = {delete.record.remote_id for delete in deletes}
        twins = [delete for delete in deletes if delete.keeper in going]
        # A copy that vouches for another outlives it.
        self._delete_each(twins)
        if not self._stopped:
            self._delete_each(delete for delete in deletes if delete not in twins)

    def _delete_each(self, deletes: Iterable[Delete]) -> None:
        self._run({("id", each.record.remote_id): lambda each=each: self._delete(each) for each in deletes})  # type: ignore[misc]

    def _delete(self, delete: Delete) -> Result:
        record = delete.record
        approved = record.approved or record.remote_id in self._view.memory.approved
        return self._remover.remove(delete, approved=approved)

    def _run(self, steps: Mapping[tuple[str, bytes | str | None], Callable[[], Result]]) -> None:
        """Do all steps of a stage side by side; every one of them ends before the first error is raised."""
        if not steps:
            return
        self._mutated = True
        submit = self._world.senders.submit if len(steps) > 1 else _at_once
        futures = {name: submit(self._step, step) for name, step in steps.items()}
        all_ended(futures.values())
        errors = [error for name, future in futures.items() if (error := self._collect(name, future)) is not None]
        if errors:
            raise errors[0]

    def _step(self, step: Callable[[], Result]) -> Result:
        result = step()
        self._world.progress.advance(files=1)
        return result

    def _collect(self, name: tuple[str, bytes | str | None], future: Future[Result]) -> SyncdError | None:
        try:
            result = future.result()
        except SyncdError as error:
            self._applied.results[name] = Result(Outcome.FAILED, error.message, error=error)
            return error
        self._applied.results[name] = result
        if result.retry_after is not None:
            self._applied.retry_after = max(result.retry_after, self._applied.retry_after or 0)
        ending = isinstance(result.error, KeyRejected | NotFound | StateUnwritable)
        return result.error if ending else None


def _up_with(view: View, plan: SetPlan) -> list[str]:
    """Return the contents of our images that are up, with those that the plan adopts."""
    up = [record.content.sha256 for record in view.memory.records if record.state in _UP]
    adopted = (change for change in plan.changes if isinstance(change, Adopt) and not change.surplus)
    return up + [change.content.sha256 for change in adopted]


def _at_once(do: Callable[[Callable[[], Result]], Result], step: Callable[[], Result]) -> Future[Result]:
    """Do the only step of a stage here: another thread would be waited for, and no more."""
    future: Future[Result] = Future()
    try:
        future.set_result(do(step))
    except SyncdError as error:
        future.set_exception(error)
    return future


def _opens(listing: Listing, now: Instant) -> bool:
    # Pages may move while they are read, so that an image is on none of them.
    return listing.pages == 1 and listing.taken.age_at(now) <= FRESH_SECONDS


def free_slots(cap: int, listing: Listing, memory: Memory) -> int:
    """Count the slots that neither the listing nor anything begun or unlisted of ours takes."""
    gone = {record.remote_id for record in memory.records if record.state is RecordState.GONE}
    counted = (RecordState.GONE, RecordState.LAPSED)
    unlisted = [
        record for record in memory.records if record.state not in counted and record.remote_id not in listing.ids
    ]
    return cap - len(listing.ids - gone) - len(unlisted)


def _with_outcomes(plan: SetPlan, applied: Applied) -> SetPlan:
    lapsed = {change.record.content.sha256 for change in plan.changes if isinstance(change, Lapse)}
    operations = tuple(_with_outcome(operation, applied, lapsed) for operation in plan.operations)
    return replace(plan, operations=operations, halt=applied.halt)


def _with_outcome(operation: Operation, applied: Applied, lapsed: Collection[str]) -> Operation:
    match operation.action:
        case Action.UPLOAD | Action.REPLACE:
            result = applied.results.get(("file", operation.name))
        case Action.DELETE:
            result = applied.results.get(("id", operation.remote_id))
        case Action.ADOPT | Action.RENAMED if applied.remembered:
            return replace(operation, outcome=Outcome.DONE)
        case Action.REFUSED if operation.sha256 in lapsed:
            # Given up in this very run: a refusal counts in the run that meets it.
            return replace(operation, outcome=Outcome.FAILED)
        case _:
            return operation
    if result is None:
        return replace(operation, outcome=Outcome.SKIPPED, temporary=True)
    return replace(
        operation,
        outcome=result.outcome,
        detail=result.detail or operation.detail,
        temporary=result.temporary or result.outcome is Outcome.SKIPPED,
        remote_id=result.remote_id if operation.action is not Action.DELETE else operation.remote_id,
        unknown=result.unknown,
    )
