import pytest

from tests.campaigns.crash_matrix import AS_IT_WAS, OUTCOMES, ROWS, rows, variants, violations
from tests.campaigns.scenes import CHANGES, SCENES, Scene

SOME = 9
"""Points of a scene in the normal run; all of them are played by the module."""


def chosen(scene: Scene):
    """Some points of a scene, spread over its moments and over what the service can do."""
    points = [point for _, point in rows(scene)]
    step = max(1, len(points) // SOME)
    return points[step // 2 :: step]


@pytest.mark.parametrize("scene", ROWS, ids=lambda scene: scene.name)
def test_a_crash_at_any_moment_leaves_the_same_remote_as_none(tmp_path, scene):
    broken = [each for number, point in enumerate(chosen(scene)) for each in violations(point, tmp_path / str(number))]
    assert broken == []


def test_every_change_has_its_commits_and_requests_among_the_points():
    told = {scene.name: [name for name, point in rows(scene) if not point.nth] for scene in CHANGES[:4]}
    assert all(any("> begun | POST" in name for name in told[each]) for each in ("upload", "replace with room"))
    assert any("live > deleting (removed-locally) | inspect" in name for name in told["delete"])
    assert any("answer to DELETE" in name and "deleting > gone" in name for name in told["replace when full"])


def test_each_write_meets_whatever_the_service_can_do():
    met = {(one.kind, one.outcome) for one in variants(SCENES["replace when full"])}
    assert met == {("", AS_IT_WAS), *((kind, each) for kind in ("POST", "DELETE") for each in OUTCOMES if each != AS_IT_WAS)}
