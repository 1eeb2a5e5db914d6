"""The third witness: what we remember."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from syncd.model.local import Likeness
from syncd.model.remote import Picture
from syncd.model.sets import SetKey
from syncd.model.time import Instant
from syncd.model.words import Reason


class RecordState(StrEnum):
    """Where an image of ours stands.

    begun: sent or about to be, answer unknown. live: up. surplus: a late twin of a live one. deleting: the DELETE is
    intended or sent. gone: the service says it is no more; never final, a restored service brings it back.
    lapsed: begun, and proven not to have happened. gone and lapsed rows are kept for a week, to know late effects.
    """

    BEGUN = "begun"
    LIVE = "live"
    SURPLUS = "surplus"
    DELETING = "deleting"
    GONE = "gone"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class Content:
    """One picture by its digests: of the file, of what was sent for it, and its likeness."""

    sha256: str
    sent_sha256: str
    size: int
    format: str
    likeness: Likeness | None


@dataclass(frozen=True, slots=True)
class Record:
    """This content is that remote image. `name` is the file it was last seen under.

    `row` identifies it in the state; `begun` is None for an adopted image, which this state never sent;
    `since` is the moment of the last change of state; `missing_since` the first listing without it.
    """

    row: int
    key: SetKey
    name: bytes
    content: Content
    state: RecordState
    remote_id: str | None
    begun: Instant | None
    since: Instant
    missing_since: Instant | None = None
    reason: Reason | None = None
    approved: bool = False


@dataclass(frozen=True, slots=True)
class Foreign:
    """A remote image that is not ours: classified once, never touched. `picture` is what it was compared by."""

    remote_id: str
    picture: Picture
    why: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """The service said no to this content for good; its words in `detail`."""

    sha256: str
    detail: str


@dataclass(frozen=True, slots=True)
class Memory:
    """All that the state remembers of one set.

    `whole` False: the state was lost or made anew over a folder that had been synced before, and this set has not
    been classified since. `approved` are the held remote ids, and names of halts, that a person released.
    """

    records: tuple[Record, ...] = ()
    foreign: tuple[Foreign, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    approved: frozenset[str] = frozenset()
    whole: bool = True
    unknown_answers: tuple[tuple[str, int], ...] = ()
