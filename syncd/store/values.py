"""What the state gives and takes beyond the model: leases, holds, what was done, what a set looked like last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from syncd.model.local import Fingerprint, Judgement
from syncd.model.plan import Halt
from syncd.model.sets import SetKey
from syncd.model.words import consent_to


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on a set. `fence` grows with every taking; a write with an older one is refused."""

    key: SetKey
    fence: int


class Known(NamedTuple):
    """What is remembered of a file: how it looked when it was hashed, its digest, and when that was (wall)."""

    fingerprint: Fingerprint
    sha256: str | None
    hashed_wall: float


class Depth(StrEnum):
    """How closely a content was judged."""

    DECODE = "decode"
    STRUCTURE = "structure"
    HEADER = "header"


class Judged(NamedTuple):
    """A judgement, and how closely was looked for it."""

    depth: Depth
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class Hold:
    """Something parked until a person approves it: a delete (`remote_id`), or a halt (empty).

    `scope` is the set it belongs to, as `str(key)`; `kind` the reason or the halt's name; `about` what of many things
    the halt is about: a release is for that alone. Times are wall seconds.
    """

    scope: str
    kind: str
    remote_id: str = ""
    detail: str = ""
    remedy: str = ""
    since: float = 0.0
    approved_at: float | None = None
    about: str = ""

    @property
    def what(self) -> str:
        """The word that Memory.approved knows it by."""
        return self.remote_id or consent_to(self.kind, self.about)


@dataclass(frozen=True, slots=True)
class SetStatus:
    """How a set stood after its last pass. `whole` None: never said. Times are wall seconds."""

    key: SetKey
    folder: bytes = b""
    root_uuid: str | None = None
    model_name: str = ""
    whole: bool | None = None
    limit: int = 0
    remote: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    halt: Halt | None = None
    last_success: float | None = None
    last_pass: float | None = None


@dataclass(frozen=True, slots=True)
class Root:
    """A folder that bears a marker, and the UUID it bore when last seen (wall seconds)."""

    path: bytes
    uuid: str | None
    seen: float


@dataclass(frozen=True, slots=True)
class Account:
    """Which key the state belongs to: a salted fingerprint, never the key."""

    salt: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that was done. `path` as it is shown, in bytes; `wall` in seconds since 1970."""

    wall: float
    action: str
    path: bytes
    key: SetKey | None = None
    reason: str | None = None
    remote_id: str | None = None
    detail: str = ""
