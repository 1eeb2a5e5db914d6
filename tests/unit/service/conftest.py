from contextlib import ExitStack, closing

import httpx
import pytest

from syncd.model.clock import MachineClock
from syncd.service import ImageService
from tests.unit.service.peer import KEY, Peer, StillClock


@pytest.fixture
def stack():
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def peer(stack):
    """Start a peer that plays these acts."""

    def start(*acts, **options):
        return stack.enter_context(closing(Peer(*acts, **options)))

    return start


@pytest.fixture
def service(stack):
    """Make a service over real sockets; who plays a silent peer gives it a short time."""

    def make(url, **options):
        options = {"timeout_seconds": 10, **options}
        return stack.enter_context(ImageService(url, lambda: KEY, MachineClock(), **options))

    return make


@pytest.fixture
def answered(stack):
    """Make a service whose requests this function answers, in process."""

    def make(handler, clock=None, **options):
        options = {**options, "transport": httpx.MockTransport(handler)}
        service = ImageService("http://127.0.0.1:9/api", lambda: KEY, clock or StillClock(), **options)
        return stack.enter_context(service)

    return make
