"""The root's identity: a file that says which root this is, so that an empty mount point is not taken for it."""

from __future__ import annotations

import os
import uuid

from syncd.model.names import shown

MARKER = b".syncd-root"
_MOST = 4096


class MarkerUnreadableError(Exception):
    """The root is there, but what its marker says cannot be read."""


def read_marker(root: bytes) -> str | None:
    """Return the UUID that lies in root; None where no marker is, or where it holds none."""
    try:
        with open(os.path.join(root, MARKER), "rb") as file:
            text = file.read(_MOST).decode("ascii", "replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise MarkerUnreadableError(f"{shown(root)}: {os.strerror(error.errno or 0)}") from error
    return _uuid_in(text)


def _uuid_in(text: str) -> str | None:
    lines = (line.strip() for line in text.splitlines())
    for line in lines:
        try:
            return str(uuid.UUID(line))
        except ValueError:
            continue
    return None


def write_marker(root: bytes, identity: str) -> bool:
    """Put the marker into root, whole or not at all; False where that cannot be."""
    path = os.path.join(root, MARKER)
    # A name of its own, so that two processes cannot write into each other's half.
    half = path + b"." + os.fsencode(uuid.uuid4().hex)
    try:
        with open(half, "x", encoding="ascii") as file:
            file.write(f"{identity}\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(half, path)
    except OSError:
        _remove(half)
        return False
    return True


def _remove(path: bytes) -> None:
    try:
        os.unlink(path)
    except OSError:
        return
