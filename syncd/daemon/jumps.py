"""Whether this machine slept, or someone set its clock: what was seen before is then old."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

MOST = 5.0
"""Seconds by which clocks may part between two looks without that meaning anything."""


@dataclass(frozen=True, slots=True)
class Times:
    """Three clocks, in seconds: the wall; since boot; since boot without the time asleep."""

    wall: float
    uptime: float
    awake: float


def machine_times() -> Times:
    """Read the clocks of this machine."""
    uptime = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return Times(time.time(), time.clock_gettime(uptime), time.monotonic())


class Jumps:
    """Compares the clocks with how they stood at the last look."""

    def __init__(self, read: Callable[[], Times] = machine_times) -> None:
        self._read = read
        self._before = read()

    def look(self) -> str | None:
        """Say what happened since the last look; None: time went by."""
        before, now = self._before, self._read()
        self._before = now
        passed = now.uptime - before.uptime
        if passed - (now.awake - before.awake) > MOST:
            return "this machine was asleep"
        if abs(now.wall - before.wall - passed) > MOST:
            return "the clock was set"
        return None
