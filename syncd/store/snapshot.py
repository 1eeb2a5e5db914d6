"""A state read without a trace: the folder and every byte in it stay as they are.

SQLite makes or touches files even to read, so how to read depends on what lies there:
no -wal: nobody has it open, and nothing but the file counts (immutable);
-wal and -shm: in use, or left by a killed process; read through both, writing neither (readonly_shm);
-wal alone: nobody has it open; a private copy is read, as only a written -shm could tell what the -wal holds.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from urllib.parse import quote

from syncd.errors import StateUnwritable
from syncd.store.faults import BUSY_SECONDS, is_damage

_ATTEMPTS = 50
_PATIENT = 5
_PAUSE = 0.02

_Look = tuple[tuple[int, ...] | None, ...]


def copy_into(path: str, target: sqlite3.Connection, sleep: Callable[[float], None]) -> None:
    """Copy the state at path into `target`, as of one moment. Raises sqlite3.Error, FileNotFoundError."""
    for attempt in range(_ATTEMPTS):
        before = _look(path)
        try:
            shared = _copy(path, target, patient=attempt < _PATIENT)
        except (sqlite3.Error, FileNotFoundError) as error:
            # Files that come and go at this moment look like damage, too.
            if attempt >= _PATIENT or (is_damage(error) and _look(path) == before):
                raise
        else:
            if shared or _look(path) == before:
                return
        sleep(_PAUSE)
    raise StateUnwritable("The state changes too fast to be read.", "Try again.")


def _look(path: str) -> _Look:
    return tuple(_facts(path + end) for end in ("", "-wal", "-shm"))


def _facts(path: str) -> tuple[int, ...] | None:
    try:
        seen = os.stat(path)
    except FileNotFoundError:
        return None
    return (seen.st_ino, seen.st_size, seen.st_mtime_ns)


def _is_in_use(path: str) -> bool:
    return os.path.exists(path + "-wal") and os.path.exists(path + "-shm")


def _copy(path: str, target: sqlite3.Connection, *, patient: bool) -> bool:
    """Copy what lies there now; tells whether SQLite's own locks made that one moment."""
    if _is_in_use(path):
        # The last resort touches the -shm of a running process, which is its to make anew at any time.
        _read(path, "mode=ro&readonly_shm=1" if patient else "mode=ro", target)
        return True
    if os.path.exists(path + "-wal"):
        with tempfile.TemporaryDirectory() as folder:
            private = os.path.join(folder, "state.db")
            shutil.copyfile(path, private)
            shutil.copyfile(path + "-wal", private + "-wal")
            _read(private, "mode=rw", target)
    else:
        _read(path, "mode=ro&immutable=1", target)
    return False


def _read(path: str, how: str, target: sqlite3.Connection) -> None:
    uri = f"file:{quote(os.fsencode(os.path.abspath(path)))}?{how}"
    with closing(sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS)) as source:
        source.backup(target)
