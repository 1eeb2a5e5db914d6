import os

import pytest

from syncd.config.ignore import compile_patterns
from syncd.daemon.sets import Sets
from syncd.engine.world import Places
from syncd.model.sets import ImageType, SetKey
from syncd.scan.discover import Folder

M1, M2 = (SetKey(name, ImageType.MODEL_INPUT) for name in ("m1", "m2"))
APART = SetKey("apart", ImageType.AUXILIARY)


@pytest.fixture
def root(tmp_path):
    (tmp_path / "models/m1/modelInput").mkdir(parents=True)
    (tmp_path / "apart").mkdir()
    return os.fsencode(tmp_path)


@pytest.fixture
def sets(root):
    folders = (Folder(APART, root, (b"apart",)),)
    places = Places(root, "models/{model_id}/{image_type}", folders)
    return Sets(places, lambda: (), compile_patterns(["m1", "*.raw"]))


def test_a_path_belongs_to_a_set_from_its_first_file_on(sets, root):
    sets.refresh()
    photo = root + b"/models/m2/modelInput/a.jpg"
    assert sets.at(photo) is None
    os.makedirs(os.path.dirname(photo))
    assert sets.at(photo) == M2
    assert sets.target(M2).folder.path == os.path.dirname(photo)
    assert sets.changed() == [APART, M1, M2]


def test_a_named_folder_is_known_before_the_first_look(sets, root):
    assert sets.at(root + b"/apart/a.jpg") == APART
    assert sets.target(APART).folder.parts == (b"apart",)


def test_a_set_that_is_gone_is_known_until_the_next_look(sets, root):
    sets.refresh()
    folder = root + b"/models/m1/modelInput"
    os.rmdir(folder)
    assert sets.at(folder) == M1
    sets.refresh()
    assert sets.at(folder) is None


def test_what_lies_above_or_beside_sets_belongs_to_none(sets, root):
    sets.refresh()
    for name in (b"", b"/models", b"/models/m1", b"/models/m1/notes.txt", b"/other/m1/modelInput/a.jpg"):
        assert sets.at(root + name) is None


def test_what_is_ignored_are_files_and_not_folders_of_sets(sets, root):
    sets.refresh()
    assert sets.all() == [APART, M1]
    for key in sets.all():
        sets.remember(key, sets.sight(sets.target(key)))
    with open(root + b"/models/m1/modelInput/a.raw", "wb"):
        pass
    assert sets.changed() == []
    with open(root + b"/models/m1/modelInput/a.jpg", "wb"):
        pass
    assert sets.changed() == [M1]
