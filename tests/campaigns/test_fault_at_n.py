import pytest

from tests.campaigns.fault_at_n import DRY, FAMILIES, Case, play
from tests.campaigns.scenes import SCENES

SOME = {"files": (2, 11, 23), DRY: (4, 13), "database": (3, 17), "http": (1, 3), "clock": (2,)}
"""Which calls fail in the normal run; all of them do in the module."""
PLACES = ("everything at once", "replace when full", "held")


@pytest.mark.parametrize("place", range(len(PLACES)), ids=PLACES)
@pytest.mark.parametrize("family", FAMILIES)
def test_a_call_that_fails_breaks_no_law_and_is_made_up_for(tmp_path, family, place):
    kinds = FAMILIES[family]
    for number, nth in enumerate(SOME[family]):
        # Each place and number has another kind, so that all of them are met.
        kind = kinds[(place + number * len(PLACES)) % len(kinds)]
        case = Case(SCENES[PLACES[place]], family, kind, nth, lasting=bool(number % 2) and family != "clock")
        outcome = play(case, tmp_path / str(number))
        assert outcome.hit, f"{case.words}: the pass has fewer calls"
        assert outcome.broken == ()
