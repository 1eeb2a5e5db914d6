import os

import pytest

from syncd.engine.watching import check_watches, places_to_watch
from syncd.engine.world import Places
from syncd.errors import ExitCode
from syncd.model.sets import ImageType, SetKey
from syncd.scan.discover import Folder
from syncd.watch import Place

LAYOUT = "models/{model_id}/{image_type}"
LOCAL = b"1 1 0:1 / / rw - ext4 /dev/a rw\n"


@pytest.fixture
def places(tmp_path):
    """Of ten folders five are of the layout: root, models, two models and a set."""
    for name in ("models/m1/modelInput/inner", "models/m1/other", "models/m2", "elsewhere/deep"):
        (tmp_path / "photos" / name).mkdir(parents=True)
    (tmp_path / "apart").mkdir()
    apart = Folder(SetKey("m9", ImageType.MODEL_INPUT), os.fsencode(tmp_path / "apart"))
    return Places(os.fsencode(tmp_path / "photos"), LAYOUT, (apart,))


@pytest.fixture
def check(places, tmp_path):
    def ask(limit, mode="auto", mounts=LOCAL):
        (tmp_path / "max_user_watches").write_text(limit)
        (tmp_path / "mountinfo").write_bytes(mounts)
        return check_watches(places, mode, str(tmp_path), str(tmp_path / "mountinfo"))

    return ask


def test_too_few_watches_are_told_with_the_line_that_gives_more(check):
    assert check("6\n").detail == "6 folders, and 6 may be watched"
    found = check("5\n")
    assert (found.ok, found.code) == (False, ExitCode.SOME_FAILED)
    assert found.detail.startswith("6 folders, and only 5 may be watched")
    assert "sudo sysctl -w fs.inotify.max_user_watches=65536 &&" in found.remedy


def test_where_nothing_is_watched_no_watches_are_needed(check, tmp_path):
    assert check("5", mode="poll").ok
    network = LOCAL + b"2 1 0:2 / " + os.fsencode(tmp_path / "photos") + b" rw - nfs4 x rw\n"
    assert "nfs4" in check("5", mounts=network).detail
    assert not check("5", mode="native", mounts=network).ok


def test_a_system_that_tells_no_limit_is_well(check):
    assert check("many").ok


def test_root_and_named_folders_are_watched(places, tmp_path):
    root, apart = (os.fsencode(tmp_path / name) for name in ("photos", "apart"))
    assert places_to_watch(places) == (Place(root, LAYOUT), Place(apart))
    assert places_to_watch(Places(None, LAYOUT, places.folders)) == (Place(apart),)
