import re
from functools import cache

import pytest

from tests.campaigns.crash_matrix import AS_IT_WAS, OUTCOMES, ROWS, Point, rows, rows_of, variants, violations
from tests.campaigns.report import fast
from tests.campaigns.scenes import CHANGES, SCENES, Scene

ALL = {"replace when full": 4, "replace with room": 2, "upload": 2, "make room": 2}
"""In how many items the points of a change are played; one, where it is not named."""
WHOLE = [scene for scene in CHANGES if scene.name not in ("twin removal", "approved delete")]
OTHERS = [scene for scene in ROWS if scene not in WHOLE]
SOME = 4
"""Points of each other scene in the normal run; all of them are played by the module."""


FULLY = (AS_IT_WAS, "took effect, answer lost", "did not, no answer")
"""With these outcomes all moments are played, with the others every third."""


@cache
def all_points(name: str) -> list[Point]:
    points = [point for _, point in rows(SCENES[name])]
    return [one for one in points if one.outcome in FULLY or one.moment % 3 == 0]


def broken(points, home) -> list[str]:
    with fast():
        return [each for place, point in enumerate(points) for each in violations(point, home / str(place))]


@pytest.mark.timeout(0)
@pytest.mark.parametrize(("name", "part"), [(one.name, part) for one in WHOLE for part in range(ALL.get(one.name, 1))])
def test_a_crash_at_any_moment_of_a_change_leaves_the_same_remote_as_none(tmp_path, name, part):
    points = all_points(name)[part :: ALL.get(name, 1)]
    assert points
    assert broken(points, tmp_path) == []


def chosen(scene: Scene, number: int):
    """Some points of a scene: of the plain course of things, and of something that the service can do with a write."""
    others = [one for one in variants(scene) if one.nth]
    for variant in (Point(scene), *(others[number % len(others) :][:1] if others else ())):
        points = [point for _, point in rows_of(variant)]
        step = max(1, len(points) * 2 // SOME)
        yield from points[step // 2 :: step]


@pytest.mark.parametrize("number", range(len(OTHERS)), ids=[one.name for one in OTHERS])
def test_nor_does_it_where_much_happens_at_once(tmp_path, number):
    assert broken(chosen(OTHERS[number], 5 * number), tmp_path) == []


@pytest.mark.parametrize(
    ("scene", "row"),
    [
        ("upload", r"nothing > begun \| POST"),
        ("upload", r"POST \| answer to POST"),
        ("upload", r"answer to POST \| \w+: begun > live"),
        ("delete", r"live > deleting \(removed-locally\) \| inspect"),
        ("replace when full", r"answer to DELETE \| \w+: deleting > gone"),
        ("make room", r"live > deleting \(made-room\) \| inspect"),
    ],
)
def test_the_commits_and_requests_of_a_change_are_among_the_points(scene, row):
    assert any(re.search(row, name) for name, _ in rows_of(Point(SCENES[scene])))


@pytest.mark.parametrize(("moment", "second"), [(9, 4), (14, 12), (20, 9)])
def test_a_crash_in_the_recovery_from_a_crash_changes_nothing_either(tmp_path, moment, second):
    point = Point(SCENES["everything at once"], "POST", 1, "took effect, answer lost", moment, second)
    assert violations(point, tmp_path) == []


def test_each_write_meets_whatever_the_service_can_do():
    met = {(one.kind, one.outcome) for one in variants(SCENES["replace when full"])}
    assert met == {
        ("", AS_IT_WAS),
        *((kind, each) for kind in ("POST", "DELETE") for each in OUTCOMES if each != AS_IT_WAS),
    }
