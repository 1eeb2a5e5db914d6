from itertools import count

import pytest

from syncd.sandbox import ImageService

JPEG = b"\xff\xd8\xff\xe0"


class Clock:
    def __init__(self) -> None:
        self.seconds = 1_700_000_000.25

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make(clock, tmp_path):
    """Makes services that are all alike; with `kept`, over one and the same folder."""

    def make(*, kept=False, **how) -> ImageService:
        numbers = count(1)
        return ImageService(
            tmp_path / "data" if kept else None,
            **{"api_key": "a-key", "new_id": lambda: f"id{next(numbers)}", "now": clock} | how,
        )

    return make


@pytest.fixture
def picture():
    """Makes pictures that are all different, as far as a first look goes."""
    numbers = count(1)
    return lambda: JPEG + next(numbers).to_bytes(4, "big")
