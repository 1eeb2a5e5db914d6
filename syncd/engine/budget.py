"""How many bytes of photos are in memory at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition

BODIES_BYTES = 128_000_000
"""Each body is in memory twice while it is framed: together they stay below 256 MB."""


class Budget:
    """Lets bodies in while there is room; one that is larger than all of it passes alone."""

    def __init__(self, most: int = BODIES_BYTES) -> None:
        self._most = most
        self._held = 0
        self._changed = Condition()

    @contextmanager
    def holding(self, size: int) -> Iterator[None]:
        """Wait until so many bytes fit, and hold them."""
        with self._changed:
            self._changed.wait_for(lambda: self._held == 0 or self._held + size <= self._most)
            self._held += size
        try:
            yield
        finally:
            with self._changed:
                self._held -= size
                self._changed.notify_all()
