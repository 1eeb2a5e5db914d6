"""What the system allows of watching, and the line that has it allow more."""

from __future__ import annotations

import os

LIMITS = "/proc/sys/fs/inotify"
WATCHES = "max_user_watches"
INSTANCES = "max_user_instances"

_FEWEST = {WATCHES: 65_536, INSTANCES: 1024}


def limit_of(name: str, limits: str = LIMITS) -> int:
    """Return a limit; 0 where the system does not tell."""
    try:
        with open(os.path.join(limits, name), encoding="ascii") as file:
            return int(file.read())
    except (OSError, ValueError):
        return 0


def remedy(name: str, needed: int, limit: int) -> str:
    """Return what to run for twice of what is needed, and of what is allowed, since others take of it as well."""
    wanted = max(_FEWEST[name], 1 << (2 * needed).bit_length(), 2 * limit)
    line = f"fs.inotify.{name}={wanted}"
    return f"Run: sudo sysctl -w {line} && echo {line} | sudo tee /etc/sysctl.d/60-syncd.conf"
