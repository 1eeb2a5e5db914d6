import pytest

from .scene import Scene


@pytest.fixture
def scene(tmp_path):
    """Make a scene and watch it, to the end of the test."""
    made = []

    def start(*, begin=True, base=tmp_path, **how):
        one = Scene(base, **how)
        made.append(one)
        if begin:
            one.watch.start()
        return one

    yield start
    for one in made:
        one.watch.stop()
