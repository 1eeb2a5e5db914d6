"""Single files that a person names: one to be read and judged, or one to be written that was not there."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import uuid4

from syncd.errors import SyncdError, UsageError
from syncd.model.names import shown, unplain

if TYPE_CHECKING:
    from syncd.engine.by_hand import Picked
    from syncd.model.local import Judgement
    from syncd.scan.reading import ReadFile
    from syncd.scan.settings import Settings


def pick(written: str, scanning: Settings) -> Picked:
    """Read and judge a file as a sync would. Raises UsageError where there is none, else why it cannot go up."""
    from syncd.engine.by_hand import Picked
    from syncd.scan.folder import judged

    path = _existing(written)
    if (too_large := scanning.judge_size(os.path.getsize(path))) is not None:
        raise _rejected(path, too_large)
    read = _read(path, scanning.read_bytes)
    try:
        file = judged(os.path.abspath(path), read, scanning)
    except MemoryError:
        raise SyncdError(
            f"This machine has not enough free memory to decode {shown(path)}", "End something else first."
        ) from None
    if not file.judgement.accepted:
        raise _rejected(path, file.judgement)
    return Picked(read.data, file)


def _existing(written: str) -> bytes:
    path = os.fsencode(written)
    path = path if os.path.lexists(path) else unplain(written)
    try:
        status = os.stat(path)
    except OSError as error:
        why = os.strerror(error.errno or 0)
        raise UsageError(f"{shown(path)} cannot be read: {why}", "Name a file that exists.") from error
    if stat.S_ISDIR(status.st_mode):
        raise UsageError(f"{shown(path)} is a folder", "Name one file; `syncd sync` uploads folders.")
    if not stat.S_ISREG(status.st_mode):
        raise SyncdError(
            f"{shown(path)} is rejected: a pipe, socket or device, not a file", "Name a photo.", code="not-an-image"
        )
    return path


def _read(path: bytes, most: int) -> ReadFile:
    from syncd.scan.reading import ReadFile, read_file

    real = os.path.realpath(path)
    try:
        folder = os.open(os.path.dirname(real), getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise SyncdError(f"{shown(path)} cannot be read: {os.strerror(error.errno or 0)}") from error
    try:
        read = read_file(folder, os.path.basename(real), most)
    finally:
        os.close(folder)
    if isinstance(read, ReadFile):
        return read
    why = read.detail if read is not None else "it was removed meanwhile"
    raise SyncdError(f"{shown(path)} cannot be read: {why}", "See to it that it can be, and upload it again.")


def _rejected(path: bytes, judgement: Judgement) -> SyncdError:
    reason = judgement.reason.value if judgement.reason is not None else "rejected"
    return SyncdError(
        f"{shown(path)} is rejected ({reason}): {judgement.detail}",
        "Save it as jpg, png, webp or heic, whole and below 20 MB.",
        code=reason,
    )


def refuse_existing(path: bytes) -> None:
    """Raise UsageError where something bears that name already."""
    if os.path.lexists(path):
        raise UsageError(f"{shown(path)} exists already, and is not overwritten", "Name another file with -o.")


def save_new(path: bytes, data: bytes) -> None:
    """Write a new file, whole or not at all; never over another one."""
    half = os.path.join(os.path.dirname(path), b".%s.part" % uuid4().hex.encode())
    try:
        with open(half, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _give_name(half, path)
    except FileExistsError:
        refuse_existing(path)
        raise
    except OSError as error:
        raise SyncdError(
            f"{shown(path)} cannot be written: {os.strerror(error.errno or 0)}", "Name another place with -o."
        ) from error
    finally:
        with suppress(OSError):
            os.unlink(half)


def _give_name(half: bytes, path: bytes) -> None:
    try:
        # A second name is only made where there is none, while a renaming would overwrite.
        os.link(half, path)
    except FileExistsError:
        raise
    except OSError:
        # Some file systems have no second names.
        refuse_existing(path)
        os.rename(half, path)
