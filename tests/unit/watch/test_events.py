"""What is heard of, with the events of the system."""

import os
import shutil
from itertools import pairwise

import pytest

from syncd.config.ignore import compile_patterns
from syncd.scan.discover import fits
from syncd.watch import Mode, Place, Rules

from .scene import LAYOUT

TEMPORARY = [
    ".a.jpg.Xk29Qz",  # rsync
    "a.jpg~",  # editors
    ".a.jpg.swp",
    "#a.jpg#",
    ".goutputstream-1KXS81",
    "a.jpg.crdownload",  # browsers
    "a.jpg.part",
    "a.jpg.opdownload",
    ".syncthing.a.jpg.tmp",  # Syncthing
    "~syncthing~a.jpg.tmp",
    ".dropbox.attr",  # Dropbox
    ".a.jpg.~5ea1",  # Nextcloud
]


@pytest.fixture
def seen(scene):
    return scene()


def test_whatever_changes_a_set_is_heard_of(seen):
    a, b = seen.path("models/m1/modelInput/a.jpg"), seen.path("models/m1/modelInput/b.jpg")
    assert seen.heard_of(lambda: seen.write(a)) == {a}
    assert seen.heard_of(lambda: seen.write(a, b"again")) == {a}
    assert seen.heard_of(lambda: os.rename(a, b)) == {a, b}
    assert seen.heard_of(lambda: os.chmod(b, 0o600)) == {seen.folder}
    assert seen.heard_of(lambda: os.link(b, a)) == {a}
    assert seen.heard_of(lambda: os.unlink(b)) == {b}


def test_reading_is_not_heard_of(seen):
    seen.write("models/m1/modelInput/a.jpg")

    def read():
        for folder, _, names in os.walk(seen.root):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    file.read()

    assert seen.heard_of(read) == set()


def test_every_write_to_an_open_file_is_heard_of_and_its_end(seen):
    path = seen.path("models/m1/modelInput/slow.jpg")
    with open(path, "wb", buffering=0) as file:
        seen.probe()
        assert seen.ears.writing[path]
        for _ in range(3):
            assert seen.heard_of(lambda: file.write(b"more")) == {path}
            os.chmod(path, 0o600)
            seen.probe()
            assert seen.ears.writing[path]
    seen.probe()
    assert not seen.ears.writing[path]


def test_what_is_whole_when_it_comes_is_not_being_written(seen):
    first, linked, moved, soft = (os.path.join(seen.folder, name) for name in (b"a", b"b", b"c", b"d"))
    seen.write(first)
    os.link(first, linked)
    os.symlink(first, soft)
    seen.write(seen.path("d.jpg"))
    os.rename(seen.path("d.jpg"), moved)
    seen.probe()
    assert not any(seen.ears.writing[path] for path in (first, linked, moved, soft))


def test_whoever_removes_or_moves_away_an_open_file_ends_its_writing(seen):
    removed, moved, became = (os.path.join(seen.folder, name) for name in (b"a", b"b", b"c"))
    with open(removed, "wb", buffering=0) as one, open(moved, "wb", buffering=0) as other:
        one.write(b"x")
        other.write(b"x")
        os.unlink(removed)
        os.rename(moved, became)
        seen.probe()
        assert not any(seen.ears.writing[path] for path in (removed, moved, became))
        other.write(b"x")
        seen.probe()
        assert seen.ears.writing[became]


@pytest.mark.parametrize("name", TEMPORARY)
def test_temporary_names_are_not_heard_of_but_what_they_become_is(seen, name):
    half, whole = os.path.join(seen.folder, name.encode()), os.path.join(seen.folder, b"a.jpg")
    assert seen.heard_of(lambda: seen.write(half)) == set()
    assert seen.heard_of(lambda: os.rename(half, whole)) == {whole}
    assert seen.heard_of(lambda: os.rename(whole, half)) == {whole}


def test_a_storm_of_renames_ends_heard_of(seen):
    names = [os.path.join(seen.folder, b"%d.jpg" % number) for number in range(200)]
    seen.write(names[0])

    def storm():
        for before, after in pairwise(names):
            os.rename(before, after)

    assert seen.heard_of(storm) == set(names)


def test_names_need_not_be_text(seen):
    path = os.path.join(seen.folder, b"\xff\xfe.jpg")
    assert seen.heard_of(lambda: seen.write(path)) == {path}


def test_what_lies_beside_the_sets_is_not_heard_of(seen):
    def work():
        seen.write("state.db")
        seen.write("state.db", b"more")
        os.unlink(seen.path("state.db"))
        seen.write("models/m1/notes.txt")
        seen.write("models/photo.jpg")
        seen.make("models/m1/other")
        seen.make("elsewhere/deep")
        seen.make("models/.hidden/modelInput")
        seen.make("models/m1~/modelInput")

    before = seen.watch.state.folders
    assert seen.heard_of(work) == set()
    assert seen.watch.state.folders == before


def test_what_a_person_has_ignored_is_files_and_not_folders_of_sets(scene):
    seen = scene(rules=Rules(fits, compile_patterns(["m1", "a.*"])))
    a, b = seen.path("models/m1/modelInput/a.jpg"), seen.path("models/m1/modelInput/b.jpg")
    assert seen.heard_of(lambda: (seen.write(a), seen.write(b))) == {b}


def test_a_folder_in_a_set_is_heard_of_and_what_is_in_it_is_not(seen):
    inner = seen.path("models/m1/modelInput/inner")
    assert seen.heard_of(lambda: os.mkdir(inner)) == {inner}
    assert seen.heard_of(lambda: seen.write("models/m1/modelInput/inner/a.jpg")) == set()
    assert seen.heard_of(lambda: os.rename(inner + b"/a.jpg", inner + b"/../a.jpg")) == {seen.folder + b"/a.jpg"}


def test_folders_that_appear_with_files_in_them(seen, tmp_path):
    for number in range(50):
        model = seen.path(f"models/new{number}")

        def appear(model=model):
            os.makedirs(model + b"/modelInput")
            seen.write(model + b"/modelInput/a.jpg")

        assert model in seen.heard_of(appear)
    seen.hears_everything()


def test_copying_and_moving_whole_models(seen, tmp_path):
    outside = os.path.join(os.fsencode(tmp_path), b"outside")
    seen.write("models/m1/modelInput/a.jpg")
    m1, m2, m3 = (seen.path(f"models/{name}") for name in ("m1", "m2", "m3"))
    assert m2 in seen.heard_of(lambda: shutil.copytree(m1, m2))
    seen.hears_everything()
    assert {m2, m3} <= seen.heard_of(lambda: os.rename(m2, m3))
    seen.hears_everything()
    assert m3 in seen.heard_of(lambda: os.rename(m3, outside))
    assert seen.heard_of(lambda: seen.write(outside + b"/modelInput/b.jpg")) == set()
    assert m3 in seen.heard_of(lambda: os.rename(outside, m3))
    seen.hears_everything()
    assert m3 in seen.heard_of(lambda: shutil.rmtree(m3))


def test_a_folder_that_may_be_read_again_is_heard_of(seen):
    for folder in (seen.folder, seen.root):
        os.chmod(folder, 0)
        assert folder in seen.heard_of(lambda folder=folder: os.chmod(folder, 0o755))


def test_the_root_may_be_a_link_and_below_it_none_is_followed(scene, tmp_path):
    far, link = os.fsencode(tmp_path / "far"), os.fsencode(tmp_path / "link")
    os.makedirs(far + b"/modelInput")
    os.symlink(b"root", link)
    seen = scene(places=[Place(link, LAYOUT)])
    photo = link + b"/models/m1/modelInput/a.jpg"
    seen.root, seen.quiet = link, link + b"/models/quiet/modelInput"
    assert seen.heard_of(lambda: seen.write(photo)) == {photo}
    os.symlink(far, link + b"/models/m2")
    assert seen.heard_of(lambda: seen.write(link + b"/models/m2/modelInput/a.jpg")) == set()


def test_single_sets_lie_anywhere_also_below_the_root(scene, tmp_path):
    apart, within = (os.fsencode(tmp_path / name) for name in ("apart", "root/within"))
    again = os.fsencode(tmp_path / "root/models/m1/modelInput")
    for folder in (apart, within):
        os.makedirs(folder)
    root = os.fsencode(tmp_path / "root")
    os.makedirs(again)
    seen = scene(places=[Place(again), Place(root, LAYOUT), Place(apart), Place(within), Place(again)])
    for folder in (apart, within, again):
        assert seen.heard_of(lambda folder=folder: seen.write(folder + b"/a.jpg")) == {folder + b"/a.jpg"}
    assert seen.watch.state.mode is Mode.NATIVE


def test_where_places_overlap_each_hears_all_that_it_asked_for(scene, tmp_path):
    root, model = (os.fsencode(tmp_path / name) for name in ("root", "root/models/m1"))
    os.makedirs(model)
    photo = model + b"/a.jpg"
    for places in ([Place(model), Place(root, LAYOUT)], [Place(root, LAYOUT), Place(model)]):
        seen = scene(places=places)
        seen.write(photo)
        assert seen.heard_of(lambda seen=seen: seen.write(photo, b"more")) == {photo}


def test_nothing_is_heard_of_at_the_start_and_after_the_end(seen):
    assert seen.ears.heard == []
    seen.watch.stop()
    seen.write("models/m1/modelInput/a.jpg")
    seen.watch.look()
    assert seen.ears.heard == []
