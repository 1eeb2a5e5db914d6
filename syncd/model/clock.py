"""Time comes in through the constructor; this is the only place that asks the machine."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from functools import cache
from typing import Protocol

from syncd.model.time import UNNAMED, Instant

_UPTIME = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class Clock(Protocol):
    """Tells the moment, and waits. The machine's, or a given one in tests."""

    def now(self) -> Instant:
        """Return this moment."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait that long."""
        ...


class MachineClock:
    """The clocks of this machine: wall, and uptime that also counts suspended time."""

    def __init__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        self._sleep = sleep

    def now(self) -> Instant:
        """Return this moment."""
        return Instant(time.time(), boot_id(), time.clock_gettime(_UPTIME))

    def sleep(self, seconds: float) -> None:
        """Wait that long."""
        self._sleep(seconds)


@cache
def boot_id() -> str:
    """Return the name of this boot, by which uptimes may be compared; where it has none, of this process."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return f"{UNNAMED}{uuid.uuid4().hex}"
