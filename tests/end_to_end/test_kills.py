from itertools import count

import pytest

from tests.campaigns.kill_world import CHANGES
from tests.campaigns.kills import ANY_TIME, FIRST, Score, rounds

KILLS = 64
"""In the normal run; `python -m tests.campaigns.kills` makes as many as it is told."""

POINTS = {
    FIRST: "before .syncd-root has its name",
    "upload": "POST half sent",
    "replace with room": "behind commit nothing > begun",
    "replace when full": "DELETE sent",
    "delete": "before commit deleting > gone (removed-locally)",
    "evict": "behind commit live > deleting (made-room)",
    "adopt": "picture answered",
    "twin": "inspect answered",
    "rebuild": "state.db has its name",
}


@pytest.mark.timeout(600)
def test_a_process_killed_at_any_point_leaves_each_image_up_once_and_nothing_wanted_down(tmp_path):
    homes, score, broken = (tmp_path / str(number) for number in count()), Score(), []
    for _ in rounds(lambda: next(homes), score, 7, broken.extend, daemons=0.1):
        if score.kills >= KILLS and score.points.keys() == {FIRST, *CHANGES}:
            break
    assert broken == []
    assert score.hits[ANY_TIME] > 0
    assert {kind for kind, label in POINTS.items() if label not in score.points[kind]} == set()
