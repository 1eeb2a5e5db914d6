import os

import pytest

from syncd.engine.targets import find_targets, locate, select
from syncd.engine.world import Places, Target
from syncd.scan.discover import Folder
from tests.world import key_of

OUTER, INNER = key_of("m42/auxiliaryType"), key_of("m42/modelInput")


def nested(tmp_path):
    """Two sets, one in the other's folder, in either order of their keys."""
    (tmp_path / "x" / "y").mkdir(parents=True)
    outer, inner = os.fsencode(tmp_path / "x"), os.fsencode(tmp_path / "x" / "y")
    return [Target(Folder(OUTER, outer)), Target(Folder(INNER, inner))], Places(None, "", ()), os.fsencode(tmp_path)


def test_of_nested_sets_a_path_means_the_innermost(tmp_path):
    targets, _, here = nested(tmp_path)
    for order in (targets, targets[::-1]):
        for path, key, name in ((b"x/y/1.jpg", INNER, b"1.jpg"), (b"x/y", INNER, b""), (b"x/1.jpg", OUTER, b"1.jpg")):
            target, inside = locate(order, os.path.join(os.path.realpath(here), path))
            assert (target.key, inside) == (key, name)


def test_a_set_chosen_by_its_folder_comes_with_those_below_it_and_not_with_the_one_around(tmp_path):
    targets, places, here = nested(tmp_path)
    assert [one.key for one in select(targets, places, ["x/y"], here)] == [INNER]
    assert [one.key for one in select(targets, places, ["x"], here)] == [OUTER, INNER]
    assert [one.key for one in select(targets, places, ["x/1.jpg"], here)] == [OUTER]


@pytest.mark.parametrize("linked", [False, True], ids=["plain", "by a link"])
@pytest.mark.parametrize("recorded", [(), (INNER,)], ids=["new", "recorded"])
def test_a_folder_that_the_configuration_gives_to_one_set_is_not_that_of_another(tmp_path, recorded, linked):
    folder = tmp_path / "models" / "m42" / "modelInput"
    folder.mkdir(parents=True)
    root, layout = os.fsencode(tmp_path), "models/{model_id}/{image_type}"
    (tmp_path / "link").symlink_to(folder)
    given = Folder(OUTER, os.fsencode(tmp_path / "link" if linked else folder))
    targets, _ = find_targets(Places(root, layout, (given,)), recorded)
    assert {one.key: one.folder.path for one in targets} == {OUTER: given.path, **dict.fromkeys(recorded, b"")}
