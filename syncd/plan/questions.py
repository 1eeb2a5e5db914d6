"""What a listing alone does not answer, and so must be asked of the service before anything is decided."""

from __future__ import annotations

from dataclasses import dataclass

from syncd.model.plan import Look, Policy
from syncd.model.record import Memory, Record, RecordState
from syncd.model.remote import Listing, RemoteImage

_ENDED = (RecordState.GONE, RecordState.LAPSED)


@dataclass(frozen=True, slots=True)
class Questions:
    """`inspect`: known ids to ask for one by one; `pictures`: unknown images to look at."""

    inspect: tuple[str, ...]
    pictures: tuple[RemoteImage, ...]


def questions(listing: Listing, memory: Memory, policy: Policy, wanted: frozenset[str] = frozenset()) -> Questions:
    """Tell what must be asked; nothing in a set where listing and memory agree. `wanted`: contents of the folder."""
    tight = len(listing.ids) + _unlisted(listing, memory) + len(_new(memory, wanted)) > policy.limit
    inspect = tuple(
        record.remote_id
        for record in memory.records
        if record.remote_id is not None and _doubtful(record, listing, policy, wanted, tight=tight)
    )
    again = may_send(listing, memory, policy, wanted)
    seen = {foreign.remote_id for foreign in memory.foreign if not (again and foreign.picture.problem)}
    known = {record.remote_id for record in memory.records} | seen
    return Questions(
        (*inspect, *_hidden_copies(listing, memory, wanted)),
        tuple(image for image in listing.images if image.id not in known),
    )


def _hidden_copies(listing: Listing, memory: Memory, wanted: frozenset[str]) -> list[str]:
    """Return the foreign images that the listing lacks and that are photos to be sent: they may be up all the same."""
    missing = wanted - {record.content.sha256 for record in memory.records if record.state not in _ENDED}
    return [
        one.remote_id for one in memory.foreign if one.remote_id not in listing.ids and one.picture.sha256 in missing
    ]


def may_send(listing: Listing, memory: Memory, policy: Policy, wanted: frozenset[str]) -> bool:
    """Tell whether an upload may follow: then what could not be seen before is looked at again, as it may be ours."""
    states = {record.state for record in memory.records}
    has_room = len(listing.ids) < policy.limit
    return RecordState.BEGUN in states or RecordState.LAPSED in states or (has_room and bool(_new(memory, wanted)))


def _unlisted(listing: Listing, memory: Memory) -> int:
    return sum(one.state not in _ENDED and one.remote_id not in listing.ids for one in memory.records)


def _new(memory: Memory, wanted: frozenset[str]) -> frozenset[str]:
    """Return the contents of the folder that are not up."""
    states = (RecordState.LIVE, RecordState.DELETING)
    return wanted - {record.content.sha256 for record in memory.records if record.state in states}


def _doubtful(record: Record, listing: Listing, policy: Policy, wanted: frozenset[str], *, tight: bool) -> bool:
    listed = record.remote_id in listing.ids
    match record.state:
        case RecordState.GONE:
            # Just after a delete a listing may lag. Later it may have come back; also where it would be sent anew, or
            # where its slot is wanted, that must be known.
            matters = record.content.sha256 in wanted or tight
            return listed and (matters or not is_young(record, listing, policy))
        case RecordState.LIVE | RecordState.SURPLUS:
            return not listed and record.since.age_at(listing.taken) >= policy.lag_seconds
        case RecordState.DELETING:
            return not listed
        case _:
            return False


def is_young(record: Record, listing: Listing, policy: Policy) -> bool:
    """Tell whether the record changed so recently that a listing may not show it yet."""
    return record.since.age_at(listing.taken) < policy.ambiguity_seconds


def shows_known(listing: Listing, memory: Memory) -> bool:
    """Tell whether the listing shows something known to be there: the positive control of every absence."""
    known = {record.remote_id for record in memory.records if record.state is RecordState.LIVE}
    return not listing.ids.isdisjoint(known | {foreign.remote_id for foreign in memory.foreign})


def wants_confirmation(look: Look, memory: Memory, policy: Policy) -> bool:
    """Tell whether a second listing could settle an absence that this one alone cannot prove."""
    if look.confirmed or shows_known(look.listing, memory):
        return False
    return any(_ripe(record, look, policy) for record in memory.records)


def _ripe(record: Record, look: Look, policy: Policy) -> bool:
    if record.state is RecordState.BEGUN:
        return not is_young(record, look.listing, policy)
    if record.state is not RecordState.LIVE or look.inspected.get(record.remote_id or "", record) is not None:
        return False
    if record.missing_since is None:
        return policy.ambiguity_seconds == 0
    return record.missing_since.age_at(look.listing.taken) >= policy.ambiguity_seconds
