"""One set's folder -> LocalSnapshot. What is known of its files spares reading them again."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field

from syncd.images.judge import judge
from syncd.model.local import Copy, Fingerprint, FolderState, Judgement, LocalFile, LocalSnapshot, Note, Problem
from syncd.model.sets import SetKey
from syncd.model.time import Instant
from syncd.model.together import all_ended
from syncd.model.words import Reason
from syncd.scan.copying import Copies, known_copy, with_copy
from syncd.scan.discover import Folder, open_folder
from syncd.scan.naming import in_view_of
from syncd.scan.reading import ReadFile, fingerprint_of, no_means, read_file, reason_of, unreadable
from syncd.scan.settings import Settings

__all__ = ["Known", "Scan", "Seen", "Settings", "judged", "scan"]

RACY_SECONDS = 2
"""Two edits within one tick of a file system's clock look alike; no clock in use is coarser than this (FAT: 2 s)."""

_SMALL_BYTES = {"decode": 500_000, "structure": 2_000_000}
"""So much may be read beside what the pool reads, which is what bounds the memory for it; to decode takes longer."""


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
    """What spares work: digests by name, judgements by digest, and copies by digest and recipe."""

    files: Mapping[bytes, Seen] = field(default_factory=dict)
    judgements: Mapping[str, Judgement] = field(default_factory=dict)
    copies: Copies = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scan:
    """A snapshot, and what it found out that is worth remembering."""

    snapshot: LocalSnapshot
    seen: Mapping[bytes, Seen]
    judgements: Mapping[str, Judgement]
    copies: Copies = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Looked:
    """What was found of one file. `judgement` is that of the content, whatever became of its copy."""

    file: LocalFile
    proof: Seen
    judgement: Judgement


_Entry = tuple[bytes, Fingerprint]
_Outcome = _Looked | Problem | None


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
    copies: dict[tuple[str, str], Copy | Judgement] = {}

    def look(entry: _Entry) -> _Outcome:
        return _look(opened, entry, known, settings, now)

    unchanged = {entry[0]: _unchanged(entry, known, settings) for entry in found.regular}
    # Threads are for what takes long to read: to hand over a small file, or what is known, takes longer than it saves.
    new = [entry for entry in found.regular if unchanged[entry[0]] is None]
    is_small = sum(each.size for _, each in new) < _SMALL_BYTES[settings.verify]
    looked = map(look, new) if is_small else _in_pool(pool, look, new)
    for outcome in (*filter(None, unchanged.values()), *looked):
        if isinstance(outcome, Problem):
            found.problems.append(outcome)
        elif outcome is not None:
            file, sha256 = outcome.file, outcome.proof.sha256
            found.files.append(file)
            seen[file.name] = outcome.proof
            judgements[sha256] = outcome.judgement
            if outcome.judgement.accepted and (recipe := settings.fit.recipe(file.size)):
                copies[sha256, recipe] = file.copy or file.judgement
    return Scan(_snapshot(folder.key, folder.path, found), seen, judgements, copies)


def _in_pool(pool: Executor, look: Callable[[_Entry], _Outcome], entries: Iterable[_Entry]) -> Iterator[_Outcome]:
    """Look at all in the pool. None is under way any more when this ends: the folder is closed then."""
    return (future.result() for future in all_ended([pool.submit(look, entry) for entry in entries]))


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
    elif (verdict := settings.judge_size(status.st_size)) is not None:
        found.files.append(LocalFile(name, fingerprint_of(status), None, verdict))
    else:
        found.regular.append((name, fingerprint_of(status)))


def _unchanged(entry: tuple[bytes, Fingerprint], known: Known, settings: Settings) -> _Looked | None:
    """Return what is known of a file, where that is all there is to know of it."""
    name, fingerprint = entry
    before = known.files.get(name)
    if before is None or settings.distrust or not before.proves_unchanged(fingerprint):
        return None
    judgement = known.judgements.get(before.sha256)
    if judgement is None:
        return None
    whole = known_copy(LocalFile(name, fingerprint, before.sha256, in_view_of(name, judgement)), known.copies, settings)
    return None if whole is None else _Looked(whole, before, judgement)


def _look(
    opened: int, entry: tuple[bytes, Fingerprint], known: Known, settings: Settings, now: Instant
) -> _Looked | Problem | None:
    name, fingerprint = entry
    if _is_growing(fingerprint, settings.settle_seconds, now):
        return Problem(name, Reason.CHANGED_WHILE_READING, "it is still being written")
    read = read_file(opened, name, settings.read_bytes)
    if not isinstance(read, ReadFile):
        return read
    return _judge_read(name, read, known, settings, now)


def _is_growing(fingerprint: Fingerprint, settle_seconds: float, now: Instant) -> bool:
    # A moment to come is that of a wrong clock, and no sign that anyone writes.
    return 0 <= now.wall - max(fingerprint.mtime_ns, fingerprint.ctime_ns) / 1e9 < settle_seconds


def _judge_read(name: bytes, read: ReadFile, known: Known, settings: Settings, now: Instant) -> _Looked | Problem:
    sha256 = hashlib.sha256(read.data).hexdigest()
    try:
        judgement = known.judgements.get(sha256) or judge(read.data, verify=settings.verify, decoder=settings.decoder)
        file = LocalFile(name, read.fingerprint, sha256, in_view_of(name, judgement))
        whole = known_copy(file, known.copies, settings) or with_copy(file, read.data, settings)
    except MemoryError as error:
        return Problem(name, Reason.UNREADABLE, no_means(error))
    if whole.judgement.accepted:
        settings.kept.keep(sha256, read)
    return _Looked(whole, Seen(read.fingerprint, sha256, now.wall), judgement)


def judged(name: bytes, read: ReadFile, settings: Settings) -> LocalFile:
    """Judge one file that was read, with what would be sent for it. MemoryError passes through."""
    sha256 = hashlib.sha256(read.data).hexdigest()
    judgement = judge(read.data, verify=settings.verify, decoder=settings.decoder)
    file = LocalFile(name, read.fingerprint, sha256, in_view_of(name, judgement))
    return known_copy(file, {}, settings) or with_copy(file, read.data, settings)
