import pytest

from tests.campaigns.wire_faults import ENDPOINTS, KINDS, TIMES, Case, play
from tests.campaigns.wire_kinds import HANGING

SOME = [
    Case(kind, list(ENDPOINTS)[number % len(ENDPOINTS)], list(TIMES)[number // len(ENDPOINTS) % 2])
    for number, kind in enumerate(KINDS)
    # To wait takes its time, and one 5xx is like another: the module plays them all.
    if kind not in {*list(HANGING)[2:], "501 JSON", "502 JSON", "504 JSON", "HTML 403", "HTML 503", "422", "a list"}
]


@pytest.mark.parametrize("case", SOME, ids=lambda case: case.words)
def test_whatever_comes_over_the_wire(tmp_path, case):
    assert play(case, tmp_path).broken == ()
