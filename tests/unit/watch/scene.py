"""A place that is watched, and ears that remember what they heard."""

import os
import threading

from syncd.config.ignore import compile_patterns
from syncd.model.clock import MachineClock
from syncd.scan.discover import fits
from syncd.watch import Place, Rules, Watch

LAYOUT = "models/{model_id}/{image_type}"
PATIENCE = 20
RULES = Rules(fits, compile_patterns())


class Ears:
    """Hears, and waits for what is to be heard."""

    def __init__(self):
        self.heard = []
        self.writing = {}
        self.changed = threading.Condition()

    def __call__(self, path, *, writing):
        with self.changed:
            self.heard.append(path)
            self.writing[path] = writing
            self.changed.notify_all()

    def wait_for(self, *paths):
        with self.changed:
            missing = set(paths)
            assert self.changed.wait_for(lambda: missing <= set(self.heard), PATIENCE), missing - set(self.heard)

    def forget(self):
        with self.changed:
            self.heard.clear()


class Scene:
    """One root with a set in it, or whatever places are given."""

    def __init__(self, base, places=None, rules=RULES, **how):
        self.root = os.path.join(os.fsencode(base), b"root")
        self.ears = Ears()
        self.folder = self.make("models/m1/modelInput")
        self.quiet = self.make("models/quiet/modelInput")
        self.clock = how.pop("clock", MachineClock())
        self.watch = Watch(
            places or [Place(self.root, LAYOUT)], self.ears, rules, **{"mode": "auto", "clock": self.clock, **how}
        )
        self.probes = 0

    def path(self, name):
        return os.path.join(self.root, os.fsencode(name))

    def make(self, name):
        os.makedirs(self.path(name), exist_ok=True)
        return self.path(name)

    def write(self, name, data=b"photo"):
        with open(self.path(name), "wb") as file:
            file.write(data)
        return self.path(name)

    def sets(self):
        models = self.path("models")
        names = [os.path.join(models, name) for name in os.listdir(models)] if os.path.isdir(models) else []
        return [
            folder
            for name in names
            for folder in (self.path(os.path.join(name, b"modelInput")),)
            if os.path.isdir(folder)
        ]

    def probe(self, folder=None):
        """Leave a new file in a watched set and wait until it is heard of; so is then all that came before it."""
        self.probes += 1
        path = os.path.join(folder or self.quiet, b"probe%d" % self.probes)
        with open(path, "wb"):
            pass
        self.ears.wait_for(path)
        os.unlink(path)

    def hears_everything(self):
        self.probe()
        for folder in self.sets():
            self.probe(folder)

    def polls_everything(self):
        self.ears.forget()
        for folder in self.sets():
            self.write(folder + b"/polled.jpg")
        self.ears.wait_for(*self.sets())

    def heard_of(self, act):
        """What is heard of while something is done, in sets that are otherwise quiet."""
        self.probe()
        self.ears.forget()
        act()
        self.probe()
        return {path for path in self.ears.heard if not path.startswith(self.path("models/quiet/"))}
