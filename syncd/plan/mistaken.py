"""An upload whose answer named the image of another, lost one: seen before that one is taken not to have happened."""

from __future__ import annotations

from syncd.model.plan import Adopt, Look, Mistaken, Policy
from syncd.model.record import Memory, Record, RecordState
from syncd.model.remote import Listing
from syncd.plan.compare import Verdict, same
from syncd.plan.ledger import Ledger
from syncd.plan.questions import is_young


def named_since(memory: Memory, listing: Listing, policy: Policy) -> frozenset[str]:
    """Return the ids that answers named since an upload was begun which is about to be given up: one may be its own."""
    lost = [one for one in memory.records if one.state is RecordState.BEGUN and not is_young(one, listing, policy)]
    return frozenset(
        one.remote_id
        for one in memory.records
        if one.state is RecordState.LIVE
        and one.remote_id is not None
        and any(_named(one, each, listing) for each in lost)
    )


def set_right(ledger: Ledger, look: Look) -> None:
    """Give each image to the lost upload that its picture proves it to be of; the other one is in doubt from now on."""
    for lost in ledger.by_state(RecordState.BEGUN):
        for record in ledger.by_state(RecordState.LIVE):
            if _is_of(record, lost, look):
                ledger.change([Mistaken(record), Adopt(record.remote_id or "", lost.name, lost.content, lost)])
                break


def _named(record: Record, lost: Record, listing: Listing) -> bool:
    """Tell whether an id came to be known after an upload was begun, by an answer and not by its picture."""
    if record.begun is None or lost.begun is None:
        return False
    return record.since.age_at(listing.taken) <= lost.begun.age_at(listing.taken)


def _is_of(record: Record, lost: Record, look: Look) -> bool:
    picture = look.pictures.get(record.remote_id or "")
    if picture is None or same(record.content, picture) is Verdict.SAME:
        return False
    return same(lost.content, picture) is Verdict.SAME
