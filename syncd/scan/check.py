"""Files judged one by one, without a set, a state or a service: whether each could go up, and what is odd about it."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial

from syncd.images.decoder import HERE, Decoder
from syncd.images.formats import FORMATS
from syncd.images.judge import NOT_DECODED, judge
from syncd.images.position import has_position
from syncd.model.local import Judgement, Problem
from syncd.model.names import natural_key, shown
from syncd.model.words import QUALITY, Reason
from syncd.plan.remarks import NEAR_DUPLICATE, SMALL, Remark, remarks
from syncd.scan.naming import in_view_of, suffix_of
from syncd.scan.reading import ReadFile, no_means, read_file, unreadable
from syncd.scan.settings import judge_size
from syncd.scan.walk import Found

REQUEST_BYTES = 20_000_000
"""What one request carries at most, by the service's documentation; a body stays below it."""

WARNINGS = (
    "extension-mismatch",
    "duplicate",
    NEAR_DUPLICATE,
    SMALL,
    *QUALITY,
    "has-position",
    NOT_DECODED,
)
"""All warnings, in the order in which they are told."""

_PATH_ONLY = getattr(os, "O_PATH", os.O_RDONLY)


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found of one file. `read` False: it could not be read, so nothing is known of its content."""

    found: Found
    judgement: Judgement
    warnings: tuple[str, ...] = ()
    sha256: str | None = None
    read: bool = True

    @property
    def size(self) -> int | None:
        """Bytes on disk."""
        return None if self.found.status is None else self.found.status.st_size


def check(files: Iterable[Found], pool: Executor, decoder: Decoder = HERE) -> Iterator[Checked]:
    """Judge files side by side, each decoded; yields them in their order."""
    return pool.map(partial(check_file, decoder=decoder), files)


def check_file(found: Found, decoder: Decoder = HERE) -> Checked:
    """Judge one file."""
    if found.status is None:
        return _unread(found, Reason.UNREADABLE, found.problem)
    if not stat.S_ISREG(found.status.st_mode):
        return Checked(found, Judgement(None, Reason.NOT_AN_IMAGE, "a pipe, socket or device, not a file"))
    if (verdict := judge_size(found.status.st_size, REQUEST_BYTES)) is not None:
        return Checked(found, verdict)
    read = _read(found)
    if read is None:
        return _unread(found, Reason.UNREADABLE, "it was removed meanwhile")
    return _unread(found, read.reason, read.detail) if isinstance(read, Problem) else _judged(found, read.data, decoder)


def with_duplicates(checked: Iterable[Checked]) -> list[Checked]:
    """Mark the good files whose bytes another one of the same folder has, which comes before it by name."""
    checked = list(checked)
    first: dict[tuple[bytes, str], bytes] = {}
    for one in sorted(checked, key=lambda each: natural_key(each.found.name)):
        if one.sha256 is not None and one.judgement.accepted:
            first.setdefault((one.found.folder, one.sha256), one.found.name)
    return [_marked(one, first.get((one.found.folder, one.sha256 or ""))) for one in checked]


def _marked(one: Checked, original: bytes | None) -> Checked:
    if original is None or original == one.found.name or not one.judgement.accepted:
        return one
    judgement = replace(one.judgement, detail=f"the same bytes as {shown(original)}")
    return replace(one, judgement=judgement, warnings=(*one.warnings, "duplicate"))


def with_remarks(checked: Iterable[Checked]) -> list[Checked]:
    """Add what makes the good files of each folder poor to learn from."""
    checked = list(checked)
    folders: dict[bytes, dict[bytes, Judgement]] = {}
    for one in checked:
        if one.read and "duplicate" not in one.warnings:
            folders.setdefault(one.found.folder, {})[one.found.name] = one.judgement
    told: dict[tuple[bytes, bytes], list[Remark]] = {}
    for folder, files in folders.items():
        for remark in remarks(files):
            told.setdefault((folder, remark.name), []).append(remark)
    return [_remarked(one, told.get((one.found.folder, one.found.name), [])) for one in checked]


def _remarked(one: Checked, found: list[Remark]) -> Checked:
    warnings = sorted((*one.warnings, *(remark.warning for remark in found)), key=WARNINGS.index)
    detail = "; ".join(filter(None, (one.judgement.detail, *(remark.detail for remark in found))))
    return replace(one, judgement=replace(one.judgement, detail=detail), warnings=tuple(warnings))


def _read(found: Found) -> ReadFile | Problem | None:
    try:
        folder = os.open(found.folder, _PATH_ONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        return unreadable(found.name, error)
    try:
        return read_file(folder, found.name, REQUEST_BYTES)
    finally:
        os.close(folder)


def _judged(found: Found, data: bytes, decoder: Decoder) -> Checked:
    try:
        judgement = judge(data, decoder=decoder, exact=False)
    except MemoryError as error:
        return _unread(found, Reason.UNREADABLE, no_means(error))
    judgement = in_view_of(found.name, judgement)
    return Checked(found, judgement, tuple(_warnings(found, judgement, data)), hashlib.sha256(data).hexdigest())


def _warnings(found: Found, judgement: Judgement, data: bytes) -> Iterator[str]:
    known, suffix = FORMATS.get(judgement.format or ""), suffix_of(found.name)
    if known is not None and suffix and suffix not in known.suffixes:
        yield "extension-mismatch"
    if not judgement.accepted or judgement.format is None:
        return
    if has_position(judgement.format, data):
        yield "has-position"
    if NOT_DECODED in judgement.warnings:
        yield NOT_DECODED


def _unread(found: Found, reason: Reason, detail: str) -> Checked:
    return Checked(found, Judgement(None, reason, detail), read=False)
