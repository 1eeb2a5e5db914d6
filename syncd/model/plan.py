"""What is to be done to a set: operations for the reader, steps for the engine. A dry run is this, printed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from syncd.model.basis import Basis
from syncd.model.local import LocalFile, Note
from syncd.model.record import Content, Record
from syncd.model.remote import Listing, Picture, RemoteImage
from syncd.model.sets import SERVICE_LIMIT, SetKey
from syncd.model.time import Instant
from syncd.model.words import CONSENT, WRITING, Action, HaltName, Reason, consent_to


class Outcome(StrEnum):
    """What became of a planned operation; None in a plan."""

    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


class Overflow(StrEnum):
    """Who gets the slots of a full set: those who have them, or the newest."""

    HOLD = "hold"
    ROTATE = "rotate"


@dataclass(frozen=True, slots=True)
class MaxDelete:
    """The brake: more deletes than this are held. Either a share of the images up, or a plain number."""

    number: float
    percent: bool

    def exceeded_by(self, deletes: int, up: int) -> bool:
        """Tell whether so many deletes, of so many images up, are too many."""
        return deletes > (up * self.number / 100 if self.percent else self.number)

    def __str__(self) -> str:
        return f"{self.number:g}%" if self.percent else f"{self.number:g}"


@dataclass(frozen=True, slots=True)
class Policy:
    """The configured wishes that a plan obeys. Sizes in bytes, times in seconds.

    `window_start` is where the pass (or the daemon's hour) began; `lag_seconds` is the longest that a listing was seen
    to take until it showed an image that was there; `grace_seconds`: a file must be gone that long before its image is.
    """

    limit: int = SERVICE_LIMIT
    overflow: Overflow = Overflow.HOLD
    deletes: bool = True
    max_delete: MaxDelete = MaxDelete(50, percent=True)
    ambiguity_seconds: float = 60
    lag_seconds: float = 0
    window_start: Instant | None = None
    grace_seconds: float = 0


@dataclass(frozen=True, slots=True)
class Halt:
    """A set is left alone: a stable name, what was seen, and the way out.

    `about`: what exactly a person would consent to, as one disk of all that may come; empty where the name says it.
    """

    name: HaltName
    detail: str
    remedy: str
    about: str = ""

    @property
    def needs_consent(self) -> bool:
        """Whether it waits for `syncd approve`."""
        return self.name in CONSENT

    @property
    def consent(self) -> str:
        """The word by which Memory.approved knows that a person released it."""
        return consent_to(self.name, self.about)


@dataclass(frozen=True, slots=True)
class Operation:
    """One line of a plan: one image, what happens to it, and why.

    `name` is the file's name in the set (None for an image without a file), `body` the bytes of the request,
    `origin` the former name of a renamed file, `same_as` the name that a duplicate equals, `rank` the place in
    the queue of a waiting one. Of an outcome: `temporary` may be another next time, `unknown` only looking can tell.
    """

    action: Action
    name: bytes | None
    reason: Reason | None = None
    detail: str = ""
    size: int | None = None
    sha256: str | None = None
    remote_id: str | None = None
    body: int = 0
    rank: int | None = None
    origin: bytes | None = None
    same_as: bytes | None = None
    outcome: Outcome | None = None
    temporary: bool = False
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Upload:
    """Send this file.

    `replaces`: the image whose path it takes over, deleted once this one is up; with `swap`, where the set has no
    free slot, deleted just before.
    """

    file: LocalFile
    reason: Reason
    replaces: Record | None = None
    swap: bool = False


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove an image of ours. `keeper`: the id that must be seen up first, where another copy is the reason."""

    record: Record
    reason: Reason
    keeper: str | None = None


@dataclass(frozen=True, slots=True)
class Adopt:
    """The unknown image is this content, and ours from now on. `record` None: the state knew nothing of it."""

    remote_id: str
    name: bytes
    content: Content
    record: Record | None = None
    surplus: bool = False


@dataclass(frozen=True, slots=True)
class Rename:
    """The content is now found under another name."""

    record: Record
    name: bytes


@dataclass(frozen=True, slots=True)
class MarkForeign:
    """The image is not ours. With a record: it was, and is let go."""

    remote_id: str
    picture: Picture
    why: str
    record: Record | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """The service says that the image is no more, and showed another known one in the same look."""

    record: Record


@dataclass(frozen=True, slots=True)
class Missing:
    """A live image was not in a listing, and it is not proven gone."""

    record: Record


@dataclass(frozen=True, slots=True)
class Revive:
    """An image is up after all: listed again, or wanted again after its delete was intended.

    `surplus`: another copy of its content is live, so this one is a twin.
    """

    record: Record
    surplus: bool = False


@dataclass(frozen=True, slots=True)
class Lapse:
    """A begun upload is proven not to have happened."""

    record: Record


@dataclass(frozen=True, slots=True)
class Mistaken:
    """The image that the service named in answer to this upload is another's; what became of it is unknown."""

    record: Record


Change = Adopt | Rename | MarkForeign | Gone | Missing | Revive | Lapse | Mistaken
"""A change of what we remember; nothing is sent for it."""


@dataclass(frozen=True, slots=True)
class SetPlan:
    """The plan of one set, and after it was obeyed its report (operations then carry outcomes).

    `remote` counts the slots taken there, `up` those of ours; `cap` is what no step may pass. `changes` are remembered
    first, then `room` is made, `uploads` sent, and the `rest` deleted, so that no prefix of it passes the cap.
    `basis` is what it was made from; None where that was not seen.
    `absent` are the images whose file is gone and which nobody released, whether they are to be deleted by now or not;
    `young` are those of them whose time of grace is not over.
    `lacking` counts, of a set that is left alone, the photos that are not up; None where its folder was not seen.
    """

    key: SetKey
    folder: bytes
    limit: int
    remote: int = 0
    up: int = 0
    cap: int = SERVICE_LIMIT
    halt: Halt | None = None
    operations: tuple[Operation, ...] = ()
    changes: tuple[Change, ...] = ()
    room: tuple[Delete, ...] = ()
    uploads: tuple[Upload, ...] = ()
    rest: tuple[Delete, ...] = ()
    notes: tuple[Note, ...] = ()
    basis: Basis | None = None
    absent: frozenset[str] = frozenset()
    young: frozenset[str] = frozenset()
    lacking: int | None = None

    @property
    def writes(self) -> bool:
        """Whether obeying it sends a POST or a DELETE."""
        return bool(self.room or self.uploads or self.rest)


@dataclass(frozen=True, slots=True)
class PassPlan:
    """The plans of all sets of one pass.

    `root` is None where only single folders are configured; `halt` is what keeps the whole pass from its work.
    """

    root: bytes | None
    dry_run: bool
    sets: tuple[SetPlan, ...]
    notes: tuple[Note, ...] = ()
    digest: str = ""
    halt: Halt | None = None

    def count(self) -> Mapping[str, int]:
        """Count the operations by action, as planned; failed ones again under `failed`; bodies under `bytes`."""
        counts = dict.fromkeys([*map(str, Action), "bytes"], 0)
        for operation in (each for one in self.sets for each in one.operations):
            counts[operation.action] += 1
            counts["failed"] += operation.outcome is Outcome.FAILED and operation.action is not Action.FAILED
            counts["bytes"] += operation.body if operation.action in WRITING else 0
        return counts


@dataclass(frozen=True, slots=True)
class Look:
    """All that was asked of the service for one set: the listing, and what its questions brought.

    `inspected`: for a known id that the listing lacks, the image, or None where the service says 404; an id that
    could not be asked is left out. `pictures`: what stands behind the ids that we did not know, or doubt.
    `echoes`: what stands behind some images of ours, to learn what the service makes of pictures.
    `confirmed`: a second complete listing agreed with this one, and the model itself answered in between.
    """

    listing: Listing
    inspected: Mapping[str, RemoteImage | None] = field(default_factory=dict)
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    confirmed: bool = False
    echoes: Mapping[str, Picture] = field(default_factory=dict)
