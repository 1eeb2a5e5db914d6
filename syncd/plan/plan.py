"""The plan of a pass: drafts of all sets, one brake over them, then the slots of each."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from syncd.model.limits import request_size
from syncd.model.local import FolderState, LocalFile, LocalSnapshot, contents
from syncd.model.names import natural_key
from syncd.model.plan import Delete, Halt, Look, Operation, Overflow, Policy, SetPlan, Upload
from syncd.model.record import Memory, Record, RecordState
from syncd.model.time import Instant
from syncd.model.words import Action, Reason
from syncd.plan.basis import basis_of
from syncd.plan.brake import Removals, held
from syncd.plan.draft import Draft, Wish, draft
from syncd.plan.losses import is_cut_off, is_released, removals
from syncd.plan.rotate import newest_first, rotated_out
from syncd.plan.slots import Order, Slots, assign, by_name
from syncd.plan.twins import spare_twins, twins_first

_ORDER = (
    Action.UPLOAD,
    Action.REPLACE,
    Action.DELETE,
    Action.ADOPT,
    Action.RENAMED,
    Action.UNCHANGED,
    Action.PENDING,
    Action.WAITING,
    Action.DUPLICATE,
    Action.REJECTED,
    Action.REFUSED,
    Action.FAILED,
    Action.FOREIGN,
    Action.HELD,
)


@dataclass(frozen=True, slots=True)
class View:
    """The three witnesses of one set, or the halt that kept one of them away, and when to try again (seconds).

    `absent`: since when the files of images were seen to be gone, by remote id.
    """

    local: LocalSnapshot
    memory: Memory = field(default_factory=Memory)
    look: Look | None = None
    halt: Halt | None = None
    retry_after: float | None = None
    absent: Mapping[str, Instant] = field(default_factory=dict)


def plan(views: Sequence[View], policy: Policy, now: Instant, earlier: Sequence[Removals] = ()) -> list[SetPlan]:
    """Decide everything for the sets of one pass, in the order given. The same input gives the same plan.

    `earlier`: what the brake is to know of sets that the pass is done with.
    """
    drafts = [_draft(view, policy, now) for view in views]
    braked = held(
        [
            removals(made, view.memory, policy)
            for made, view in zip(drafts, views, strict=True)
            if made is not None and made.resolved.halt is None
        ]
        + list(earlier),
        policy,
    )
    return [
        halted(view, view.halt, policy)
        if made is None
        else _finish(made, view, policy, braked.get(view.local.key), now)
        for made, view in zip(drafts, views, strict=True)
    ]


def digest(plans: Iterable[SetPlan]) -> str:
    """Name a plan by what it would do: the same operations give the same digest."""
    hashed = hashlib.sha256()
    for one in plans:
        for operation in one.operations:
            parts = (one.key, operation.action, operation.name, operation.reason, operation.sha256, operation.remote_id)
            hashed.update(repr(tuple(map(str, parts))).encode())
    return hashed.hexdigest()


def _draft(view: View, policy: Policy, now: Instant) -> Draft | None:
    if view.halt is not None or view.look is None:
        return None
    return draft(view.local, view.look, view.memory, policy, now)


def halted(view: View, halt: Halt | None, policy: Policy) -> SetPlan:
    """Return the plan of a set that is left alone."""
    local = view.local
    ours = [record.content.sha256 for record in view.memory.records if record.state is RecordState.LIVE]
    remote = len(view.look.listing.ids) if view.look else len(ours)
    lacking = None
    if local.state is FolderState.PRESENT:
        lacking = len(contents(local.files).difference(ours))
    return SetPlan(
        local.key, local.folder, policy.limit, remote, len(ours), halt=halt, notes=local.notes, lacking=lacking
    )


def _finish(made: Draft, view: View, policy: Policy, braked: Reason | None, now: Instant) -> SetPlan:
    if made.resolved.halt is not None:
        # What is known stays known, but nothing is concluded from a look that stopped half-way.
        return halted(view, made.resolved.halt, policy)
    absent = {record.remote_id: record for record in made.removals if not is_released(record, made, view.memory)}
    young = frozenset(_young(absent, view, policy, now)) if policy.deletes else frozenset()
    deletes = _released(made, view.memory, policy, braked, young)
    wishes, used = _wishes(made, policy), made.resolved.used
    rotated = _rotated(made, wishes, policy.limit - used + len(deletes), policy)
    deletes += [Delete(record, Reason.MADE_ROOM) for _, record in rotated]
    order = _order(made, policy)
    out = {record.remote_id for _, record in rotated}
    staying = [wish for wish in wishes if wish.replaces is None or wish.replaces.remote_id not in out]
    deletes, urgent = twins_first(deletes, staying)
    slots = assign(staying, deletes, used, made.resolved.there, policy.limit, order, urgent)
    waiting = sorted([*(wish.file for wish in slots.waiting), *(file for file, _ in rotated)], key=order)
    operations = [
        *(one for one in made.operations if one.remote_id not in out or one.action not in _STAYING),
        *(_held_operations(made, view.memory, policy, braked, young)),
        *(_slot_operations(slots)),
        *(_waiting(file, rank, len(waiting)) for rank, file in enumerate(waiting, 1)),
    ]
    return SetPlan(
        made.local.key,
        made.local.folder,
        policy.limit,
        made.resolved.used,
        made.up,
        slots.cap,
        operations=tuple(sorted(operations, key=_place)),
        changes=tuple(made.ledger.changes),
        room=slots.room,
        uploads=slots.uploads,
        rest=slots.rest,
        notes=made.local.notes,
        basis=basis_of(view.local, view.look, view.memory),
        absent=frozenset(filter(None, absent)),
        young=young,
    )


def _young(absent: Iterable[str | None], view: View, policy: Policy, now: Instant) -> Iterator[str]:
    """Name the images whose file has not been gone for the time of grace."""
    for remote_id in filter(None, absent):
        since = view.absent.get(remote_id)
        if (since.age_at(now) if since is not None else 0.0) < policy.grace_seconds:
            yield remote_id


def _place(operation: Operation) -> tuple[int, int, object, str]:
    name = natural_key(operation.name or b"")
    return _ORDER.index(operation.action), operation.rank or 0, name, operation.remote_id or ""


def _released(
    made: Draft, memory: Memory, policy: Policy, braked: Reason | None, young: Collection[str]
) -> list[Delete]:
    if not policy.deletes:
        return []
    gone = [
        Delete(record, Reason.CONTENT_CHANGED if is_cut_off(record, made) else Reason.REMOVED_LOCALLY)
        for record in made.removals
        if (braked is None and record.remote_id not in young) or is_released(record, made, memory)
    ]
    return gone + spare_twins(made)


def _wishes(made: Draft, policy: Policy) -> list[Wish]:
    if policy.deletes and not made.local.problems:
        return made.wishes
    # Nothing may be deleted here, so a changed file needs a slot of its own.
    return [replace(wish, replaces=None) for wish in made.wishes]


def _rotated(made: Draft, wishes: list[Wish], free: int, policy: Policy) -> list[tuple[LocalFile, Record]]:
    if policy.overflow is not Overflow.ROTATE or not policy.deletes or made.local.problems:
        return []
    # A changed file has the slot of its image only as long as no newer one is in line for it.
    changed = [(wish.file, wish.replaces) for wish in wishes if wish.replaces is not None]
    return rotated_out([*made.kept, *changed], wishes, free, newest_first(made.local.files))


def _order(made: Draft, policy: Policy) -> Order:
    return newest_first(made.local.files) if policy.overflow is Overflow.ROTATE else by_name


_STAYING = frozenset({Action.UNCHANGED, Action.RENAMED, Action.ADOPT})


def _held_operations(
    made: Draft, memory: Memory, policy: Policy, braked: Reason | None, young: Collection[str]
) -> list[Operation]:
    kept = [wish.replaces for wish in made.wishes if wish.replaces is not None]
    if not policy.deletes:
        return [_kept(record) for record in (*made.removals, *made.twins, *kept)]
    absent = [one for one in made.removals if not is_released(one, made, memory)]
    held_records = [] if braked is None else [one for one in absent if one.remote_id not in young]
    operations = [_held(record, braked or Reason.SET_EMPTIED, made) for record in held_records]
    operations += [_about(one, Action.UNCHANGED, None, _IN_GRACE) for one in absent if one.remote_id in young]
    if made.local.problems:
        operations += [_held(record, Reason.UNREADABLE, made) for record in (*made.twins, *kept)]
    return operations


_IN_GRACE = "its file is gone; the image is deleted when that lasts"


def _kept(record: Record) -> Operation:
    return _about(record, Action.UNCHANGED, None, "its file is gone, and deletes are off")


def _held(record: Record, reason: Reason, made: Draft) -> Operation:
    words = _WHY_EMPTIED[made.local.state] if reason is Reason.SET_EMPTIED else _WHY_HELD[reason]
    return _about(record, Action.HELD, reason, words.format(count=len(made.removals), up=made.up))


_WHY_EMPTIED = {FolderState.PRESENT: "the folder is empty", FolderState.MISSING: "the folder is gone"}
_WHY_HELD = {
    Reason.TOO_MANY_DELETES: "{count} of {up} images would go at once",
    Reason.UNREADABLE: "a file that cannot be read may be the one that is missed",
}


def _about(record: Record, action: Action, reason: Reason | None, detail: str = "") -> Operation:
    content = record.content
    return Operation(
        action, record.name, reason, detail, size=content.size, sha256=content.sha256, remote_id=record.remote_id
    )


def _slot_operations(slots: Slots) -> list[Operation]:
    return [
        *(_upload_operation(upload) for upload in slots.uploads),
        *(_about(delete.record, Action.DELETE, _told(delete)) for delete in (*slots.room, *slots.rest)),
    ]


def _told(delete: Delete) -> Reason:
    # A replace that was cut off has no upload any more that it could be told with.
    return Reason.REMOVED_LOCALLY if delete.reason is Reason.CONTENT_CHANGED else delete.reason


def _upload_operation(upload: Upload) -> Operation:
    file = upload.file
    return Operation(
        Action.REPLACE if upload.replaces else Action.UPLOAD,
        file.name,
        upload.reason,
        _sent_as(file),
        size=file.size,
        sha256=file.sha256,
        remote_id=upload.replaces.remote_id if upload.replaces else None,
        body=request_size(file.sent_size),
    )


def _sent_as(file: LocalFile) -> str:
    """Tell of a copy that is not the picture to the pixel."""
    if file.copy is None or file.size <= file.copy.size or file.copy.likeness == file.judgement.likeness:
        return ""
    return f"a copy of {file.copy.size / 1e6:.1f} MB is sent, shrunk to fit"


def _waiting(file: LocalFile, rank: int, total: int) -> Operation:
    place = "next in line" if rank == 1 else "in line"
    detail = f"set is full: {place}, {rank} of {total}"
    return Operation(
        Action.WAITING, file.name, Reason.OVER_LIMIT, detail, size=file.size, sha256=file.sha256, rank=rank
    )
