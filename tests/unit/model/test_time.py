import pytest

from syncd.model.time import UNNAMED, Instant

THEN = Instant(1_000_000.0, "first", 500.0)


@pytest.mark.parametrize(
    ("now", "age"),
    [
        (Instant(1_000_030.0, "first", 530.0), 30),
        (Instant(9_000_000.0, "first", 530.0), 30),
        (Instant(5.0, "first", 530.0), 30),
        (Instant(1_000_300.0, "second", 20.0), 300),
        (Instant(5.0, "second", 90.0), 90),
        (Instant(1_000_010.0, "second", 90.0), 90),
        (Instant(5.0, f"{UNNAMED}1", 90_000.0), 0),
    ],
)
def test_an_age_is_what_no_clock_that_was_set_can_make_younger_than_this_boot(now, age):
    assert THEN.age_at(now) == age
