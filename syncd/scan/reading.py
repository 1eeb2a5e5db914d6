"""One file, read whole and once; never a link, never a pipe, never bytes that changed on the way."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass

from syncd.model.local import Fingerprint, Problem
from syncd.model.words import Reason

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class ReadFile:
    """The bytes of a file, and the fingerprint they were read under, the same before and after."""

    data: bytes
    fingerprint: Fingerprint


def fingerprint_of(status: os.stat_result) -> Fingerprint:
    """Take from a stat what tells a file from its earlier self."""
    return Fingerprint(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def read_file(folder: int, name: bytes, limit: int) -> ReadFile | Problem | None:
    """Read a file of at most `limit` bytes below an open folder; None where it is no more.

    A file that is longer, or that changes while it is read, is a problem: its bytes prove nothing.
    """
    try:
        handle = os.open(name, _FLAGS, dir_fd=folder)
    except FileNotFoundError:
        return None
    except OSError as error:
        return unreadable(name, error)
    try:
        return _read_open(handle, name, limit)
    except OSError as error:
        return unreadable(name, error)
    finally:
        os.close(handle)


def is_unchanged(folder: int, name: bytes, fingerprint: Fingerprint) -> bool:
    """Tell whether a file below an open folder still has the fingerprint that it was read under."""
    try:
        return fingerprint_of(os.stat(name, dir_fd=folder, follow_symlinks=False)) == fingerprint
    except OSError:
        return False


def unreadable(name: bytes | None, error: OSError) -> Problem:
    """Say in words why something could not be read."""
    return Problem(name, Reason.UNREADABLE, reason_of(error))


def reason_of(error: OSError) -> str:
    """Return the system's words for an error, without paths."""
    if error.errno in (errno.EACCES, errno.EPERM):
        return "syncd has no right to read it"
    return (os.strerror(error.errno) if error.errno else str(error)).lower()


def no_means(error: MemoryError) -> str:
    """Say what this machine had not, to decode a picture."""
    return str(error) or "this machine has not enough free memory to decode it"


def _read_open(handle: int, name: bytes, limit: int) -> ReadFile | Problem:
    before = os.fstat(handle)
    if not stat.S_ISREG(before.st_mode):
        return Problem(name, Reason.CHANGED_WHILE_READING, "it is no longer a file")
    data = _read(handle, min(before.st_size, limit) + 1)
    after = os.fstat(handle)
    if fingerprint_of(after) != fingerprint_of(before) or len(data) != before.st_size:
        return Problem(name, Reason.CHANGED_WHILE_READING, "it changed while it was read; it is looked at again")
    return ReadFile(data, fingerprint_of(after))


def _read(handle: int, size: int) -> bytes:
    """Read so many bytes, or up to the end: a file object would ask what it is, and where."""
    parts: list[bytes] = []
    while size > 0 and (part := os.read(handle, size)):
        parts.append(part)
        size -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)
