"""SIGTERM stops a command as Ctrl-C does: by an exception in the main thread, so that it cleans up."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class Terminated(KeyboardInterrupt):
    """SIGTERM came."""


def terminate_by_exception() -> None:
    """Let SIGTERM raise Terminated, in the main thread."""
    signal.signal(signal.SIGTERM, _raise)


def _raise(_: int, __: FrameType | None) -> None:
    raise Terminated


@contextmanager
def interrupts() -> Iterator[Callable[[], None]]:
    """Give what raises KeyboardInterrupt once Ctrl-C came: raised in the midst of a callback it would be swallowed."""
    came = threading.Event()

    def note(number: int, frame: FrameType | None) -> None:
        came.set()
        signal.default_int_handler(number, frame)

    def check() -> None:
        if came.is_set():
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        # Only there can a handler be set, and only there do signals arrive.
        yield check
        return
    before = signal.signal(signal.SIGINT, note)
    try:
        yield check
    finally:
        signal.signal(signal.SIGINT, before)
