from itertools import chain

import pytest

from tests.simulation.directed import histories
from tests.simulation.guards import PAIRS, PLANTED, SINGLES
from tests.simulation.mutants import caught
from tests.simulation.play import play, stage


@pytest.mark.parametrize("name", histories())
def test_a_history_that_is_written_for_a_guard_breaks_nothing(name):
    with stage() as home:
        played = play(histories()[name], home, tell=True)
        assert not played.broken, "\n".join([*played.broken, *played.told])


@pytest.mark.parametrize(("mutant", "name"), PLANTED, ids=lambda value: str(getattr(value, "name", value)))
def test_a_guard_that_is_broken_is_missed_by_the_history_written_for_it(mutant, name):
    assert caught((mutant,), [(name, histories()[name])])


@pytest.mark.parametrize(
    "mutant", sorted({*SINGLES, *chain(*PAIRS)}, key=lambda one: one.name), ids=lambda one: one.name
)
def test_a_guard_that_can_be_broken_stands_where_it_is_said_to(mutant):
    with mutant.planted():
        pass
