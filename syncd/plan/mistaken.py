"""Uploads whose answers named the images of others: seen by the pictures before anything is concluded from it.

Where an answer is lost the next ones may be those of the uploads before, as when a proxy hands them out too late. So
the ids that answers named since a lost upload was begun are in doubt, as long as that one is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from syncd.model.plan import Look, Mistaken, Policy
from syncd.model.record import Content, Memory, Record, RecordState
from syncd.model.remote import Listing, Picture, RemoteImage
from syncd.plan.compare import Verdict, same
from syncd.plan.ledger import Ledger
from syncd.plan.questions import is_young


def doubted(look: Look, memory: Memory, policy: Policy, wanted: frozenset[str]) -> tuple[RemoteImage, ...]:
    """Return the images in doubt whose pictures are to be looked at, as something hangs on them.

    That is so where a lost upload would be given up, or an image might be deleted for what it is not.
    """
    lost = [one for one in _begun(memory) if not _is_seen(one.content, look.pictures.values())]
    named = [one for one in memory.records if any(_is_named_since(each, one, look.listing) for each in lost)]
    if not (_is_due(lost, look, policy) or _may_go(named, look.pictures.values(), wanted)):
        return ()
    shown = _shown(look)
    return tuple(shown[one.remote_id] for one in named if one.remote_id in shown)


def is_unsettled(lost: Record, ledger: Ledger, look: Look) -> bool:
    """Tell whether the image of a lost upload may be one that could not be looked at, as nothing shows it yet."""
    shown = _shown(look)
    return any(_is_named_since(lost, one, look.listing) and one.remote_id not in shown for one in ledger)


def set_right(ledger: Ledger, look: Look) -> None:
    """Take back each image from an upload that its picture cannot be of, if it can be of a lost one.

    What it is of is then for its picture to say, as with every unknown image.
    """
    while (wrong := next(_mistaken(ledger, look.pictures), None)) is not None:
        ledger.change([Mistaken(wrong)])


def _mistaken(ledger: Ledger, pictures: Mapping[str, Picture]) -> Iterator[Record]:
    lost = [one.content for one in ledger.by_state(RecordState.BEGUN)]
    for record in ledger.by_state(RecordState.LIVE):
        picture = pictures.get(record.remote_id or "")
        if picture is not None and _is_anothers(record.content, picture, lost):
            yield record


def _is_anothers(content: Content, picture: Picture, lost: Iterable[Content]) -> bool:
    match same(content, picture):
        case Verdict.SAME:
            return False
        case Verdict.DIFFERENT:
            return any(same(each, picture) is not Verdict.DIFFERENT for each in lost)
    return _is_one_of(lost, picture)


def _begun(memory: Memory) -> list[Record]:
    return [one for one in memory.records if one.state is RecordState.BEGUN]


def _is_named_since(lost: Record, record: Record, listing: Listing) -> bool:
    if record.state is not RecordState.LIVE or record.begun is None or lost.begun is None:
        return False
    return record.since.age_at(listing.taken) <= lost.begun.age_at(listing.taken)


def _is_due(lost: Iterable[Record], look: Look, policy: Policy) -> bool:
    pictures = look.pictures.values()
    return any(
        not is_young(one, look.listing, policy)
        and all(same(one.content, picture) is Verdict.DIFFERENT for picture in pictures)
        for one in lost
    )


def _may_go(named: Iterable[Record], pictures: Iterable[Picture], wanted: frozenset[str]) -> bool:
    return any(one.content.sha256 not in wanted or _is_seen(one.content, pictures) for one in named)


def _is_seen(content: Content, pictures: Iterable[Picture]) -> bool:
    return any(same(content, picture) is Verdict.SAME for picture in pictures)


def _is_one_of(contents: Iterable[Content], picture: Picture) -> bool:
    return any(same(content, picture) is Verdict.SAME for content in contents)


def _shown(look: Look) -> Mapping[str | None, RemoteImage]:
    inspected = (image for image in look.inspected.values() if image is not None)
    return {image.id: image for image in (*inspected, *look.listing.images)}
