from syncd.images.decoder import HERE
from tests.campaigns.fuzz import ALL, play

EACH = 40
"""Files of every format in the normal run; the module plays as many as there is time for."""


def test_broken_files_break_no_rule():
    assert [(name, rule) for name, _, rule in play(1, EACH, HERE)] == []
    assert len(ALL) == 17
