import pytest

from tests.simulation.mutants import PLANTED, caught
from tests.simulation.play import play_seed, stage


@pytest.mark.parametrize(("mutant", "seed"), PLANTED, ids=lambda value: str(getattr(value, "name", value)))
def test_a_guard_that_is_broken_is_missed_by_a_remembered_history(mutant, seed):
    with stage() as home:
        assert not play_seed(seed, home).broken
    assert caught((mutant,), [seed])
