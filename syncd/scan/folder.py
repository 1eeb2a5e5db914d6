"""One set's folder -> LocalSnapshot. What is known of its files spares reading them again."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Literal

from syncd.images.judge import judge
from syncd.model.limits import request_size
from syncd.model.local import Fingerprint, FolderState, Judgement, LocalFile, LocalSnapshot, Note, Problem
from syncd.model.sets import SetKey
from syncd.model.time import Instant
from syncd.model.words import Reason
from syncd.scan.discover import Folder, open_folder
from syncd.scan.reading import ReadFile, fingerprint_of, read_file, reason_of, unreadable

RACY_SECONDS = 2
"""Two edits within one tick of a file system's clock look alike; no clock in use is coarser than this (FAT: 2 s)."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found out of a file earlier: its digest, under this fingerprint, at that wall time."""

    fingerprint: Fingerprint
    sha256: str
    hashed: float

    def proves_unchanged(self, now: Fingerprint) -> bool:
        """Tell whether the digest still holds. A young fingerprint proves nothing."""
        newest = max(now.mtime_ns, now.ctime_ns) / 1e9
        return self.fingerprint == now and self.hashed - newest > RACY_SECONDS


@dataclass(frozen=True, slots=True)
class Known:
    """What spares work: digests by name, and judgements by digest."""

    files: Mapping[bytes, Seen] = field(default_factory=dict)
    judgements: Mapping[str, Judgement] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settings:
    """How a folder is looked at.

    `request_bytes`: a request body stays below it; `settle_seconds`: a file written or moved so lately is not read yet.
    `distrust`: every file is read, whatever is known of it.
    """

    ignored: Callable[[bytes], bool]
    request_bytes: int
    verify: Literal["decode", "structure"] = "decode"
    distrust: bool = False
    settle_seconds: float = 0


@dataclass(frozen=True, slots=True)
class Scan:
    """A snapshot, and what it found out that is worth remembering."""

    snapshot: LocalSnapshot
    seen: Mapping[bytes, Seen]
    judgements: Mapping[str, Judgement]


@dataclass(slots=True)
class _Sorted:
    files: list[LocalFile] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    ignored: set[bytes] = field(default_factory=set)
    regular: list[tuple[bytes, Fingerprint]] = field(default_factory=list)


def scan(folder: Folder, known: Known, settings: Settings, pool: Executor, now: Instant) -> Scan:
    """Look at every file of a set. A folder that is missing or unreadable is a state, not an error."""
    opened = open_folder(folder)
    if not isinstance(opened, int):
        state, detail = opened
        return Scan(LocalSnapshot(folder.key, folder.path, state, detail=detail), {}, {})
    try:
        return _scan_open(folder, opened, known, settings, pool, now)
    except OSError as error:
        detail = f"the folder cannot be read: {reason_of(error)}"
        return Scan(LocalSnapshot(folder.key, folder.path, FolderState.UNREADABLE, detail=detail), {}, {})
    finally:
        os.close(opened)


def _scan_open(folder: Folder, opened: int, known: Known, settings: Settings, pool: Executor, now: Instant) -> Scan:
    found = _sort_entries(folder, opened, settings)
    seen: dict[bytes, Seen] = {}
    judgements: dict[str, Judgement] = {}

    def look(entry: tuple[bytes, Fingerprint]) -> tuple[LocalFile | Problem | None, Seen | None]:
        return _look(opened, entry, known, settings, now)

    for outcome, proof in pool.map(look, found.regular):
        if isinstance(outcome, Problem):
            found.problems.append(outcome)
        elif outcome is not None:
            found.files.append(outcome)
            if proof is not None:
                seen[outcome.name] = proof
                judgements[proof.sha256] = outcome.judgement
    return Scan(_snapshot(folder.key, folder.path, found), seen, judgements)


def _snapshot(key: SetKey, path: bytes, found: _Sorted) -> LocalSnapshot:
    return LocalSnapshot(
        key,
        path,
        FolderState.PRESENT,
        tuple(sorted(found.files, key=lambda file: file.name)),
        tuple(sorted(found.problems, key=lambda problem: problem.name or b"")),
        tuple(sorted(found.notes, key=lambda note: note.path)),
        frozenset(found.ignored),
    )


def _sort_entries(folder: Folder, opened: int, settings: Settings) -> _Sorted:
    found = _Sorted()
    with os.scandir(opened) as entries:
        for entry in entries:
            _sort_entry(folder, entry, settings, found)
    return found


def _sort_entry(folder: Folder, entry: os.DirEntry[str], settings: Settings, found: _Sorted) -> None:
    name = os.fsencode(entry.name)
    if settings.ignored(name):
        found.ignored.add(name)
        return
    path = os.path.join(folder.path, name)
    try:
        status = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return
    except OSError as error:
        found.problems.append(unreadable(name, error))
        return
    if stat.S_ISLNK(status.st_mode):
        found.notes.append(Note(path, Reason.LINK, "links are not followed"))
    elif stat.S_ISDIR(status.st_mode):
        found.notes.append(Note(path, Reason.NOT_IN_A_SET, "a folder inside a set; sets are flat"))
    elif not stat.S_ISREG(status.st_mode):
        detail = "a pipe, socket or device, not a file"
        judgement = Judgement(None, Reason.NOT_AN_IMAGE, detail)
        found.files.append(LocalFile(name, fingerprint_of(status), None, judgement))
    elif (verdict := judge_size(status.st_size, settings.request_bytes)) is not None:
        found.files.append(LocalFile(name, fingerprint_of(status), None, verdict))
    else:
        found.regular.append((name, fingerprint_of(status)))


def judge_size(size: int, request_bytes: int) -> Judgement | None:
    """Reject what no request can carry, before it is read; None: it fits."""
    if request_size(size) < request_bytes:
        return None
    most = (request_bytes - request_size(0) - 1) / 1e6
    return Judgement(None, Reason.TOO_LARGE, f"{size / 1e6:.1f} MB; one upload carries at most {most:.1f} MB")


def _look(
    opened: int, entry: tuple[bytes, Fingerprint], known: Known, settings: Settings, now: Instant
) -> tuple[LocalFile | Problem | None, Seen | None]:
    name, fingerprint = entry
    before = known.files.get(name)
    if before is not None and not settings.distrust and before.proves_unchanged(fingerprint):
        judgement = known.judgements.get(before.sha256)
        if judgement is not None:
            return LocalFile(name, fingerprint, before.sha256, judgement), before
    if _is_growing(fingerprint, settings.settle_seconds, now):
        return Problem(name, Reason.CHANGED_WHILE_READING, "it is still being written"), None
    read = read_file(opened, name, settings.request_bytes)
    if not isinstance(read, ReadFile):
        return read, None
    return _judge_read(name, read, known, settings, now)


def _is_growing(fingerprint: Fingerprint, settle_seconds: float, now: Instant) -> bool:
    # A moment to come is that of a wrong clock, and no sign that anyone writes.
    return 0 <= now.wall - max(fingerprint.mtime_ns, fingerprint.ctime_ns) / 1e9 < settle_seconds


def _judge_read(
    name: bytes, read: ReadFile, known: Known, settings: Settings, now: Instant
) -> tuple[LocalFile | Problem | None, Seen | None]:
    sha256 = hashlib.sha256(read.data).hexdigest()
    try:
        judgement = known.judgements.get(sha256) or judge(read.data, verify=settings.verify)
    except MemoryError:
        return Problem(name, Reason.UNREADABLE, "this machine has not enough free memory to decode it"), None
    return LocalFile(name, read.fingerprint, sha256, judgement), Seen(read.fingerprint, sha256, now.wall)


def contents(files: Iterable[LocalFile]) -> frozenset[str]:
    """Return the digests of the files that may go up."""
    return frozenset(file.sha256 for file in files if file.sha256 and file.judgement.accepted)
