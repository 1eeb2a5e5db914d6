import pytest

from tests.end_to_end.bench import bench_in


@pytest.fixture
def bench(tmp_path):
    with bench_in(tmp_path) as made:
        yield made
