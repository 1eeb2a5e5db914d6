"""What a pass may cost while the service is away, and the key in all that the program says (I14, I17)."""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import quote

MOST_REQUESTS = 400
MOST_IN_OUTAGE = 16
"""Requests of a pass whose every request fails: two sets, each tried four times, and the account asked for."""
MOST_LOG_BYTES = 4096
MOST_STATE_BYTES = 400_000


def forms_of(key: str) -> tuple[str, ...]:
    """Return how a key may be written."""
    return tuple({key, quote(key, safe=""), base64.b64encode(key.encode()).decode().rstrip("=")})


class _Log(logging.Handler):
    def __init__(self, told: Callable[[str], None]) -> None:
        super().__init__(logging.INFO)
        self._told = told

    def emit(self, record: logging.LogRecord) -> None:
        self._told(self.format(record))


@contextmanager
def logging_to(told: Callable[[str], None]) -> Iterator[None]:
    """Hear every line of any log, from INFO on."""
    root, handler = logging.getLogger(), _Log(told)
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(before)


class Effort:
    """Part of a realm: counts what a pass asks and logs."""

    def begin_effort(self) -> None:
        """A pass begins."""
        self.logged, self._away_before = 0, self.wire.down

    def hear(self, line: str) -> None:
        """A line was logged."""
        self.logged += len(line) + 1
        self.oracle.check_words(line)

    def check_effort(self) -> None:
        """Check what a pass took that is over."""
        asked = len(self.wire.asked)
        away = bool(self._away_before) and self.wire.down == self._away_before
        if away:
            self.saw("pass in an outage")
        most = MOST_IN_OUTAGE if away else MOST_REQUESTS
        if asked > most:
            self.oracle.say(f"I17: {asked} requests in one pass{' of an outage' if away else ''}")
        if self.logged > MOST_LOG_BYTES:
            self.oracle.say(f"I17: {self.logged} bytes logged in one pass")

    def check_state(self) -> None:
        """Check the state that a history leaves behind."""
        if self.state.exists() and (size := self.state.stat().st_size) > MOST_STATE_BYTES:
            self.oracle.say(f"I17: the state takes {size} bytes")
        for each in self.state.parent.iterdir():
            data = each.read_bytes()
            if any(form.encode() in data for form in self.secrets):
                self.oracle.say("I14: the key lies in the state")
