"""Photos between the look at them and their upload: a few need not be read and hashed twice."""

from __future__ import annotations

from threading import Lock

from syncd.model.local import Fingerprint
from syncd.scan.reading import ReadFile

MOST_BYTES = 2_000_000
"""Of one pass: a set of twenty photos of 100 KB, where reading and hashing each again is a part that counts."""


class Kept:
    """Bytes of files that this pass judged, the first that there is room for. Safe to use from any thread."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._room = most
        self._lock = Lock()
        # By the file as well: what was read of one says nothing of another that was not read.
        self._contents: dict[tuple[str, Fingerprint], bytes] = {}

    def keep(self, sha256: str, read: ReadFile) -> None:
        """Keep what was read, where there is room."""
        size, seen = len(read.data), (sha256, read.fingerprint)
        with self._lock:
            if 0 < size <= self._room and seen not in self._contents:
                self._contents[seen] = read.data
                self._room -= size

    def take(self, sha256: str, fingerprint: Fingerprint) -> bytes | None:
        """Return what was kept of a file, once."""
        with self._lock:
            data = self._contents.pop((sha256, fingerprint), None)
            self._room += len(data or b"")
        return data


NOTHING = Kept(0)
"""Keeps nothing."""
