"""Whoever looks where he is told to, and nowhere else, knows in the end how everything is."""

import os
import queue
import random
import shutil
import threading

import pytest

NAMES = [b"%d.jpg" % number for number in range(4)]


def sight(folder):
    try:
        with os.scandir(folder) as entries:
            return sorted((entry.name, entry.stat().st_size, entry.stat().st_mtime_ns) for entry in entries)
    except OSError:
        return None


class Follower:
    """Hears, and looks at the sets at, above and below each path that is told of, a while later."""

    def __init__(self, root):
        self.models = os.path.join(root, b"models")
        self.told = queue.SimpleQueue()
        self.known = {}
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def __call__(self, path, *, writing):
        self.told.put(path)

    def run(self):
        while (path := self.told.get()) is not None:
            for folder in {*self.known, *self.sets()}:
                if folder in (path, os.path.dirname(path)) or folder.startswith(path + b"/"):
                    self.known[folder] = sight(folder)

    def sets(self):
        try:
            return [os.path.join(self.models, name, b"modelInput") for name in os.listdir(self.models)]
        except OSError:
            return []

    def end(self):
        self.told.put(None)
        self.thread.join()
        return {folder: found for folder, found in self.known.items() if found is not None}


def act(chance, models):
    """Do one of the things that people and programs do to folders of photos."""
    some, other = (os.path.join(models, b"m%d" % chance.randrange(5)) for _ in range(2))
    inner = os.path.join(some, b"modelInput")
    photo, target = (os.path.join(inner, chance.choice(NAMES)) for _ in range(2))
    match chance.randrange(10):
        case 0 | 1 | 2:
            os.makedirs(inner, exist_ok=True)
            with open(photo, "wb") as file:
                file.write(bytes(chance.randrange(100)))
        case 3:
            os.rename(photo, target)
        case 4:
            os.unlink(photo)
        case 5:
            os.rename(some, other)
        case 6:
            shutil.rmtree(some)
        case 7:
            shutil.copytree(some, other, copy_function=shutil.copy)
        case 8:
            os.rename(inner, os.path.join(other, b"modelInput"))
        case 9:
            os.rename(photo, os.path.join(other, b"modelInput", os.path.basename(target)))


@pytest.mark.parametrize("seed", range(4))
def test_no_change_is_missed(scene, seed):
    seen, chance = scene(begin=False), random.Random(seed)
    follower = Follower(seen.root)
    seen.watch._nudge = lambda path, *, writing: (seen.ears(path, writing=writing), follower(path, writing=writing))
    seen.watch.start()
    for _ in range(600):
        try:
            act(chance, follower.models)
        except (OSError, shutil.Error):
            continue
    seen.probe()
    seen.watch.stop()
    known = follower.end()
    quiet = seen.quiet
    found = {folder: sight(folder) for folder in follower.sets() if folder != quiet}
    assert {folder: each for folder, each in known.items() if folder != quiet} == {
        folder: each for folder, each in found.items() if each is not None
    }
