from collections.abc import Iterator
from pathlib import Path

import pytest

from syncd.store import Lease, Store

from .world import KEY, T0, state


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "syncd" / "state.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with state(path) as opened:
        yield opened


@pytest.fixture
def lease(store: Store) -> Lease:
    return store.leases.acquire(KEY, T0)
