"""Folders, the command as a process, and a loopback service that writes down what took effect: the truth to judge by.

It looks at each POST and DELETE as it arrives, also when its sender is dead by then.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from functools import partial
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Self

from werkzeug.wrappers import Request

from syncd.sandbox import ImageService, running
from tests.harness import canary
from tests.harness.checks import Checks
from tests.harness.launcher import Launcher, Order
from tests.samples import jpeg

KEY = "sk-killed/5up3r+s3cr3t=="
CAP = 4
SETS = ("k1/modelInput", "k1/auxiliaryType", "k2/modelInput", "k3/modelInput", "k4/modelInput")
OPEN = ("begun", "deleting", "surplus")
AMBIGUITY_SECONDS = 1
SYNC = ("sync", "--wait", "20")
DAEMON = ("run",)


class KillWorld:
    """See the module. `rotates`: the newest photos have the slots."""

    def __init__(self, home: Path, launcher: Launcher, *, rotates: bool = False) -> None:
        self.home, self.root, self.state = home, home / "photos", home / "state.db"
        self.rotates = rotates
        self.files: dict[str, dict[str, str]] = {key: {} for key in SETS}
        self.theirs: dict[str, dict[str, str]] = {key: {} for key in SETS}
        self.service = ImageService(api_key=KEY)
        self.checks = Checks(str(self.state), self.images, lambda: self.service, lambda key: str(self.folder(key)))
        self.checks.limit, self.checks.rotates = CAP, rotates
        self.output = home / "output"
        self._told = home / "told"
        self._launcher = launcher
        self._seeds = iter(range(1, 1_000_000))
        self._lock = threading.Lock()
        self._stack = ExitStack()
        self._judged = 0
        self._up: dict[str, Counter[str]] = {key: Counter() for key in SETS}
        self._sent: Counter[tuple[str, str]] = Counter()

    def __enter__(self) -> Self:
        for key in SETS:
            self.folder(key).mkdir(parents=True)
        for model_id in sorted({key.partition("/")[0] for key in SETS}):
            self.service.create_model(model_id)
        base_url = self._stack.enter_context(running(self.service, before=self._arrived))
        self._configure(base_url)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _configure(self, base_url: str) -> None:
        service = {"base_url": base_url, "ambiguity_seconds": AMBIGUITY_SECONDS, "max_concurrency": 8}
        overflow = "rotate" if self.rotates else "hold"
        sections = {
            "service": service,
            "dataset": {"root": "photos", "settle_seconds": 0},
            "status": {"listen": ""},
            "limits": {"images_per_set": CAP, "overflow": overflow},
            "deletes": {"max_delete": "100%", "grace_seconds": 0},
        }
        lines = []
        for section, values in sections.items():
            lines += [f"[{section}]", *(f"{name} = {json.dumps(value)}" for name, value in values.items())]
        (self.home / "syncd.toml").write_text("\n".join(lines) + "\n")

    # The folders

    def folder(self, key: str) -> Path:
        return self.root / "models" / key

    def photo(self) -> bytes:
        """Return a picture that was never there before."""
        return jpeg(next(self._seeds), (32, 24), quality=80)

    def put(self, key: str, name: str = "", data: bytes | None = None) -> None:
        """Put a photo into a folder, newer than all others; without a name a new one."""
        data = data or self.photo()
        number = next(self._seeds)
        name = name or f"{number:05}.jpg"
        path = self.folder(key) / name
        path.write_bytes(data)
        os.utime(path, (1_700_000_000 + number, 1_700_000_000 + number))
        self.files[key][name] = sha256(data).hexdigest()
        self.checks.ever_local.setdefault(key, set()).add(self.files[key][name])

    def take(self, key: str, name: str) -> None:
        (self.folder(key) / name).unlink()
        del self.files[key][name]

    def lose_state(self) -> None:
        for each in self.home.glob("state.db*"):
            each.unlink()

    # The service

    def images(self, model_id: str, image_type: str) -> list:
        return self.service.images(model_id, image_type)

    def of(self, key: str) -> list:
        return self.images(*key.split("/"))

    def seed(self, key: str, data: bytes) -> None:
        """Let someone else upload a picture."""
        self.service.add_image(*key.split("/"), data)

    def foreign(self, key: str) -> None:
        """Let someone else upload a picture that no folder has."""
        image = self.service.add_image(*key.split("/"), self.photo())
        self.theirs[key][image.id] = image.sha256

    def sent(self, key: str) -> set[str]:
        """Return the contents that are up, as far as the state remembers to have sent them."""
        model_id, _, image_type = key.partition("/")
        asked = "SELECT sha256 FROM records WHERE state = 'live' AND begun_wall IS NOT NULL"
        return {row[0] for row in self._rows(f"{asked} AND model_id = '{model_id}' AND image_type = '{image_type}'")}

    def room(self, key: str) -> int:
        return CAP - len(self.of(key))

    def _arrived(self, request: Request) -> None:
        if request.method in {"POST", "DELETE"}:
            data = request.get_data()
            request.environ["wsgi.input"] = BytesIO(data)
            with self._lock:
                what = request.path.rpartition("/")[2]
                self.checks.arrived(request.method, what, SimpleNamespace(content=data))

    # The process

    def run(
        self, kill: tuple[str, int] | None = None, after: float | None = None, command: tuple[str, ...] = SYNC
    ) -> tuple[int, list[str]]:
        """Run a process; returns its exit code and the points that it passed. `after`: killed so much later."""
        self._told.write_bytes(b"")
        self.output.write_bytes(b"")
        environ = {"SYNCD_API_KEY": KEY, "HOME": str(self.home), "LC_ALL": "C.UTF-8", "NO_PROXY": "*"}
        places = (str(self.home), str(self.output), str(self._told))
        pid = self._launcher.start(Order(command, environ, *places, kill))
        if after is not None:
            threading.Event().wait(after)
            os.kill(pid, signal.SIGKILL)
        return self._launcher.wait(pid), self._told.read_text().splitlines()

    # The judgement

    def judge(self) -> Iterator[str]:
        """Tell what is not as promised, when nothing is left to do."""
        with self._lock:
            yield from self.checks.broken
            self.checks.broken.clear()
        yield from self._replayed()
        for key in SETS:
            yield from self._set(key)
        yield from canary.sweep(KEY, self.home, ())
        left = self._rows(f"SELECT state, sha256 FROM records WHERE state IN {OPEN}")
        if left:
            yield f"left open: {left}"

    def _replayed(self) -> Iterator[str]:
        """Go through what took effect, step by step."""
        events = self.service.events
        for one in events[self._judged :]:
            if not one.sha256:
                continue
            key = f"{one.model_id}/{one.type}"
            if one.kind in {"upload", "seeded"}:
                self._up[key][one.sha256] += 1
                self._sent[key, one.sha256] += one.kind == "upload"
            else:
                self._up[key][one.sha256] -= 1
            if self._up[key].total() > CAP:
                yield f"{key} held {self._up[key].total()}"
            if self._sent[key, one.sha256] > 1:
                yield f"{one.sha256[:8]} was sent {self._sent[key, one.sha256]} times"
            if one.kind == "delete" and one.id in self.theirs[key]:
                yield f"the foreign image {one.id} was deleted"
        self._judged = len(events)

    def _set(self, key: str) -> Iterator[str]:
        up = sorted(image.sha256 for image in self.of(key))
        wanted = sorted([*self.wanted(key), *self.theirs[key].values()])
        if up != wanted:
            more, less = Counter(up) - Counter(wanted), Counter(wanted) - Counter(up)
            yield f"{key}: too much is {_short(more)}, what lacks is {_short(less)}"

    def wanted(self, key: str) -> list[str]:
        files = self.files[key]
        if not self.rotates:
            return list(files.values())
        newest = sorted(files, key=lambda name: (self.folder(key) / name).stat().st_mtime)
        return [files[name] for name in newest[-(CAP - len(self.theirs[key])) :]]

    def _rows(self, query: str) -> list:
        with closing(sqlite3.connect(f"file:{self.state}?mode=ro", uri=True)) as state:
            return state.execute(query).fetchall()


def _short(counted: Counter[str]) -> list[str]:
    return [f"{digest[:8]} x {count}" for digest, count in counted.items()]


# What people and the service do to a set before the command runs. False: it cannot be done to this set now.

Change = Callable[[KillWorld, str, random.Random], bool]


def upload(world: KillWorld, key: str, chance: random.Random) -> bool:
    room = world.room(key)
    for _ in range(chance.randint(1, max(1, room)) if room > 0 else 0):
        world.put(key)
    return room > 0


def replace(world: KillWorld, key: str, chance: random.Random, *, full: bool) -> bool:
    if not world.files[key] or (world.room(key) > 0) is full:
        return False
    world.put(key, chance.choice(sorted(world.files[key])))
    return True


def delete(world: KillWorld, key: str, chance: random.Random) -> bool:
    if len(world.files[key]) < 2:
        return False
    world.take(key, chance.choice(sorted(world.files[key])))
    return True


def evict(world: KillWorld, key: str, chance: random.Random) -> bool:
    if world.room(key) > 0:
        return False
    for old in sorted(world.files[key])[: -2 * CAP]:
        world.take(key, old)
    world.put(key)
    return True


def adopt(world: KillWorld, key: str, chance: random.Random) -> bool:
    """Someone else uploads what lies in the folder."""
    if world.room(key) < 1:
        return False
    data = world.photo()
    world.seed(key, data)
    world.put(key, data=data)
    return True


def twin(world: KillWorld, key: str, chance: random.Random) -> bool:
    """A second image of a content that this state knows to have been sent: of any other it would be foreign."""
    sent = world.sent(key)
    names = sorted(name for name, digest in world.files[key].items() if digest in sent)
    if world.room(key) < 1 or not names:
        return False
    name = chance.choice(names)
    world.seed(key, (world.folder(key) / name).read_bytes())
    return True


def rebuild(world: KillWorld, key: str, chance: random.Random) -> bool:
    """The state is lost, and there is something to do besides."""
    world.lose_state()
    upload(world, key, chance)
    return True


CHANGES: dict[str, Change] = {
    "upload": upload,
    "replace with room": partial(replace, full=False),
    "replace when full": partial(replace, full=True),
    "delete": delete,
    "evict": evict,
    "adopt": adopt,
    "twin": twin,
    "rebuild": rebuild,
}
