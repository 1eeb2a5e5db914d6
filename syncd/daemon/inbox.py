"""What reaches the daemon from outside: signals, and what its workers cannot decide."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from types import FrameType

from syncd.errors import ExitCode, SyncdError

STOPS = {signal.SIGTERM: ExitCode.TERMINATED, signal.SIGINT: ExitCode.INTERRUPTED}

LATEST_SECONDS = 9.0
"""After a call to stop the process ends by then, whatever still hangs."""


class Reload:
    """The configuration is to be read again."""


class Renew:
    """What was opened is not to be used any more, and all is to be put together anew."""


Message = ExitCode | Reload | Renew | SyncdError
"""A code: end with it. An error: end with that, as it needs a person."""


class Inbox:
    """Messages in order. Any thread may put one, and a signal's handler: nothing here takes a lock of ours."""

    def __init__(self) -> None:
        self._messages: SimpleQueue[Message] = SimpleQueue()
        self._code = ExitCode.OK

    def put(self, message: Message) -> None:
        """Add a message."""
        self._messages.put(message)

    def get(self, seconds: float) -> Message | None:
        """Wait for the next message; None: there was none in that time."""
        try:
            return self._messages.get(timeout=seconds)
        except Empty:
            return None

    @contextmanager
    def hearing(self) -> Iterator[None]:
        """Take in SIGTERM, SIGINT and SIGHUP. A second call to stop ends the process at once, as does the time."""
        before = {number: signal.signal(number, self._stop) for number in STOPS}
        before[signal.SIGHUP] = signal.signal(signal.SIGHUP, self._reload)
        signal.signal(signal.SIGALRM, self._end_at_once)
        try:
            yield
        finally:
            if not self._code:
                for number, handler in before.items():
                    signal.signal(number, handler)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        if self._code:
            self._end_at_once(number, frame)
        self._code = STOPS[signal.Signals(number)]
        signal.setitimer(signal.ITIMER_REAL, LATEST_SECONDS)
        self._messages.put(self._code)

    def _end_at_once(self, number: int, _: FrameType | None) -> None:
        # What is under way is begun in the state, and looked for by the next process.
        os._exit(STOPS.get(signal.Signals(number), self._code))

    def _reload(self, _: int, __: FrameType | None) -> None:
        self._messages.put(Reload())
