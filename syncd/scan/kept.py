"""Small photos between the look at them and their upload."""

from __future__ import annotations

from threading import Lock

MOST_BYTES = 2_000_000
"""Of one pass: a set of twenty photos of 100 KB, where reading and hashing each again is a part that counts."""


class Kept:
    """Bytes of photos that were just judged, so that they need not be read and hashed a second time; a few alone.

    Safe to use from any thread.
    """

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._room = most
        self._lock = Lock()
        self._contents: dict[str, bytes] = {}

    def keep(self, sha256: str, data: bytes) -> None:
        """Keep a content, where there is room."""
        with self._lock:
            if len(data) <= self._room and sha256 not in self._contents:
                self._contents[sha256] = data
                self._room -= len(data)

    def take(self, sha256: str | None) -> bytes | None:
        """Return a content that was kept, once."""
        with self._lock:
            data = self._contents.pop(sha256 or "", None)
            self._room += len(data or b"")
        return data


NOTHING = Kept(0)
"""Keeps nothing."""
