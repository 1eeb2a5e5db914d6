import pytest

from tests.world import World


@pytest.fixture
def world(tmp_path):
    """A world with one model, m42."""
    made = World(tmp_path)
    yield made
    made.end()
    assert not made.checks.broken
