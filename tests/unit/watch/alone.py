"""What needs a machine of its own, with limits and mounts. Run as `python -m tests.unit.watch.alone CASE`."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from syncd.watch import Mode, Place

from .scene import Scene

USER_LIMITS = Path("/proc/sys/user")


def allow(watches=100_000, instances=100):
    (USER_LIMITS / "max_inotify_watches").write_text(str(watches))
    (USER_LIMITS / "max_inotify_instances").write_text(str(instances))


def mount(kind, point, *options):
    subprocess.run(["mount", "-t", kind, *options, "none", point], check=True)


def unmount(point):
    subprocess.run(["umount", point], check=True)


def many(base, count=40, **how):
    seen = Scene(base, **how)
    for number in range(count):
        seen.make(f"models/n{number}/modelInput")
    return seen


def watches_run_out(base):
    allow(watches=30)
    seen = many(base, poll_seconds=0.05)
    seen.watch.start()
    state = seen.watch.state
    assert state.mode is Mode.POLL
    assert "86 folders are to be watched, and the system allows no more" in state.why
    assert "sudo sysctl -w fs.inotify.max_user_watches=" in state.remedy
    seen.ears.wait_for(seen.root)
    seen.polls_everything()
    allow()
    seen.watch._again_at = 0
    seen.watch.look()
    assert seen.watch.state.mode is Mode.NATIVE
    assert (seen.watch.state.folders, seen.watch.state.remedy) == (86, "")
    seen.hears_everything()


def watches_run_out_later(base):
    allow(watches=30)
    seen = many(base, count=10, poll_seconds=0.05)
    seen.watch.start()
    assert seen.watch.state.mode is Mode.NATIVE
    for number in range(10, 40):
        seen.make(f"models/n{number}/modelInput")
    seen.probe()
    seen.watch.look()
    assert seen.watch.state.mode is Mode.POLL
    seen.ears.wait_for(seen.root)
    seen.polls_everything()


def native_watches_what_it_may(base):
    allow(watches=30)
    seen = many(base, mode="native")
    seen.watch.start()
    state = seen.watch.state
    assert (state.mode, state.folders) == (Mode.NATIVE, 30)
    assert "Watched in part" in state.why
    assert "sysctl" in state.remedy
    seen.watch.look()
    assert seen.ears.heard == []
    allow()
    seen.watch._again_at = 0
    seen.watch.look()
    assert (seen.watch.state.folders, seen.watch.state.remedy) == (86, "")
    seen.hears_everything()


def instances_run_out(base):
    allow(instances=0)
    seen = Scene(base, poll_seconds=0.05)
    seen.watch.start()
    state = seen.watch.state
    assert state.mode is Mode.POLL
    assert "fs.inotify.max_user_instances=" in state.remedy
    seen.ears.wait_for(seen.root)
    seen.polls_everything()
    seen.watch.look()
    assert seen.watch.state.mode is Mode.POLL
    allow()
    seen.watch._again_at = 0
    seen.watch.look()
    assert seen.watch.state.mode is Mode.NATIVE
    seen.probe()


def root_is_mounted_over_and_unmounted(base):
    seen = Scene(base)
    seen.watch.start()
    for _ in range(2):
        mount("tmpfs", seen.root)
        seen.make("models/quiet/modelInput")
        seen.watch.look()
        assert seen.root in seen.ears.heard
        seen.hears_everything()
        unmount(seen.root)
        seen.watch.look()
        seen.hears_everything()
        seen.ears.forget()


def root_is_unmounted_and_mounted_again(base):
    root = base / "root"
    root.mkdir()
    mount("tmpfs", root)
    seen = Scene(base)
    seen.watch.start()
    unmount(root)
    seen.ears.wait_for(seen.root)
    seen.watch.look()
    assert seen.watch.state.folders == 1
    mount("tmpfs", root)
    seen.make("models/quiet/modelInput")
    seen.watch.look()
    seen.hears_everything()
    unmount(root)


def a_model_is_mounted_over(base):
    seen = Scene(base)
    seen.watch.start()
    mount("tmpfs", seen.path("models/m1"))
    seen.make("models/m1/modelInput")
    seen.watch.look()
    seen.hears_everything()
    unmount(seen.path("models/m1"))
    seen.watch.look()
    seen.hears_everything()


def a_model_is_unmounted_where_mounts_are_not_told(base):
    seen = Scene(base, mountinfo="/nowhere")
    mount("tmpfs", seen.path("models/m1"))
    seen.make("models/m1/modelInput")
    seen.watch.start()
    unmount(seen.path("models/m1"))
    seen.ears.wait_for(seen.path("models/m1"))
    seen.watch.look()
    seen.hears_everything()


def an_unreadable_folder_is_entered_once_it_may_be(base):
    seen = Scene(base)
    closed = seen.make("models/closed")
    seen.make("models/closed/modelInput")
    os.chmod(closed, 0)
    seen.watch.start()
    assert seen.watch.state.folders == 6
    os.chmod(closed, 0o755)
    seen.hears_everything()
    os.chmod(seen.root, 0)
    seen.watch.look()
    os.chmod(seen.root, 0o755)
    seen.watch.look()
    seen.hears_everything()


def a_folder_that_becomes_unreadable_is_found(base):
    seen = Scene(base, mode="poll", poll_seconds=0.05)
    seen.watch.start()
    seen.ears.wait_for(seen.root)
    os.chmod(seen.folder, 0)
    seen.ears.wait_for(seen.folder)
    os.chmod(seen.folder, 0o755)


def single_sets_share_what_is_left(base):
    allow(watches=30)
    seen = many(base)
    apart = os.fsencode(base / "apart")
    os.mkdir(apart)
    seen = Scene(base, places=[Place(seen.root, "models/{model_id}/{image_type}"), Place(apart)], poll_seconds=0.05)
    seen.watch.start()
    assert seen.watch.state.folders == 1
    assert seen.watch.state.mode is Mode.POLL
    seen.ears.wait_for(seen.root)
    seen.probe(apart)
    seen.polls_everything()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        globals()[sys.argv[1]](Path(folder))
