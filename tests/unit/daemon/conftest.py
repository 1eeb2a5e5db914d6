import logging

import pytest

from tests.harness.hands import HandClock


class Lines(logging.Handler):
    """A log that remembers what was written to it, as messages and as records."""

    def __init__(self):
        super().__init__()
        self.records = []

    def emit(self, record):
        self.records.append(record)

    @property
    def messages(self):
        return [record.getMessage() for record in self.records]


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def lines():
    return Lines()


@pytest.fixture
def log(lines):
    made = logging.getLogger("tests.daemon")
    made.handlers[:] = [lines]
    made.propagate = False
    made.setLevel(logging.DEBUG)
    return made
