"""A whole world for the engine: a folder, a state, a service and a clock, real but for the network, the time and death.

Contents have names: `write("a.jpg", "A")` puts the picture A there, and `up()` tells the names of what is up.
Sets are named `m42/modelInput`; a path without a set lies in the first one.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import zlib
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

from syncd.config.ignore import compile_patterns
from syncd.config.key import Key
from syncd.engine import world as engine
from syncd.engine.absences import Absences
from syncd.engine.passing import Pass, Wishes
from syncd.engine.recent import RecentModels
from syncd.engine.targets import find_targets, select
from syncd.errors import ExitCode
from syncd.model.plan import PassPlan, Policy
from syncd.model.sets import ImageType, SetKey
from syncd.plan.verdict import exit_code
from syncd.scan.discover import Folder
from syncd.scan.folder import Settings
from syncd.service import ImageService
from syncd.store import Identity, Store, open_copy, open_state
from tests import samples
from tests.harness.checks import Checks
from tests.harness.crash import Crash, Fuse
from tests.harness.hands import HandClock, InlineExecutor, share_statements
from tests.harness.remote import ALWAYS, BASE, KEY, Remote

__all__ = ["ALWAYS", "Crash", "World", "content", "sha"]

FIRST = "m42/modelInput"


@cache
def content(name: str) -> bytes:
    """Return the picture of this name: distinct from all others."""
    return samples.jpeg(zlib.crc32(name.encode()), (32, 24), quality=80)


@cache
def sha(name: str) -> str:
    return hashlib.sha256(content(name)).hexdigest()


@cache
def new_state() -> bytes:
    """Return the file of a state that has just begun."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "state.db"
        open_state(f"sqlite:///{path}", create=True, clock=HandClock()).close()
        return path.read_bytes()


def key_of(text: str) -> SetKey:
    model_id, _, image_type = text.partition("/")
    return SetKey(model_id, ImageType(image_type))


class World:
    """See the module. `inline`: everything in one thread, so that a run repeats itself to the letter.

    `sharing`: a state that is opened anew finds its statements prepared, which keeps a little of each state for good.
    """

    def __init__(
        self,
        home: Path,
        *models: str,
        inline: bool = False,
        folders: tuple[Folder, ...] = (),
        sharing: bool = True,
    ) -> None:
        self.root, self.state = home / "photos", home / "state" / "state.db"
        self.clock, self.fuse = HandClock(), Fuse()
        self.checks = Checks(str(self.state), self._images, lambda: self.service, lambda key: str(self.folder(key)))
        self.remote = Remote(self.clock, self.fuse, self.checks)
        self.service = self.remote.service
        self.key, self.inline, self.folders = KEY, inline, folders
        self.ignore: tuple[str, ...] = ()
        self.caps: dict[str, float] = {}
        self.absences = Absences()
        self.recent = RecentModels()
        self.scanning: dict[str, object] = {}
        self.code: ExitCode | None = None
        self.last: PassPlan | None = None
        self._sharing = sharing
        self._url = f"sqlite:///{self.state}"
        self._store: Store | None = None
        self._names: dict[str, str] = {}
        self._alive: dict[int, int] = {}
        self.pid = 100
        self._ticks = 0
        self.root.mkdir(parents=True)
        for model in models or ("m42",):
            self.service.create_model(model)

    # The folders

    def folder(self, key: str = FIRST) -> Path:
        return self.root / "models" / key

    def path(self, name: str) -> Path:
        return self.folder(name.rpartition("/")[0] or FIRST) / name.rpartition("/")[2]

    def write(self, name: str, what: str | bytes) -> Path:
        """Put a picture (or any bytes) there, with a time of its own."""
        data = content(what) if isinstance(what, str) else what
        self._remember(what, name.rpartition("/")[0] or FIRST)
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self._ticks += 1
        wall = int(self.clock.wall * 1e9) - 10**12 + self._ticks * 10**6
        os.utime(path, ns=(wall, wall))
        return path

    def fill(self, *names: str, key: str = FIRST) -> None:
        """Write photos, each named after its content: `A` becomes `A.jpg`."""
        for name in names:
            self.write(f"{key}/{name}.jpg", name)

    def remove(self, *names: str) -> None:
        for name in names:
            self.path(name).unlink()

    def rename(self, old: str, new: str) -> None:
        self.path(old).rename(self.path(new))

    # The service

    def sets(self) -> list[str]:
        """Return all sets that may have images."""
        return [f"{model.id}/{kind}" for model in self.service.models() for kind in ImageType]

    def up(self, key: str = FIRST) -> list[str]:
        """Return the names of the contents that are up, in order."""
        return sorted(self._names.get(one.sha256, one.sha256[:8]) for one in self._images(*key.split("/")))

    def ids(self, what: str, key: str = FIRST) -> list[str]:
        return [one.id for one in self._images(*key.split("/")) if one.sha256 == sha(what)]

    def foreign(self, what: str, key: str = FIRST) -> str:
        """Let someone else upload a picture; returns its id."""
        model_id, _, image_type = key.partition("/")
        self._remember(what, "")
        image = self.service.add_image(model_id, image_type, content(what))
        self.remote.note()
        return image.id

    def lose(self, *names: str, key: str = FIRST) -> None:
        """Let images vanish from the service."""
        for name in names:
            for image_id in self.ids(name, key):
                self.remote.removed(image_id)

    def fail_next(self, kind: str, fault: str, times: float = 1, only: str = "", after: int = 0) -> None:
        self.remote.fail(kind, fault, times, only, after)

    @property
    def asked(self) -> list[str]:
        """What was asked of the service since the last pass began, as `kind subject`."""
        return self.remote.asked

    def count(self, kind: str) -> int:
        return sum(one.startswith(f"{kind} ") for one in self.asked)

    # The program

    def sync(
        self,
        *paths: str,
        dry_run: bool = False,
        wait: float = 60.0,
        everything: bool = False,
        window: float = 0.0,
        quick: bool = False,
        rebuild: bool = False,
        **policy: object,
    ) -> PassPlan:
        """Run one pass; with a `window`, as the daemon does. Whatever broke a law on the way fails the test."""
        self.remote.asked.clear()
        self.fuse.begin()
        try:
            if not window:
                # What is remembered from pass to pass is the daemon's.
                self.recent.clear()
            with self._process(dry_run=dry_run, policy=Policy(**policy)) as made:
                targets, notes = find_targets(made.places, made.store.sets.recorded())
                chosen = select(targets, made.places, paths, os.fsencode(self.root)) if paths else targets
                told = {"window_seconds": window, "tidy": not window, "rebuild": rebuild, "quick": quick}
                wishes = Wishes(dry_run, wait, everything, **told)
                self.last = Pass(made, chosen, notes, wishes).run()
        finally:
            assert not self.checks.broken, self.checks.broken
        self.clock.advance(1)
        self.code = exit_code(self.last)
        return self.last

    def crash_at(self, kind: str, number: int, **how: object) -> bool:
        """Run a pass that is killed at this moment; tell whether it came so far."""
        self.fuse.at = (kind, number)
        try:
            self.sync(**how)
        except Crash:
            return True
        finally:
            self.end()
            self.fuse.reset()
        return False

    def approve(self, *keys: str) -> list[str]:
        with self.opened() as store:
            return [hold.kind for hold in store.holds.approve(list(keys) or None, self.clock.now())]

    def forget(self, name: str) -> None:
        key = key_of(name.rpartition("/")[0] or FIRST)
        with self.opened() as store:
            wanted = os.fsencode(self.path(name).name)
            rows = [one.row for one in store.records.load(key).records if one.name == wanted]
            store.records.forget(key, rows)

    def retry(self, key: str = FIRST) -> int:
        with self.opened() as store:
            return store.records.retry(key_of(key))

    def records(self, key: str = FIRST) -> list[str]:
        """Return `state content` of every record, in order."""
        with self.opened() as store:
            found = store.records.load(key_of(key)).records
        return sorted(f"{one.state} {self._names.get(one.content.sha256, '?')}" for one in found)

    @contextmanager
    def opened(self) -> Iterator[Store]:
        """Open the state, and keep it open: statements are prepared once. `end` closes it."""
        if self._store is None:
            self._store = self.open_as(self.identity())
            if self._sharing:
                share_statements(self._store)
            self.fuse.attach(self._store)
        yield self._store

    def open_as(self, identity: Identity) -> Store:
        if not self.state.exists():
            # As `open_state` would make it, which takes longer than a pass.
            self.state.parent.mkdir(mode=0o700, exist_ok=True)
            self.state.write_bytes(new_state())
        return open_state(self._url, create=True, clock=self.clock, identity=identity)

    def end(self) -> None:
        """End the process that has the state open; the next pass is another."""
        store, self._store = self._store, None
        if store is not None:
            store.close()
        self._alive.clear()
        self.recent.clear()

    def lose_state(self) -> None:
        self.end()
        for each in self.state.parent.iterdir():
            each.unlink()

    def lose_state_if_any(self) -> None:
        if self.state.exists():
            self.lose_state()

    def identity(self) -> Identity:
        self.pid += 1
        return self.another(self.pid)

    def another(self, pid: int, host: str = "nas") -> Identity:
        """Return a process that lives beside the others."""
        self._alive[pid] = 7
        return Identity(host, self.clock.boot, pid, 7, self._alive.get)

    @contextmanager
    def _process(self, *, dry_run: bool, policy: Policy) -> Iterator[engine.World]:
        places = engine.Places(os.fsencode(self.root), "models/{model_id}/{image_type}", self.folders)
        with ExitStack() as stack:
            store = stack.enter_context(
                open_copy(self._url, clock=self.clock, identity=self.identity()) if dry_run else self.opened()
            )
            service = stack.enter_context(self.client())
            hands = [stack.enter_context(self._hands(threads)) for threads in (2, 8, 16)]
            scanning = Settings(compile_patterns(self.ignore), **{"request_bytes": 20_000_000, **self.scanning})
            made = engine.World(store, service, self.clock, places, scanning, policy, Key(self.key).fingerprint, *hands)
            yield replace(made, absences=self.absences, recent=self.recent)

    def client(self) -> ImageService:
        """Return the client of one process."""
        return ImageService(BASE, lambda: self.key, self.clock, transport=self.remote, **self.caps)

    def _hands(self, threads: int) -> Executor:
        return InlineExecutor() if self.inline else ThreadPoolExecutor(threads)

    # Telling

    def actions(self, plan: PassPlan | None = None, *, reasons: bool = False) -> list[str]:
        """Return `action name` of all operations but `unchanged`, in order; with reasons and outcomes on demand."""
        tell = partial(self._told, reasons=reasons)
        operations = [one for each in (plan or self.last).sets for one in each.operations]
        return sorted(tell(one) for one in operations if one.action != "unchanged")

    def halts(self, plan: PassPlan | None = None) -> list[str]:
        return [f"{one.key}: {one.halt.name}" for one in (plan or self.last).sets if one.halt is not None]

    def _told(self, one, *, reasons: bool) -> str:
        name = os.fsdecode(one.name) if one.name else self._names.get(self._sha_of(one.remote_id), str(one.remote_id))
        more = [str(one.reason), str(one.outcome)] if reasons else []
        return " ".join([str(one.action), name, *(word for word in more if word != "None")])

    def _sha_of(self, image_id: str | None) -> str:
        made = (one.sha256 for one in self.service.events if one.id == image_id)
        return next(made, None) or ""

    def _images(self, model_id: str, image_type: str) -> list:
        return self.remote.images(model_id, image_type)

    def _remember(self, what: str | bytes, key: str) -> None:
        digest = hashlib.sha256(content(what) if isinstance(what, str) else what).hexdigest()
        self._names[digest] = what if isinstance(what, str) else digest[:8]
        if key:
            self.checks.ever_local.setdefault(key, set()).add(digest)
