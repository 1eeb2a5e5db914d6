"""From what was seen and what is remembered to what is so: the first half of every plan."""

from __future__ import annotations

from dataclasses import dataclass

from syncd.model.local import FolderState, LocalSnapshot
from syncd.model.plan import Halt, Lapse, Look, Policy
from syncd.model.record import Memory, Record, RecordState
from syncd.model.time import Instant
from syncd.model.words import HaltName
from syncd.plan.known import settle_known
from syncd.plan.ledger import Ledger
from syncd.plan.mistaken import is_unsettled, set_right
from syncd.plan.questions import is_young, shows_known
from syncd.plan.unknown import Suspicion, adopt_foreign, classify


@dataclass(frozen=True, slots=True)
class Resolved:
    """A set with every image told apart.

    `used`: slots taken, `there` of them seen in the listing; `suspects`: ids that are not told apart yet, `doubted`
    the contents that they may be.
    """

    ledger: Ledger
    used: int
    there: int
    listed: frozenset[str]
    suspects: frozenset[str]
    doubted: frozenset[str]
    halt: Halt | None


def resolve(local: LocalSnapshot, look: Look, memory: Memory, policy: Policy, now: Instant) -> Resolved:
    """Tell what each image is; a halt says that too much is open to go on."""
    ledger = Ledger(local.key, memory, now)
    halt = folder_halt(local) or settle_known(ledger, look, memory, policy)
    suspicion = Suspicion()
    if halt is None:
        set_right(ledger, look.pictures)
        suspicion, halt = classify(ledger, local, look, memory)
    if halt is None:
        _lapse(ledger, look, memory, policy, suspicion)
        adopt_foreign(ledger, local, look)
    there = _there(ledger, look)
    suspects, doubted = frozenset(suspicion.ids), frozenset(suspicion.contents) | _unanswered(ledger, look)
    return Resolved(ledger, there + _unlisted(ledger, look), there, look.listing.ids, suspects, doubted, halt)


def folder_halt(local: LocalSnapshot) -> Halt | None:
    """Return the halt of a folder that hides what it holds; None for one that could be looked at, or is gone."""
    if local.state is not FolderState.UNREADABLE:
        return None
    return Halt(
        HaltName.FOLDER_UNREADABLE,
        local.detail,
        "let it be a folder that the user of syncd may read; it goes on by itself",
    )


def _lapse(ledger: Ledger, look: Look, memory: Memory, policy: Policy, suspicion: Suspicion) -> None:
    """Free the begun uploads that are proven not to have happened."""
    if not (look.confirmed or shows_known(look.listing, memory)):
        return
    for record in ledger.by_state(RecordState.BEGUN):
        if record.content.sha256 in suspicion.contents or is_young(record, look.listing, policy):
            continue
        # What was taken back just now has not been looked for among all that it may be.
        if record in memory.records and not is_unsettled(record, ledger, look, policy):
            ledger.change([Lapse(record)])


def _unanswered(ledger: Ledger, look: Look) -> frozenset[str]:
    """Return the contents of images whose asking brought no answer: gone and listed, or foreign and not listed."""
    gone = (one for one in ledger.by_state(RecordState.GONE) if one.remote_id in look.listing.ids)
    hidden = (one for one in ledger.foreign.values() if one.remote_id not in look.listing.ids)
    open_ones = {one.remote_id: one.content.sha256 for one in gone}
    open_ones |= {one.remote_id: one.picture.sha256 for one in hidden if one.picture.sha256 is not None}
    return frozenset(sha256 for remote_id, sha256 in open_ones.items() if remote_id not in look.inspected)


def _there(ledger: Ledger, look: Look) -> int:
    # A listing may lag behind a delete; what answered "gone" takes no slot.
    gone = {record.remote_id for record in ledger.by_state(RecordState.GONE)}
    return len(look.listing.ids - gone)


def _unlisted(ledger: Ledger, look: Look) -> int:
    return sum(_counts(record) and record.remote_id not in look.listing.ids for record in ledger)


def _counts(record: Record) -> bool:
    return record.state not in (RecordState.GONE, RecordState.LAPSED)
