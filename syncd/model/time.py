"""A moment that survives reboots, suspend and wrong clocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment in two clocks: the wall (seconds since 1970) and the boot it happened in (seconds since then)."""

    wall: float
    boot: str
    uptime: float

    def age_at(self, now: Instant) -> float:
        """Return the seconds from this moment to `now`, never below 0.

        Within one boot the uptime counts, which no one can set; across a reboot only the wall is left.
        """
        passed = now.uptime - self.uptime if self.boot == now.boot else now.wall - self.wall
        return max(0.0, passed)

    def rfc3339(self) -> str:
        """Write the wall time for people and machines, in UTC, to the second."""
        return rfc3339(self.wall)


def rfc3339(wall: float) -> str:
    """Write seconds since 1970 as RFC 3339 in UTC."""
    return datetime.fromtimestamp(wall, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
