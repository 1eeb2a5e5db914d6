"""How many bytes of photos are in memory at once: bodies on their way, and pictures being decoded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import Condition, local

MOST_BYTES = 768_000_000
"""Fifteen pictures of 12 megapixels side by side."""

BODIES_BYTES = 256_000_000
"""What bodies may have of it. Each counts twice: a photo may be there as it is and as it is sent."""

PIXEL_BYTES = 4
"""What a decoded pixel takes at least; what it takes at most is the limit of one picture."""


class Budget:
    """Lets bodies and pictures in while there is room; one that is larger than all of it passes alone.

    A thread that holds some already gets more at once: it could otherwise wait for itself.
    """

    def __init__(self, most: int = MOST_BYTES, bodies: int = BODIES_BYTES) -> None:
        self._most, self._most_bodies = most, bodies
        self._held = self._bodies = 0
        self._changed = Condition()
        self._mine = local()

    def holding(self, size: int) -> AbstractContextManager[None]:
        """Wait until a body of so many bytes fits, and hold it."""
        return self._taking(2 * size, 2 * size)

    def decoding(self, pixels: int, size: int) -> AbstractContextManager[None]:
        """Wait until a picture of so many pixels, in so many bytes, fits, and hold it."""
        return self._taking(PIXEL_BYTES * pixels + size, 0)

    @contextmanager
    def _taking(self, size: int, body: int) -> Iterator[None]:
        depth: int = getattr(self._mine, "depth", 0)
        with self._changed:
            self._changed.wait_for(lambda: depth > 0 or self._fits(size, body))
            self._held, self._bodies = self._held + size, self._bodies + body
        self._mine.depth = depth + 1
        try:
            yield
        finally:
            self._mine.depth = depth
            with self._changed:
                self._held, self._bodies = self._held - size, self._bodies - body
                self._changed.notify_all()

    def _fits(self, size: int, body: int) -> bool:
        whole = self._held == 0 or self._held + size <= self._most
        return whole and (not body or self._bodies == 0 or self._bodies + body <= self._most_bodies)
