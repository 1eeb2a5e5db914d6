import pytest

from syncd.daemon.jumps import Jumps, Times


@pytest.mark.parametrize(
    ("later", "told"),
    [
        (Times(1060, 560, 360), None),
        (Times(1062, 560, 360), None),
        (Times(1000 + 60, 500 + 60, 300 + 10), "this machine was asleep"),
        (Times(1000 + 3600, 500 + 60, 300 + 60), "the clock was set"),
        (Times(1000 - 86400, 500 + 60, 300 + 60), "the clock was set"),
    ],
    ids=["time went by", "a second of drift", "asleep", "set forward", "set back"],
)
def test_clocks_that_part_mean_something(later, told):
    times = iter([Times(1000, 500, 300), later, later])
    jumps = Jumps(lambda: next(times))
    assert [jumps.look(), jumps.look()] == [told, None]
