import os

import pytest

from syncd.config.ignore import compile_patterns
from syncd.model.names import natural_key
from syncd.scan.discover import discover, folder_of
from tests.unit.scan.conftest import KEY

LAYOUT = "models/{model_id}/{image_type}"


@pytest.fixture
def root(tmp_path):
    made = tmp_path / "root"
    made.mkdir()
    return made


def look(root, layout=LAYOUT):
    found = discover(os.fsencode(root), layout, compile_patterns())
    keys = [str(folder.key) for folder in found.folders]
    notes = {os.fsdecode(os.path.relpath(note.path, os.fsencode(root))): str(note.reason) for note in found.notes}
    return keys, notes


def put(path, data=b"x"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def test_sets_are_found_by_the_layout_in_order(root):
    for each in ("b/modelInput", "a/auxiliaryType", "a/modelInput"):
        (root / "models" / each).mkdir(parents=True)
    assert look(root) == (["a/auxiliaryType", "a/modelInput", "b/modelInput"], {})


@pytest.mark.parametrize("name", ["modelinput", "ModelInput", "input", "output", "auxiliary", "model Input", "photos"])
def test_other_type_names_are_told_and_not_synced(root, name):
    put(root / "models" / "m42" / name / "a.jpg")
    assert look(root) == ([], {f"models/m42/{name}": "not-in-a-set"})


@pytest.mark.parametrize("name", ["a b", "m%2F", "ü", "a?b", "x" * 129, "a\nb"])
def test_names_that_cannot_be_model_ids_are_told_and_not_synced(root, name):
    (root / "models" / name / "modelInput").mkdir(parents=True)
    keys, notes = look(root)
    assert (keys, list(notes.values())) == ([], ["not-in-a-set"])


def test_photos_outside_a_set_are_told_and_other_files_are_not(root):
    for each in ("a.JPG", "notes.txt", "models/b.png", "models/m42/c.heic", "models/m42/readme.md"):
        put(root / each)
    assert look(root) == ([], dict.fromkeys(["a.JPG", "models/b.png", "models/m42/c.heic"], "not-in-a-set"))


def test_the_layouts_folder_in_another_case_is_told_and_other_folders_of_the_root_are_not(root):
    put(root / "Models" / "m42" / "modelInput" / "a.jpg")
    put(root / "other" / "a.jpg")
    assert look(root) == ([], {"Models": "not-in-a-set"})


def test_links_below_the_root_are_told_and_not_followed(root, tmp_path):
    (tmp_path / "real" / "modelInput").mkdir(parents=True)
    (root / "models").mkdir()
    (root / "models" / "m1").symlink_to(tmp_path / "real")
    (root / "models" / "m2").mkdir()
    (root / "models" / "m2" / "modelInput").symlink_to(tmp_path / "real" / "modelInput")
    (root / "models" / "m2" / "auxiliaryType").symlink_to("auxiliaryType")
    links = ["models/m1", "models/m2/auxiliaryType", "models/m2/modelInput"]
    assert look(root) == ([], dict.fromkeys(links, "link"))


def test_links_that_lead_in_a_circle_end(root):
    (root / "models" / "m42").mkdir(parents=True)
    (root / "models" / "m42" / "modelInput").mkdir()
    (root / "models" / "loop").symlink_to(root)
    assert look(root) == (["m42/modelInput"], {"models/loop": "link"})


def test_a_root_that_is_a_link_is_followed(root, tmp_path):
    (root / "models" / "m42" / "modelInput").mkdir(parents=True)
    (tmp_path / "link").symlink_to(root)
    assert look(tmp_path / "link")[0] == ["m42/modelInput"]


def test_a_file_in_a_folders_place_is_told(root):
    put(root / "models" / "m42")
    assert look(root) == ([], {"models/m42": "not-in-a-set"})


def test_what_is_ignored_is_not_told(root):
    (root / "models" / ".trash" / "modelInput").mkdir(parents=True)
    put(root / ".cover.jpg")
    (root / ".syncd-root").write_text("x")
    assert look(root) == ([], {})


def test_a_missing_root_holds_nothing_and_breaks_nothing(root):
    root.rmdir()
    assert look(root) == ([], {})


def test_another_layout_is_read_and_filled_alike(root):
    layout = "{image_type}/of/{model_id}"
    (root / "modelInput" / "of" / "m42").mkdir(parents=True)
    assert look(root, layout)[0] == ["m42/modelInput"]
    assert folder_of(os.fsencode(root), layout, KEY).path == os.fsencode(root / "modelInput" / "of" / "m42")


def test_names_are_ordered_as_people_count():
    names = [b"img10", b"IMG9", b"img2", b"img02", b"a", b"img", b"B", "ä".encode(), b"\xff", b"10", b"9"]
    assert sorted(names, key=natural_key) == [
        b"9",
        b"10",
        b"a",
        b"B",
        b"img",
        b"img02",
        b"img2",
        b"IMG9",
        b"img10",
        "ä".encode(),
        b"\xff",
    ]


def test_digits_of_other_scripts_are_letters():
    arabic = "img\u0661".encode()
    assert sorted([arabic, b"img2", b"img1"], key=natural_key) == [b"img1", b"img2", arabic]
