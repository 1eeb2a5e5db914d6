import pytest

from tests.end_to_end.bench import bench_in
from tests.end_to_end.forks import Forks
from tests.harness.launcher import Launcher


@pytest.fixture(scope="session")
def forks():
    with Launcher() as launcher:
        yield Forks(launcher)


@pytest.fixture
def bench(tmp_path, forks):
    with bench_in(tmp_path, forks) as made:
        yield made
