import os

import pytest

from syncd.config.ignore import compile_patterns
from syncd.daemon.sets import Sets
from syncd.engine.world import Places
from syncd.scan.discover import Folder
from tests.world import key_of

FIRST, OUTSIDE = key_of("m42/modelInput"), key_of("m1/auxiliaryType")


@pytest.fixture
def place(tmp_path):
    (tmp_path / "photos/models/m42/modelInput").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    return tmp_path


@pytest.fixture
def sets(place):
    outside = Folder(OUTSIDE, os.fsencode(place / "elsewhere"))
    places = Places(os.fsencode(place / "photos"), "models/{model_id}/{image_type}", (outside,))
    made = Sets(places, tuple, compile_patterns(()))
    made.refresh()
    return made


def remember(sets):
    for key in sets.all():
        sets.remember(key, sets.sight(sets.target(key)))


def test_a_path_leads_to_its_set(sets, place):
    folder = os.fsencode(place / "photos/models/m42/modelInput")
    assert sets.at(folder) == sets.at(folder + b"/a.jpg") == FIRST
    assert sets.at(os.fsencode(place / "elsewhere/x.png")) == OUTSIDE
    for above in ("photos", "photos/models/m42", "photos/models/m43/modelInput/a.jpg"):
        assert sets.at(os.fsencode(place / above)) is None


def test_a_set_is_changed_until_it_was_passed_over_and_once_its_folder_is(sets, place):
    assert sets.changed() == [OUTSIDE, FIRST]
    remember(sets)
    assert sets.changed() == []
    photo = place / "photos/models/m42/modelInput/a.jpg"
    photo.write_bytes(b"1")
    assert sets.changed() == [FIRST]
    remember(sets)
    photo.write_bytes(b"2")
    os.utime(photo, ns=(0, 0))
    assert sets.changed() == [FIRST]
    remember(sets)
    sets.remember(OUTSIDE, None)
    assert sets.changed() == [OUTSIDE]


def test_what_is_ignored_changes_nothing_and_a_lost_folder_does(sets, place):
    remember(sets)
    (place / "elsewhere/.hidden").touch()
    (place / "elsewhere/half.part").touch()
    assert sets.changed() == []
    (place / "elsewhere").rename(place / "gone")
    assert sets.changed() == [OUTSIDE]


def test_sets_come_and_go(sets, place):
    remember(sets)
    (place / "photos/models/m43/auxiliaryType").mkdir(parents=True)
    os.rename(place / "photos/models/m42", place / "photos/models/m44")
    sets.refresh()
    assert [str(key) for key in sets.all()] == ["m1/auxiliaryType", "m43/auxiliaryType", "m44/modelInput"]
    assert (sets.target(FIRST), [str(key) for key in sets.changed()]) == (None, ["m43/auxiliaryType", "m44/modelInput"])
