import pytest

from tests.campaigns.soak import OUTAGE, SETS, Soak, thousand


@pytest.mark.timeout(300)
def test_days_of_passes_leave_nothing_open_and_little_written(tmp_path):
    soak = Soak(tmp_path, days=0.75, passes=90, seed=2)
    soak.run()
    assert soak.violations() == []
    assert soak.restarts >= 3
    # Away, each pass asks until it knows, not for every set again and again.
    assert 0 < soak.outage_requests <= OUTAGE / soak._step * len(SETS)


def test_a_photo_takes_little_of_the_state(tmp_path):
    small, large = (thousand(tmp_path / str(sets), sets, 1, 1) for sets in (2, 22))
    assert (large - small) * 1000 / 20 < 5.0
