"""Since when the files of images were seen to be gone, so that a delete waits until that has lasted."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from threading import Lock

from syncd.model.sets import SetKey
from syncd.model.time import Instant


class Absences:
    """What each look at a set found gone, by remote id. Kept in memory: a new process waits anew. Any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._since: dict[SetKey, dict[str, Instant]] = {}

    def note(self, key: SetKey, absent: Collection[str], now: Instant) -> None:
        """Take in a whole look: what was gone already stays so since then, what is back is forgotten."""
        with self._lock:
            before = self._since.pop(key, {})
            if absent:
                self._since[key] = {each: before.get(each, now) for each in absent}

    def of(self, key: SetKey) -> Mapping[str, Instant]:
        """Return what is gone of a set, and since when."""
        with self._lock:
            return dict(self._since.get(key, {}))

    def all(self) -> Mapping[SetKey, frozenset[str]]:
        """Return what is gone, of every set that misses anything."""
        with self._lock:
            return {key: frozenset(ids) for key, ids in self._since.items()}

    def keep(self, existing: Collection[SetKey]) -> None:
        """Forget what is gone of sets that exist no more."""
        with self._lock:
            self._since = {key: since for key, since in self._since.items() if key in existing}

    def clear(self) -> None:
        """Forget all: no one looked for a while, and what was gone before proves nothing."""
        with self._lock:
            self._since.clear()
