from datetime import UTC, datetime, timedelta
from random import Random
from threading import Event

import pytest

from syncd.daemon.timetable import Timetable, _Every


@pytest.fixture
def timetable():
    made = Timetable(Random(5))
    yield made
    made.stop()


def test_what_is_due_again_and_again_is_called_again_and_again(timetable):
    calls, enough = [], Event()

    def call():
        calls.append(1)
        if len(calls) == 3:
            enough.set()

    timetable.every("often", 0.01, call)
    timetable.start()
    assert enough.wait(60)


def test_hurry_lets_everything_be_due_now(timetable):
    called = Event()
    timetable.every("seldom", 86400, called.set)
    timetable.start()
    assert not called.is_set()
    timetable.hurry()
    assert called.wait(60)


def test_a_clock_that_was_set_far_ahead_is_made_up_for_once():
    trigger = _Every(60, Random(5))
    before, now = datetime(2026, 1, 1, tzinfo=UTC), datetime(2032, 1, 1, tzinfo=UTC)
    assert timedelta(seconds=54) <= trigger.get_next_fire_time(before, now) - now <= timedelta(seconds=60)
