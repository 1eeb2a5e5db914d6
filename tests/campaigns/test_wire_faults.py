import pytest

from tests.campaigns.wire_faults import ENDPOINTS, KINDS, TIMES, Case, play
from tests.campaigns.wire_kinds import HANGING

SOME = [
    Case(kind, list(ENDPOINTS)[number % len(ENDPOINTS)], list(TIMES)[number // len(ENDPOINTS) % 2])
    for number, kind in enumerate(KINDS)
    # To wait for nothing takes its time: for ever they wait in the module.
    if kind not in list(HANGING)[2:]
]


@pytest.mark.parametrize("case", SOME, ids=lambda case: case.words)
def test_whatever_comes_over_the_wire(tmp_path, case):
    assert play(case, tmp_path).broken == ()
