from random import Random

import pytest

from syncd.daemon.listings import Listings
from tests.world import key_of

KEYS = [key_of(f"m{number}/modelInput") for number in range(100)]


@pytest.fixture
def listings(clock):
    made = Listings(clock, Random(7), 900)
    for key in KEYS:
        made.note(key)
    return made


def due_in_steps(listings, clock, seconds, step=45):
    found = []
    for _ in range(seconds // step):
        clock.advance(step)
        due = listings.due(KEYS)
        for key in due:
            listings.note(key)
        found.append(due)
    return found


def test_no_listing_is_older_than_the_period_and_they_are_spread(listings, clock):
    steps = due_in_steps(listings, clock, 900)
    assert sorted(key for step in steps for key in step if key) == sorted(KEYS)
    assert max(map(len, steps)) < 20
    later = due_in_steps(listings, clock, 9000)
    counts = [sum(key in step for step in later) for key in KEYS]
    assert (min(counts) >= 9, max(counts) <= 12) == (True, True)


def test_a_set_that_was_listed_meanwhile_is_not_due(listings, clock):
    clock.advance(800)
    for key in KEYS:
        listings.note(key)
    clock.advance(100)
    assert listings.due(KEYS) == []


def test_what_is_due_is_handed_out_once_and_only_while_it_exists(listings, clock):
    clock.advance(901)
    assert listings.due(KEYS[:10]) == KEYS[:10]
    assert listings.due(KEYS) == []
