import re

import pytest

from tests.campaigns.crash_matrix import AS_IT_WAS, OUTCOMES, ROWS, Point, rows_of, variants, violations
from tests.campaigns.scenes import SCENES, Scene

SOME = 4
"""Points of a scene in the normal run; all of them are played by the module."""


def chosen(scene: Scene, number: int):
    """Some points of a scene: of the plain course of things, and of something that the service can do with a write."""
    others = [one for one in variants(scene) if one.nth]
    for variant in (Point(scene), *(others[number % len(others) :][:1] if others else ())):
        points = [point for _, point in rows_of(variant)]
        step = max(1, len(points) * 2 // SOME)
        yield from points[step // 2 :: step]


@pytest.mark.parametrize("number", range(len(ROWS)), ids=[scene.name for scene in ROWS])
def test_a_crash_at_any_moment_leaves_the_same_remote_as_none(tmp_path, number):
    points = enumerate(chosen(ROWS[number], 5 * number))
    assert [each for place, point in points for each in violations(point, tmp_path / str(place))] == []


@pytest.mark.parametrize(
    ("scene", "row"),
    [
        ("upload", r"nothing > begun \| leases.renew"),
        ("upload", r"leases.renew \| POST"),
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
