"""The root's identity: a file that says which root this is, so that an empty mount point is not taken for it."""

from __future__ import annotations

import os
import stat
import uuid

from syncd.model.names import shown

MARKER = b".syncd-root"
_MOST = 4096
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class MarkerUnreadableError(Exception):
    """The root is there, but what its marker says cannot be read."""


def read_marker(root: bytes) -> str | None:
    """Return the UUID that lies in root; None where no marker is, or where it holds none.

    Raises MarkerUnreadableError for what cannot be read, and for a link or a pipe in its place.
    """
    try:
        text = _text(root)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise MarkerUnreadableError(f"{shown(root)}: {os.strerror(error.errno or 0)}") from error
    return _uuid_in(text)


def _text(root: bytes) -> str:
    handle = os.open(os.path.join(root, MARKER), _FLAGS)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise MarkerUnreadableError(f"{shown(root)}: {os.fsdecode(MARKER)} is not a file")
        return os.read(handle, _MOST).decode("ascii", "replace")
    finally:
        os.close(handle)


def _uuid_in(text: str) -> str | None:
    lines = (line.strip() for line in text.splitlines())
    for line in lines:
        try:
            return str(uuid.UUID(line))
        except ValueError:
            continue
    return None


def write_marker(root: bytes, identity: str) -> bool:
    """Put the marker into root, whole or not at all; False where that cannot be, and where another one lies there."""
    path = os.path.join(root, MARKER)
    # A name of its own, so that two processes cannot write into each other's half.
    half = path + b"." + os.fsencode(uuid.uuid4().hex)
    try:
        _write(half, identity)
        _put(half, path, identity)
    except (OSError, MarkerUnreadableError):
        return False
    finally:
        _remove(half)
    return True


def _write(path: bytes, identity: str) -> None:
    with open(path, "x", encoding="ascii") as file:
        file.write(f"{identity}\n")
        file.flush()
        os.fsync(file.fileno())


def _put(half: bytes, path: bytes, identity: str) -> None:
    """Give the marker its name; never the place of another root's, that may have come here a moment ago."""
    try:
        os.link(half, path)
    except FileExistsError:
        if _uuid_in(_text(os.path.dirname(path))) is not None:
            raise
        os.replace(half, path)
    except OSError:
        # A file system without links: what a kill leaves half-written holds no UUID, and is written again.
        _write(path, identity)


def _remove(path: bytes) -> None:
    try:
        os.unlink(path)
    except OSError:
        return
