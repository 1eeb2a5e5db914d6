from random import Random

import pytest

from syncd.daemon.breaker import Breaker


@pytest.fixture
def breaker(clock):
    return Breaker(clock, None, limit=3, first=10, longest=60)


def fail(breaker, times):
    for _ in range(times):
        breaker.fail()


def test_a_few_failures_hold_nothing_back(breaker):
    fail(breaker, 2)
    assert (breaker.wait(), breaker.is_open) == (0, False)


def test_too_many_in_a_row_let_one_try_through_after_a_pause(breaker, clock):
    fail(breaker, 3)
    assert breaker.wait() == 10
    clock.advance(9)
    assert breaker.wait() == pytest.approx(1)
    clock.advance(1)
    # One may go, and the others wait for what becomes of it.
    assert (breaker.wait(), breaker.wait() > 0) == (0, True)


def test_pauses_grow_up_to_the_longest(breaker, clock):
    fail(breaker, 3)
    pauses = []
    for _ in range(5):
        pauses.append(breaker.wait())
        clock.advance(pauses[-1])
        assert breaker.wait() == 0
        breaker.fail()
    assert pauses == [10, 20, 40, 60, 60]


def test_a_success_between_failures_begins_anew(breaker):
    fail(breaker, 2)
    assert breaker.succeed() is False
    fail(breaker, 2)
    assert breaker.wait() == 0
    fail(breaker, 1)
    assert breaker.succeed() is True
    assert breaker.wait() == 0


def test_what_the_service_asks_for_is_waited_at_least(breaker):
    fail(breaker, 2)
    breaker.fail(asked=300)
    assert breaker.wait() == 300


def test_a_probe_goes_at_once(breaker):
    fail(breaker, 3)
    breaker.probe()
    assert (breaker.wait(), breaker.wait() > 0) == (0, True)


def test_with_a_chance_the_pauses_are_anywhere_below(clock):
    pauses = []
    for seed in range(50):
        breaker = Breaker(clock, Random(seed), limit=1, first=10, longest=60)
        breaker.fail()
        pauses.append(breaker.wait())
    assert all(0 <= pause <= 10 for pause in pauses)
    assert max(pauses) > 8
    assert min(pauses) < 2
