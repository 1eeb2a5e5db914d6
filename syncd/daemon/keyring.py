"""The API key as it is now: read again when it may have been changed, for it is changed while we run."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from syncd.config.key import Key
from syncd.errors import ConfigError


class Keyring:
    """Holds the key that `read` gives. Raises ConfigError where there is none at the beginning."""

    def __init__(self, read: Callable[[], Key]) -> None:
        self._read = read
        self._lock = Lock()
        self._key = read()

    def reveal(self) -> str:
        """Return the key itself."""
        return self._key.reveal()

    def fingerprint(self, salt: bytes) -> str:
        """Return what tells this key from others."""
        return self._key.fingerprint(salt)

    def refresh(self) -> bool:
        """Read it again; tells whether it is another one. What cannot be read now leaves it as it is."""
        with self._lock:
            try:
                key = self._read()
            except ConfigError:
                return False
            changed, self._key = key != self._key, key
            return changed
