"""Uploads whose answers named the images of others, as when a proxy hands answers out too late.

Where an answer is lost the next one may be its answer. An answer counts until a picture proves otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from syncd.model.plan import Look, Mistaken, Policy
from syncd.model.record import Record, RecordState
from syncd.model.remote import Listing, Picture, RemoteImage
from syncd.plan.compare import Verdict, same
from syncd.plan.ledger import Ledger


def set_right(ledger: Ledger, pictures: Mapping[str, Picture]) -> None:
    """Take back each image whose picture proves it to be of a lost upload, and not of the one that was said.

    That one is lost itself then. What the image is of is for its picture to say, as with every unknown image.
    """
    while (wrong := next(_mistaken(ledger, pictures), None)) is not None:
        ledger.change([Mistaken(wrong)])


def is_named_since(lost: Record, record: Record, listing: Listing) -> bool:
    """Tell whether an answer named an image after another upload had begun, so that it may have been that one's."""
    if record.state is not RecordState.LIVE or record.begun is None or lost.begun is None:
        return False
    return record.since.age_at(listing.taken) <= lost.begun.age_at(listing.taken)


def shown(look: Look) -> Mapping[str | None, RemoteImage]:
    """Return the images that the listing or an answer of their own shows."""
    inspected = (image for image in look.inspected.values() if image is not None)
    return {image.id: image for image in (*inspected, *look.listing.images)}


def is_unsettled(lost: Record, ledger: Ledger, look: Look, policy: Policy) -> bool:
    """Tell whether the image of a lost upload may be one that was named just now, and that nothing shows yet."""
    there, patience = shown(look), max(policy.ambiguity_seconds, policy.lag_seconds)
    return any(
        is_named_since(lost, one, look.listing)
        and one.remote_id not in there
        and one.since.age_at(look.listing.taken) < patience
        for one in ledger
    )


def _mistaken(ledger: Ledger, pictures: Mapping[str, Picture]) -> Iterator[Record]:
    lost = [one.content for one in ledger.by_state(RecordState.BEGUN)]
    for record in ledger.by_state(RecordState.LIVE):
        picture = pictures.get(record.remote_id or "")
        if picture is None or same(record.content, picture) is Verdict.SAME:
            continue
        if any(same(content, picture) is Verdict.SAME for content in lost):
            yield record
