"""Who wants to be up, who is up, and who is no longer wanted: everything but the brake and the slots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from syncd.model.local import FolderState, LocalFile, LocalSnapshot
from syncd.model.names import natural_key, shown
from syncd.model.plan import Adopt, Lapse, Look, MarkForeign, Operation, Policy, Rename, Revive
from syncd.model.record import Memory, Record, RecordState
from syncd.model.remote import Picture
from syncd.model.time import Instant
from syncd.model.words import Action, Reason
from syncd.plan.ledger import UP, Ledger
from syncd.plan.resolve import Resolved, resolve
from syncd.plan.rest import the_rest

UNKNOWN_ANSWERS = 5
"""A content whose answer stayed unknown so often is not sent again until `retry`."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A file that wants a slot, and the image whose path it takes over."""

    file: LocalFile
    reason: Reason
    replaces: Record | None = None


@dataclass(slots=True)
class Draft:
    """A set before brake and slots. `removals` are images whose file is gone, `twins` have a live copy.

    `kept` pairs each image that is up with its file.
    """

    local: LocalSnapshot
    resolved: Resolved
    operations: list[Operation] = field(default_factory=list)
    wishes: list[Wish] = field(default_factory=list)
    kept: list[tuple[LocalFile, Record]] = field(default_factory=list)
    removals: list[Record] = field(default_factory=list)
    twins: list[Record] = field(default_factory=list)
    up: int = 0

    @property
    def ledger(self) -> Ledger:
        """What is remembered once the changes are made."""
        return self.resolved.ledger


def draft(local: LocalSnapshot, look: Look, memory: Memory, policy: Policy, now: Instant) -> Draft:
    """Work out a set as far as it can be without its neighbours."""
    made = Draft(local, resolve(local, look, memory, policy, now))
    if made.resolved.halt is not None:
        return made
    _promote_twins(made.ledger)
    made.up = len(made.ledger.by_state(RecordState.LIVE, RecordState.DELETING))
    groups = _by_content(local.files)
    _place_contents(made, groups, memory)
    _place_unwanted(made, groups, memory)
    made.operations += the_rest(made.operations, made.resolved, look)
    return made


def _promote_twins(ledger: Ledger) -> None:
    for record in ledger.by_state(RecordState.SURPLUS):
        if ledger.holder(record.content.sha256, RecordState.LIVE, RecordState.BEGUN) is None:
            ledger.change([Revive(record)])


def _id(record: Record) -> str:
    return record.remote_id or ""


def _by_content(files: Iterable[LocalFile]) -> dict[str, list[LocalFile]]:
    groups: dict[str, list[LocalFile]] = {}
    for file in sorted(files, key=lambda file: natural_key(file.name)):
        if file.judgement.accepted and file.sha256 is not None:
            groups.setdefault(file.sha256, []).append(file)
    return groups


def _place_contents(made: Draft, groups: dict[str, list[LocalFile]], memory: Memory) -> None:
    replaceable = _replaceable(made.ledger, groups)
    refused = {refusal.sha256: refusal.detail for refusal in memory.refusals}
    for sha256, count in _unknown_answers(made.ledger, memory).items():
        if count >= UNKNOWN_ANSWERS:
            refused.setdefault(sha256, f"sent {count} times, and each time the answer stayed unknown")
    for sha256, files in groups.items():
        record = made.ledger.holder(sha256, RecordState.LIVE, RecordState.BEGUN, RecordState.DELETING)
        image = _image_of(files, record, replaceable)
        made.operations += [
            Operation(
                Action.DUPLICATE, file.name, Reason.SAME_CONTENT, size=file.size, sha256=sha256, same_as=image.name
            )
            for file in files
            if file is not image
        ]
        if record is not None:
            _place_recorded(made, image, record)
        elif sha256 in made.resolved.doubted:
            detail = "sent before, and an image there that cannot be seen now may be it"
            made.operations.append(_of(image, Action.PENDING, Reason.ANSWER_UNKNOWN, detail=detail))
        elif sha256 in refused:
            made.operations.append(_of(image, Action.REFUSED, Reason.REFUSED_BY_SERVICE, detail=refused[sha256]))
        else:
            _wish(made, image, replaceable.get(image.name))


def _unknown_answers(ledger: Ledger, memory: Memory) -> Counter[str]:
    """Count how often each content was sent in vain, with the times that this plan finds out."""
    lapsed = (change.record.content.sha256 for change in ledger.changes if isinstance(change, Lapse))
    return Counter(dict(memory.unknown_answers)) + Counter(lapsed)


def _replaceable(ledger: Ledger, groups: dict[str, list[LocalFile]]) -> dict[bytes, Record]:
    unwanted = [one for one in ledger.by_state(RecordState.LIVE) if one.content.sha256 not in groups]
    # The newest of several under one name: the older ones were kept while deletes were off.
    return {record.name: record for record in sorted(unwanted, key=lambda record: (record.since.wall, record.row))}


def _image_of(files: list[LocalFile], record: Record | None, replaceable: dict[bytes, Record]) -> LocalFile:
    names = {record.name} if record is not None else replaceable.keys()
    return next((file for file in files if file.name in names), files[0])


def _place_recorded(made: Draft, image: LocalFile, record: Record) -> None:
    if record.state is RecordState.BEGUN:
        detail = "sent, and the answer was lost; syncd looks for it before it sends again"
        made.operations.append(_of(image, Action.PENDING, Reason.ANSWER_UNKNOWN, detail=detail))
        return
    if record.state is RecordState.DELETING:
        made.ledger.change([Revive(record)])
    adopted = any(isinstance(one, Adopt) and one.remote_id == record.remote_id for one in made.ledger.changes)
    renamed = image.name != record.name
    if renamed:
        made.ledger.change([Rename(record, image.name)])
    if record.missing_since is not None:
        detail = "not in the listing, and not proven gone yet"
        pending = _of(image, Action.PENDING, Reason.ANSWER_UNKNOWN, detail=detail, remote_id=record.remote_id)
        made.operations.append(pending)
        return
    action = Action.ADOPT if adopted else Action.RENAMED if renamed else Action.UNCHANGED
    reason = None if action is Action.UNCHANGED else Reason.SAME_CONTENT
    origin = record.name if action is Action.RENAMED else None
    made.operations.append(_of(image, action, reason, remote_id=record.remote_id, origin=origin))
    made.kept.append((image, record))


def _wish(made: Draft, image: LocalFile, replaces: Record | None) -> None:
    lost = made.ledger.holder(image.sha256 or "", RecordState.GONE)
    if replaces is not None:
        reason = Reason.CONTENT_CHANGED
    else:
        reason = Reason.MISSING_REMOTELY if lost is not None and lost.reason is None else Reason.NEW
    made.wishes.append(Wish(image, reason, replaces))


def _place_unwanted(made: Draft, groups: dict[str, list[LocalFile]], memory: Memory) -> None:
    replaced = {wish.replaces.remote_id for wish in made.wishes if wish.replaces}
    bad = _bad_names(made)
    last = _last_known(made.ledger)
    for record in made.ledger.by_state(*UP):
        if made.local.state is FolderState.UNNAMED:
            made.ledger.change([MarkForeign(_id(record), picture_of(record), "unnamed", record)])
        elif _is_twin(record, made.ledger):
            made.twins.append(record)
        elif record.content.sha256 in groups or record.remote_id in replaced:
            continue
        elif record.name in bad and (record is last[record.name] or _stays_beside(record, memory)):
            _keep(made, record, bad, is_last=record is last[record.name])
        elif record.name in made.local.ignored:
            made.ledger.change([MarkForeign(_id(record), picture_of(record), "ignored", record)])
        else:
            made.removals.append(record)
    _tell_bad(made, bad)


def _stays_beside(record: Record, memory: Memory) -> bool:
    """Tell whether nobody wanted an image to go, be it a person or an earlier pass."""
    return record.state is RecordState.LIVE and record.remote_id not in memory.approved


def _keep(made: Draft, record: Record, bad: dict[bytes, Record | None], *, is_last: bool) -> None:
    """Keep the image of a bad file. Which of several it was last cannot be told for sure, so that none of them goes."""
    if not is_last:
        made.operations.append(_beside(record))
        return
    bad[record.name] = record
    if record.state is RecordState.DELETING:
        # A bad file came into the place of the one that was gone: again it keeps the image.
        made.ledger.change([Revive(record)])


def _beside(record: Record) -> Operation:
    # Without a name: the line of the file tells that it is bad.
    detail = f"kept too, until the file {shown(record.name)} is up"
    content = record.content
    return Operation(Action.UNCHANGED, None, None, detail, content.size, content.sha256, remote_id=record.remote_id)


def _last_known(ledger: Ledger) -> dict[bytes, Record]:
    """Return the image last known under each name, as far as that is known, rather than one missed or about to go."""

    def surest_last(record: Record) -> tuple[bool, bool, int]:
        return record.state is RecordState.LIVE, record.missing_since is None, record.row

    return {record.name: record for record in sorted(ledger.by_state(*UP), key=surest_last)}


def _is_twin(record: Record, ledger: Ledger) -> bool:
    """Tell whether another copy is the image; so it is also where a delete of this one was intended and cut off."""
    if record.state is RecordState.DELETING:
        return ledger.holder(record.content.sha256, RecordState.LIVE) is not None
    return record.state is RecordState.SURPLUS


def picture_of(record: Record) -> Picture:
    """Describe the picture behind an image of ours, as far as it is known without looking."""
    return Picture(record.content.sent_sha256, record.content.likeness)


def _bad_names(made: Draft) -> dict[bytes, Record | None]:
    rejected = (file.name for file in made.local.files if not file.judgement.accepted)
    problems = (problem.name for problem in made.local.problems if problem.name is not None)
    # What a changed file was before stays up until that which it is now is known to be.
    unsent = (one.name for one in made.operations if one.action in _NOT_UP and one.name is not None)
    return dict.fromkeys([*rejected, *problems, *unsent])


_NOT_UP = frozenset({Action.REFUSED, Action.PENDING})


def _tell_bad(made: Draft, kept: dict[bytes, Record | None]) -> None:
    for file in made.local.files:
        if not file.judgement.accepted:
            record = kept[file.name]
            made.operations.append(
                _of(
                    file,
                    Action.REJECTED,
                    file.judgement.reason,
                    detail=file.judgement.detail,
                    remote_id=record.remote_id if record else None,
                )
            )
    for problem in made.local.problems:
        record = kept[problem.name] if problem.name is not None else None
        made.operations.append(
            Operation(
                Action.FAILED,
                problem.name,
                problem.reason,
                problem.detail,
                remote_id=record.remote_id if record else None,
            )
        )


def _of(
    file: LocalFile,
    action: Action,
    reason: Reason | None,
    *,
    detail: str = "",
    remote_id: str | None = None,
    origin: bytes | None = None,
) -> Operation:
    return Operation(
        action, file.name, reason, detail, size=file.size, sha256=file.sha256, remote_id=remote_id, origin=origin
    )
