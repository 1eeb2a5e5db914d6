"""SIGTERM stops a command as Ctrl-C does: by an exception in the main thread, so that it cleans up."""

from __future__ import annotations

import signal
from types import FrameType


class Terminated(KeyboardInterrupt):
    """SIGTERM came."""


def terminate_by_exception() -> None:
    """Let SIGTERM raise Terminated, in the main thread."""
    signal.signal(signal.SIGTERM, _raise)


def _raise(_: int, __: FrameType | None) -> None:
    raise Terminated
