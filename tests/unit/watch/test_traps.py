"""The ways in which a watch goes blind while it looks alive."""

import os
import random
import shutil

import pytest

from syncd.config.ignore import compile_patterns
from syncd.scan.discover import fits
from syncd.watch import Mode, Place, Rules
from syncd.watch.watch import RENEW_SECONDS
from tests.unit.service.peer import StillClock

from .scene import LAYOUT


def test_a_folder_that_was_moved_away_while_another_took_its_name(scene):
    seen = scene()
    one, trash = seen.path("models/x"), seen.path("models/trash")
    os.makedirs(one + b"/modelInput")
    seen.probe()
    os.rename(one, trash)
    os.mkdir(one)
    os.rmdir(one)
    shutil.rmtree(trash)
    seen.hears_everything()
    assert seen.watch.state.folders == 6


def test_a_folder_that_was_moved_into_one_that_no_one_watched_yet(scene):
    seen = scene()
    with seen.watch._lock:
        # The reader waits, so that it meets the moved folder at its new place first.
        os.mkdir(seen.path("models/y"))
        os.rename(seen.folder, seen.path("models/y/modelInput"))
        os.mkdir(seen.path("models/m1/modelInput"))
    seen.hears_everything()


def test_a_folder_that_appears_while_the_others_are_listed(scene):
    late = []

    def make_one_late(name, level):
        if level == "{model_id}" and len(late) < 2:
            late.append(seen.make(f"models/late{len(late)}/modelInput"))
        return fits(name, level)

    seen = scene(begin=False, rules=Rules(make_one_late, compile_patterns()))
    seen.watch.start()
    assert len(late) == 2
    seen.hears_everything()


def mkdir(chance, some, other):
    os.makedirs(other)


def rename(chance, some, other):
    os.rename(some, other)


def remove(chance, some, other):
    shutil.rmtree(some)


def copy(chance, some, other):
    shutil.copytree(some, other)


def replace(chance, some, other):
    os.rename(some, other)
    os.makedirs(some)


def leave_and_return(chance, some, other):
    outside = os.path.join(os.path.dirname(os.path.dirname(some)), b"outside%d" % chance.getrandbits(60))
    os.rename(some, outside)
    os.rename(outside, chance.choice((some, other)))


@pytest.mark.parametrize("seed", range(4))
def test_folders_that_come_and_go_and_move_at_random(scene, seed):
    seen, chance = scene(), random.Random(seed)
    models = seen.path("models")
    acts = (mkdir, mkdir, rename, remove, copy, replace, leave_and_return)
    for _ in range(400):
        folders = [os.path.join(models, b"n%d" % each) for each in range(6)]
        folders += [os.path.join(folder, b"modelInput") for folder in folders]
        try:
            chance.choice(acts)(chance, chance.choice(folders), chance.choice(folders))
        except (OSError, shutil.Error):
            continue
    seen.hears_everything()
    assert seen.watch.state.folders == len(folders_to_watch(seen.root))


def folders_to_watch(root):
    models = [entry.path for entry in os.scandir(os.path.join(root, b"models"))]
    sets = [entry.path for model in models for entry in os.scandir(model) if entry.name == b"modelInput"]
    return [root, os.path.join(root, b"models"), *models, *sets]


def overflow(seen, outside):
    """Let more happen than the system remembers, so that what comes then is lost."""
    paths = [seen.write("models/m1/modelInput/a.jpg"), seen.write("models/m1/modelInput/b.jpg")]
    with open("/proc/sys/fs/inotify/max_queued_events") as file:
        most = int(file.read())
    if most > 200_000:
        pytest.skip("the system remembers too much")
    with seen.watch._lock:
        for _ in range(most):
            for path in paths:
                os.utime(path)
        seen.make("models/lost/modelInput")
        os.rename(seen.path("models/m2"), outside)


def test_an_overflow_has_everything_looked_at_and_watched(scene, tmp_path):
    seen, outside = scene(begin=False), os.fsencode(tmp_path / "outside")
    seen.make("models/m2/modelInput")
    seen.watch.start()
    overflow(seen, outside)
    seen.ears.wait_for(seen.root)
    seen.hears_everything()
    assert seen.heard_of(lambda: seen.write(outside + b"/modelInput/a.jpg")) == set()


def test_a_nudge_that_fails_ends_nothing(scene):
    seen = scene()
    hear, failed = seen.ears.__call__, []

    def fail_once(path, *, writing):
        if not failed:
            failed.append(path)
            raise RuntimeError
        hear(path, writing=writing)

    seen.watch._trees[seen.watch._places[0]]._nudge = fail_once
    seen.write("models/m1/modelInput/a.jpg")
    seen.probe()
    seen.ears.forget()
    seen.watch.look()
    assert seen.root in seen.ears.heard


def test_a_reader_that_has_ended_is_replaced(scene):
    seen = scene()
    seen.watch._reader.stop()
    seen.watch._reader.join()
    missed = seen.write("models/m1/modelInput/a.jpg")
    seen.watch.look()
    assert seen.ears.heard == [seen.root]
    assert missed
    seen.hears_everything()


def vanish(seen, tmp_path):
    shutil.rmtree(seen.root)
    return lambda: seen.make("models/m1/modelInput")


def move_away(seen, tmp_path):
    os.rename(seen.root, os.fsencode(tmp_path / "away"))
    return lambda: os.rename(os.fsencode(tmp_path / "away"), seen.root)


def move_parent(seen, tmp_path):
    os.rename(tmp_path / "above", tmp_path / "moved")
    return lambda: os.rename(tmp_path / "moved", tmp_path / "above")


def test_a_root_that_goes_and_comes_back(scene, tmp_path):
    for go in (vanish, move_away, move_parent):
        seen = scene(base=tmp_path / "above")
        come_back = go(seen, tmp_path)
        seen.watch.look()
        assert seen.root in seen.ears.heard
        assert seen.watch.state.folders == 0
        assert "Not there:" in seen.watch.state.why
        seen.ears.forget()
        seen.watch.look()
        assert seen.ears.heard == []
        come_back()
        seen.make("models/quiet/modelInput")
        seen.watch.look()
        assert seen.root in seen.ears.heard
        seen.hears_everything()
        seen.watch.stop()
        shutil.rmtree(tmp_path / "above")


def test_a_root_that_is_replaced_by_another(scene, tmp_path):
    seen = scene()
    os.rename(seen.root, os.fsencode(tmp_path / "away"))
    seen.make("models/quiet/modelInput")
    seen.watch.look()
    seen.hears_everything()
    assert seen.heard_of((tmp_path / "away/models/m1/modelInput/a.jpg").touch) == set()


def test_a_link_to_the_root_that_points_elsewhere(scene, tmp_path):
    link, other = os.fsencode(tmp_path / "link"), os.fsencode(tmp_path / "other")
    os.symlink(b"root", link)
    seen = scene(places=[Place(link, LAYOUT)])
    os.makedirs(other + b"/models/quiet/modelInput")
    os.unlink(link)
    os.symlink(other, link)
    seen.watch.look()
    assert seen.ears.heard == [link]
    seen.root, seen.quiet = link, link + b"/models/quiet/modelInput"
    seen.hears_everything()


def test_a_root_that_is_not_there_at_the_start(scene, tmp_path):
    seen = scene(begin=False)
    shutil.rmtree(seen.root)
    seen.watch.start()
    assert seen.watch.state.mode is Mode.NATIVE
    seen.watch.look()
    assert seen.ears.heard == []
    seen.make("models/quiet/modelInput")
    seen.watch.look()
    assert seen.ears.heard == [seen.root]
    seen.hears_everything()


def test_whatever_went_blind_is_found_after_a_while(scene):
    clock = StillClock()
    seen = scene(clock=clock)
    tree = seen.watch._trees[seen.watch._places[0]]
    tree._cut(tree._root.children[b"models"].children.pop(b"m1"))
    seen.watch.look()
    assert seen.ears.heard == []
    clock.uptime += RENEW_SECONDS
    seen.watch.look()
    assert seen.ears.heard == [seen.root]
    seen.hears_everything()
    seen.ears.forget()
    clock.uptime += RENEW_SECONDS
    seen.watch.look()
    assert seen.root not in seen.ears.heard
