"""Who holds a lease: a process, told apart from a later one with the same number."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass

from syncd.model.clock import boot_id


def process_started(pid: int) -> int | None:
    """Return when a process of this host began (clock ticks of its boot); None when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # The name, in parentheses, may hold blanks and parentheses itself.
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return None if os.path.exists("/proc/self/stat") else _started_elsewhere(pid)
    return None if fields[0] in (b"Z", b"X") else int(fields[19])


def _started_elsewhere(pid: int) -> int | None:
    """Tell by a signal that does nothing, where there is no /proc; all that live then began at 0."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except OSError:
        return 0
    return 0


@dataclass(frozen=True, slots=True)
class Identity:
    """This process. `started_of` tells when a process of this host began, None when it is gone."""

    host: str
    boot: str
    pid: int
    started: int
    started_of: Callable[[int], int | None] = process_started

    def lives(self, pid: int, started: int) -> bool:
        """Tell whether that very process is still there."""
        return self.started_of(pid) == started


def this_process() -> Identity:
    """Return who we are."""
    pid = os.getpid()
    return Identity(socket.gethostname() + _namespace(), boot_id(), pid, process_started(pid) or 0)


def _namespace() -> str:
    # Process numbers mean nothing across containers, which may share the name of their host.
    try:
        return f" ({os.readlink('/proc/self/ns/pid')})"
    except OSError:
        return ""
