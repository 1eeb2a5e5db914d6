"""Looking again, where the system tells nothing."""

import os
import shutil

import pytest

from syncd.watch import Mode, Place
from syncd.watch.polling import Poller
from tests.unit.service.peer import StillClock

from .scene import LAYOUT, RULES, Ears, Scene

MOUNTS = b"1 1 0:1 / / rw - ext4 /dev/a rw\n"


class Looked(Scene):
    """A scene whose poller looks when it is told to."""

    def __init__(self, base):
        super().__init__(base)
        self.clock = StillClock()
        self.poller = Poller(RULES, self.clock, self.ears)
        self.place = Place(self.root, LAYOUT)
        self.poller._seen[self.place] = None
        self.look()
        assert self.ears.heard == [self.root]

    def look(self):
        self.poller._look()

    def heard_of(self, act):
        self.ears.forget()
        act()
        self.look()
        return self.ears.heard


@pytest.fixture
def seen(tmp_path):
    return Looked(tmp_path)


def test_whatever_changes_a_set_is_found_once(seen):
    a, b = (seen.path(f"models/m1/modelInput/{name}.jpg") for name in "ab")

    def rewrite_unseen_by_size():
        seen.write(a, b"other")
        os.utime(a, ns=(0, 1))

    for act in (
        lambda: seen.write(a),
        rewrite_unseen_by_size,
        lambda: os.rename(a, b),
        lambda: os.chmod(b, 0o600),
        lambda: os.unlink(b),
        lambda: os.mkdir(b),
        lambda: shutil.rmtree(seen.folder),
        lambda: seen.make("models/m1/modelInput"),
        lambda: shutil.rmtree(seen.path("models/m1")),
        lambda: seen.make("models/m1/modelInput"),
    ):
        assert seen.heard_of(act) == [seen.folder]
        assert seen.ears.writing[seen.folder]
        seen.poller._look_at_hot()
        if seen.ears.writing[seen.folder]:
            seen.poller._look_at_hot()
        assert not seen.ears.writing[seen.folder]
        assert seen.heard_of(lambda: None) == []


def test_reading_temporary_names_and_other_folders_are_not_found(seen):
    def work():
        seen.write("models/m1/modelInput/.a.jpg.Xk29Qz")
        seen.write("models/m1/modelInput/a.jpg.part")
        seen.write("models/m1/a.jpg")
        seen.make("models/m1/other")
        seen.make("models/.hidden/modelInput")
        os.symlink(seen.path("models/m1"), seen.path("models/m2"))
        os.listdir(seen.folder)

    assert seen.heard_of(work) == []


def test_a_link_is_told_of_and_what_it_leads_to_is_not(seen):
    far = seen.write("far.jpg")
    assert seen.heard_of(lambda: os.symlink(far, seen.folder + b"/a.jpg")) == [seen.folder]
    assert seen.heard_of(lambda: seen.write(far, b"something else")) == []


def test_a_root_that_goes_and_comes_back(seen, tmp_path):
    away = os.fsencode(tmp_path / "away")
    assert set(seen.heard_of(lambda: os.rename(seen.root, away))) == set(map(seen.path, sets()))
    assert set(seen.heard_of(lambda: os.rename(away, seen.root))) == set(map(seen.path, sets()))


def sets():
    return "models/m1/modelInput", "models/quiet/modelInput"


def test_a_folder_that_changed_is_looked_at_again_until_it_is_quiet(seen):
    seen.heard_of(lambda: seen.write("models/m1/modelInput/a.jpg"))
    seen.write("models/quiet/modelInput/a.jpg")
    for size in range(1, 4):
        seen.ears.forget()
        seen.write("models/m1/modelInput/a.jpg", b"x" * size)
        seen.poller._look_at_hot()
        assert seen.ears.heard == [seen.folder]
        assert seen.ears.writing[seen.folder]
    assert seen.poller._pause() == 1
    seen.poller._look_at_hot()
    assert not seen.ears.writing[seen.folder]
    seen.ears.forget()
    seen.poller._look_at_hot()
    assert seen.ears.heard == []
    assert seen.poller._pause() == 2
    seen.look()
    assert seen.ears.heard == [seen.quiet]


def test_a_place_that_is_looked_at_no_longer_is_forgotten(seen):
    seen.heard_of(lambda: seen.write("models/m1/modelInput/a.jpg"))
    seen.poller.remove(seen.place)
    assert seen.poller._pause() is None
    assert seen.heard_of(lambda: seen.write("models/m1/modelInput/b.jpg")) == []


@pytest.mark.parametrize(("took", "interval"), [(0.0, 2), (0.05, 2), (0.5, 10), (4, 80), (100, 300)])
def test_looking_takes_a_twentieth_of_the_time_at_most(seen, took, interval):
    class Slow(Ears):
        def __call__(self, path, *, writing):
            seen.clock.uptime += took

    seen.poller._nudge = Slow()
    seen.heard_of(lambda: seen.write("models/m1/modelInput/a.jpg"))
    assert seen.poller.interval == interval
    assert seen.poller._due == seen.clock.uptime + interval


def mounted(tmp_path, *lines):
    path = tmp_path / "mountinfo"
    path.write_bytes(MOUNTS + b"".join(b"%d 1 0:9 / %s rw - %s x rw\n" % (9, point, kind) for point, kind in lines))
    return str(path)


@pytest.mark.parametrize("kind", [b"nfs", b"nfs4", b"cifs", b"smb3", b"fuse.sshfs", b"9p", b"virtiofs"])
def test_network_file_systems_are_polled(scene, tmp_path, kind):
    base = os.fsencode(tmp_path)
    seen = scene(mountinfo=mounted(tmp_path, (base, kind)), poll_seconds=0.02)
    assert seen.watch.state.mode is Mode.POLL
    assert f"{kind.decode()} is a network file system" in seen.watch.state.why
    assert seen.watch.state.remedy == ""
    seen.ears.wait_for(seen.root)
    seen.polls_everything()


@pytest.mark.parametrize("mode", ["native", "poll"])
def test_both_ways_can_be_forced(scene, tmp_path, mode):
    mountinfo = mounted(tmp_path, (os.fsencode(tmp_path), b"nfs")) if mode == "native" else mounted(tmp_path)
    seen = scene(mode=mode, mountinfo=mountinfo, poll_seconds=0.02)
    assert seen.watch.state.mode == mode
    if mode == "native":
        seen.hears_everything()
    else:
        seen.ears.wait_for(seen.root)
        seen.polls_everything()
        assert 'dataset.watch is "poll"' in seen.watch.state.why


def test_a_network_file_system_that_comes_and_goes_below_the_root(scene, tmp_path):
    mountinfo = mounted(tmp_path)
    seen = scene(mountinfo=mountinfo, poll_seconds=0.02)
    assert seen.watch.state.mode is Mode.NATIVE
    mounted(tmp_path, (seen.path("models/m1"), b"nfs4"))
    seen.watch.look()
    assert (seen.watch.state.mode, seen.watch.state.folders) == (Mode.POLL, 0)
    seen.ears.wait_for(seen.root)
    seen.polls_everything()
    mounted(tmp_path)
    seen.watch.look()
    assert seen.watch.state.mode is Mode.NATIVE
    assert seen.watch._poller._pause() is None
    seen.hears_everything()
    seen.ears.forget()
    mounted(tmp_path, (b"/somewhere/else", b"nfs4"))
    seen.watch.look()
    assert seen.root not in seen.ears.heard


def test_of_many_places_those_are_polled_that_must_be(scene, tmp_path):
    far = os.fsencode(tmp_path / "far")
    os.mkdir(far)
    places = [Place(os.fsencode(tmp_path / "root"), LAYOUT), Place(far)]
    seen = scene(places=places, mountinfo=mounted(tmp_path, (far, b"nfs")), poll_seconds=0.02)
    assert (seen.watch.state.mode, seen.watch.state.folders) == (Mode.POLL, 6)
    assert "The system tells of changes in 6 folders" in seen.watch.state.why
    seen.hears_everything()
    seen.ears.wait_for(far)
    seen.ears.forget()
    seen.write(far + b"/a.jpg")
    seen.ears.wait_for(far)


def test_polling_ends_with_the_watch(scene):
    seen = scene(mode="poll", poll_seconds=0.02)
    seen.ears.wait_for(seen.root)
    thread = seen.watch._poller._thread
    seen.watch.stop()
    assert not thread.is_alive()
