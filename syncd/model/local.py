"""The first witness: what a folder holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from syncd.model.sets import SetKey
from syncd.model.words import Reason


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What the file system says of a file without reading it. Times in nanoseconds since 1970."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class Likeness:
    """What remains of a picture when its bytes are re-encoded.

    `pixels` is a digest of the upright pixels; `thumb` a coarse thumbnail (hex) for telling clearly different
    pictures apart. Both None where the picture was not decoded.
    """

    width: int
    height: int
    pixels: str | None = None
    thumb: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one content is, told by its bytes alone. `reason` None: it may go up."""

    format: str | None
    reason: Reason | None = None
    detail: str = ""
    likeness: Likeness | None = None
    warnings: tuple[str, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether the content may go up."""
        return self.reason is None


@dataclass(frozen=True, slots=True)
class Copy:
    """What is sent in place of a file: its digest, bytes, format, and how it looks."""

    sha256: str
    size: int
    format: str
    likeness: Likeness | None = None


@dataclass(frozen=True, slots=True)
class LocalFile:
    """One file of a set that was looked at. `sha256` is None where it was rejected without reading.

    `copy` is what is sent for it; None: the file as it is.
    """

    name: bytes
    fingerprint: Fingerprint
    sha256: str | None
    judgement: Judgement
    copy: Copy | None = None

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return self.fingerprint.size

    @property
    def sent_size(self) -> int:
        """Bytes of the picture that is sent."""
        return self.size if self.copy is None else self.copy.size


def contents(files: Iterable[LocalFile]) -> frozenset[str]:
    """Return the digests of the files that may go up."""
    return frozenset(file.sha256 for file in files if file.sha256 and file.judgement.accepted)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be looked at, and so may hide any picture. `name` None: the folder's own."""

    name: bytes | None
    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something below the root that is not synced, told once: `not-in-a-set` or `link`. Path as bytes, absolute."""

    path: bytes
    reason: Reason
    detail: str


class FolderState(StrEnum):
    """Whether the folder of a set could be looked at; UNNAMED: the configuration names none for it any more."""

    PRESENT = "present"
    MISSING = "missing"
    UNREADABLE = "unreadable"
    UNNAMED = "unnamed"


@dataclass(frozen=True, slots=True)
class LocalSnapshot:
    """One look at a set's folder. `marked` False: its root bears no marker of ours, since none could be written."""

    key: SetKey
    folder: bytes
    state: FolderState
    files: tuple[LocalFile, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[Note, ...] = ()
    ignored: frozenset[bytes] = frozenset()
    marked: bool = True
    detail: str = ""
