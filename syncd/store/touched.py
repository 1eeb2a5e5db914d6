"""Whether anyone wrote to the state, told by the file system: far cheaper than to ask the database."""

from __future__ import annotations

import os

from syncd.model.time import Instant

_YOUNG = 1.0
"""Seconds in which a second write may leave the same traces as the one before it."""

_Trace = tuple[int, int, int] | None


class Touched:
    """Looks at the files of a state. `path` None: in memory, where nothing can be told."""

    def __init__(self, path: str | None) -> None:
        self._path = path
        self._before: tuple[_Trace, ...] = ()

    def look(self, now: Instant) -> bool:
        """Tell whether something may have been written since the last look; False is certain."""
        if self._path is None:
            return True
        traces = tuple(_trace(self._path + end) for end in ("", "-wal"))
        before, self._before = self._before, traces
        return traces != before or any(now.wall - each[2] / 1e9 < _YOUNG for each in traces if each is not None)


def _trace(path: str) -> _Trace:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
