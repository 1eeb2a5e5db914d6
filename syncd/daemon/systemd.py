"""What systemd is told: that we are ready, what we do, that we are alive. Nothing where it does not ask."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping
from contextlib import suppress

_PATIENCE_USEC = 60_000_000
"""So long, in microseconds, a start may take from the last word that something is waited for."""


class Notifier:
    """Sends to the socket that `$NOTIFY_SOCKET` names, by the protocol of sd_notify(3)."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._address = _address(environ.get("NOTIFY_SOCKET", ""))
        self._status = ""
        me = str(os.getpid())
        asked = environ.get("WATCHDOG_USEC", "") if environ.get("WATCHDOG_PID", me) == me else ""
        self.is_watched = asked.isascii() and asked.isdigit() and int(asked) > 0

    def ready(self) -> None:
        """Say that the work has begun, or goes on with a new configuration."""
        self._send("READY=1")

    def reloading(self) -> None:
        """Say that the configuration is read again."""
        self._send(f"RELOADING=1\nMONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")

    def alive(self) -> None:
        """Say that the work makes progress."""
        self._send("WATCHDOG=1")

    def status(self, words: str) -> None:
        """Say in a line how it stands, where that is news."""
        if words != self._status:
            self._status = words
            self._send(f"STATUS={words}")

    def waiting(self, words: str) -> None:
        """Say what is waited for, and that this is no reason to begin anew, for a while."""
        self._status = words
        self._send(f"STATUS={words}\nWATCHDOG=1\nEXTEND_TIMEOUT_USEC={_PATIENCE_USEC}")

    def stopping(self) -> None:
        """Say that we are ending."""
        self._send("STOPPING=1")

    def _send(self, message: str) -> None:
        if self._address is None:
            return
        # Whoever does not listen any more must not stop the work.
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
            line.settimeout(1)
            line.sendto(message.encode(), self._address)


def _address(written: str) -> bytes | None:
    if not written.startswith(("/", "@")):
        return None
    # A leading @ stands for the NUL of an abstract address.
    return os.fsencode("\0" + written[1:] if written.startswith("@") else written)
