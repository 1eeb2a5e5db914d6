"""A moment that survives reboots, suspend and wrong clocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

UNNAMED = "process "
"""How a boot is named that is only known to be that of this process: others may have written in the same."""


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment in two clocks: the wall (seconds since 1970) and the boot it happened in (seconds since then)."""

    wall: float
    boot: str
    uptime: float

    def age_at(self, now: Instant) -> float:
        """Return the seconds from this moment to `now`, never below 0.

        Within one boot the uptime counts, which no one can set; across a reboot only the wall is left, and that what
        happened before this boot is no younger than it.
        """
        if self.boot == now.boot:
            return max(0.0, now.uptime - self.uptime)
        booted = 0.0 if now.boot.startswith(UNNAMED) else now.uptime
        return max(booted, now.wall - self.wall)

    def before(self, seconds: float) -> Instant:
        """Return the moment so many seconds before this one."""
        return Instant(self.wall - seconds, self.boot, self.uptime - seconds)

    def rfc3339(self) -> str:
        """Write the wall time for people and machines, in UTC, to the second."""
        return rfc3339(self.wall)


def rfc3339(wall: float) -> str:
    """Write seconds since 1970 as RFC 3339 in UTC."""
    return datetime.fromtimestamp(wall, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
