import pytest

from tests.campaigns.fault_at_n import FAMILIES, Case, play
from tests.campaigns.scenes import SCENES

SOME = {
    "files": (2, 11, 23),
    "files, in a dry run": (4, 13),
    "database": (3, 17, 40),
    "http": (1, 4, 9),
    "clock": (1, 8),
}
"""Which calls fail in the normal run; all of them do in the module."""
PLACES = ("everything at once", "replace when full", "held")


@pytest.mark.parametrize("place", range(len(PLACES)), ids=PLACES)
@pytest.mark.parametrize("family", FAMILIES)
def test_a_call_that_fails_breaks_no_law_and_is_made_up_for(tmp_path, family, place):
    broken = []
    for number, nth in enumerate(SOME[family]):
        kinds = FAMILIES[family]
        # Each place and number has another kind, so that all of them are met.
        kind = kinds[(place + number * len(PLACES)) % len(kinds)]
        case = Case(SCENES[PLACES[place]], family, kind, nth, lasting=bool(number % 2) and family != "clock")
        broken += play(case, tmp_path / str(number)).broken
    assert broken == []


def test_the_faults_really_strike(tmp_path):
    struck = [
        play(Case(SCENES["upload"], family, FAMILIES[family][0], 2), tmp_path / family).hit for family in FAMILIES
    ]
    assert all(struck), struck
