"""A folder without reading its files: whether it may have changed since an earlier glance."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable

from syncd.scan.discover import Folder, open_folder
from syncd.scan.reading import reason_of


def glance(folder: Folder, ignored: Callable[[bytes], bool]) -> bytes:
    """Return what is another value once names, sizes or times in a set's folder are others, or it comes or goes."""
    opened = open_folder(folder)
    if not isinstance(opened, int):
        return repr(opened).encode()
    try:
        with os.scandir(opened) as entries:
            seen = sorted(_trace(entry) for entry in entries if not ignored(os.fsencode(entry.name)))
    except OSError as error:
        return reason_of(error).encode()
    finally:
        os.close(opened)
    return hashlib.blake2b(repr(seen).encode("utf-8", "surrogateescape"), digest_size=16).digest()


def _trace(entry: os.DirEntry[str]) -> tuple[str, tuple[int, ...]]:
    try:
        found = entry.stat(follow_symlinks=False)
    except OSError as error:
        return entry.name, (error.errno or 0,)
    return entry.name, (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_mode)
