"""One simulated world: folders, state, clouds, clock and processes, and every event that may befall them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from syncd.engine.passing import Pass, Wishes
from syncd.engine.recent import RecentModels
from syncd.engine.targets import find_targets
from syncd.errors import SyncdError
from syncd.model.plan import MaxDelete, Overflow, PassPlan, Policy
from syncd.plan.verdict import exit_code
from syncd.sandbox import ImageService
from syncd.store import Store, open_copy
from tests.harness.crash import Crash
from tests.simulation import install
from tests.simulation.cloud import Cloud, Lies
from tests.simulation.effort import Effort, forms_of
from tests.simulation.events import Setting
from tests.simulation.folders import Folders
from tests.simulation.ground import marker
from tests.simulation.hands import Clock, Hand
from tests.simulation.moments import Arm, Moments
from tests.simulation.oracle import Oracle
from tests.simulation.people_events import PeopleEvents
from tests.simulation.service_events import ServiceEvents
from tests.simulation.state_events import StateEvents
from tests.simulation.wire import OTHER, OWN, Wire
from tests.world import World

_STATE_EVENTS = ("lose state", "other database", "roll back", "damage state", "keep state", "move set")
_STORE_EVENTS = ("approve", "forget", "retry", "another process", "stale lease")


class Realm(Effort, ServiceEvents, StateEvents, PeopleEvents, World):
    """Does events one after the other; `oracle.broken` holds what broke an invariant on the way."""

    def __init__(self, home: Path, setting: Setting, seed: int = 0) -> None:
        self.setting, self.limit = setting, setting.limit
        self._base(home)
        self.clock = Clock()
        self.moments = self.fuse = Moments(self.do)
        self.folders = Folders(self.root, setting.elsewhere, unmarkable=setting.unmarkable)
        self.clouds = {key: self._cloud(key) for key in (OWN, OTHER)}
        self.key = OWN
        self.wire = Wire(self, self.clouds)
        self.oracle = Oracle(self)
        self.secrets = (*forms_of(OWN), *forms_of(OTHER))
        self.seen: Counter[str] = Counter()
        self.actor = 0
        self.seen_markers: dict[Path, str | None] = {}
        self.pass_limit = setting.limit
        self.crashes = 0
        self.touched = self.not_ours = self.dry = False
        self.brake: MaxDelete | None = None
        self.clock.napping = lambda: self.moments.at("nap")
        chance = random.Random(seed)
        self._executor = Hand(chance)
        self._chance = chance
        self._kept: tuple[Path, str | None] | None = None

    def _base(self, home: Path) -> None:
        self.root, self.state = home / "photos", home / "state" / "state.db"
        self._home = str(home)
        self.inline, self.code, self.last = True, None, None
        self._url = f"sqlite:///{self.state}"
        self._store = None
        self._names: dict[str, str] = {}
        self._alive: dict[int, int] = {}
        self.recent = RecentModels()
        self.pid = 100

    def _cloud(self, key: str) -> Cloud:
        numbers = iter(range(1, 1_000_000))
        letter = "i" if key == OWN else "o"
        service = ImageService(api_key=key, new_id=lambda: f"{letter}{next(numbers):03}", now=lambda: self.clock.wall)
        for model in sorted({one.split("/")[0] for one in self.setting.keys}):
            service.create_model(model)
        return Cloud(service, self.setting.hard)

    @property
    def cloud(self) -> Cloud:
        return self.clouds[self.key]

    def saw(self, what: str) -> None:
        self.seen[what] += 1

    def _close(self) -> None:
        World.end(self)

    def exists(self, key: str) -> bool:
        """Whether a set is there, by its folder or a record."""
        if self.folders.folder(key).is_dir():
            return True
        return bool(self.oracle._rows("SELECT 1 FROM records WHERE model_id || '/' || image_type = ? AND "
                                      "state NOT IN ('gone', 'lapsed')", key))  # fmt: skip

    @contextmanager
    def opened(self) -> Iterator[Store]:
        """Open the state, and keep it open until `end`."""
        if self._store is None:
            self._store = self.open_as(self.identity())
        yield self._store

    # Events

    def do(self, event: tuple[object, ...]) -> None:
        """Let one thing happen, where it can."""
        name, *more = event
        inside = self.moments.depth > 0
        self.touched |= inside
        if (inside and name in _STATE_EVENTS) or (install.in_transaction(self) and name in _STORE_EVENTS):
            return
        self.moments.trace(f"event {event}")
        before = set(self.folders.elsewhere)
        if self.folders.do(name, *more):
            self.oracle.move(self.folders.elsewhere.keys() - before)
            return
        act = getattr(self, f"_do_{name.replace(' ', '_').replace('-', '_')}")
        try:
            act(*more)
        except SyncdError as error:
            if not self.not_ours:
                raise
            self.saw(f"error {error.code}")

    def _do_fault(self, kind: str, fault: str, times: int, delay: float) -> None:
        self.wire.faults[kind].append([fault, times, delay])

    def _do_inside(self, point: str, number: int, event: tuple[object, ...]) -> None:
        self.moments.arms.append(Arm(point, number, event))

    # Passes

    def _do_pass(self, how: str) -> None:
        if how == "twice":
            self._told_and_done()
        else:
            self.run(how)

    def _told_and_done(self) -> None:
        """Promise 1: what a dry run tells is what a run does, where nothing changed."""
        self.moments.end()
        self.wire.faults.clear()
        began = self.clock.true
        self.run("dry")
        told, self.last = self.last, None
        if self.clock.true == began:
            self.run("")
            self.saw("dry run, then run")
            self._compare(told, self.last)

    def _compare(self, told: PassPlan | None, done: PassPlan | None) -> None:
        if told is None or done is None or any(one.halt and one.halt.name == "leased" for one in done.sets):
            return
        if told.digest != done.digest:
            self.oracle.say("promise 1: the run did not do what the dry run told")

    def run(self, how: str = "", host: str = "nas") -> None:
        """Make a pass, as far as it comes."""
        self.moments.begin()
        self.touched = False
        self.wire.asked.clear()
        self.begin_effort()
        try:
            self.oracle.learn_markers()
            self._attempt(how, host)
        except Crash:
            self.moments.trace("crash")
            self._die()
        except SyncdError as error:
            self.moments.trace(f"error {error.code} {error.message}".replace(self._home, "~"))
            self.oracle.check_words(f"{error.message} {error.remedy} {error!r}")
            self.saw(f"error {error.code}")
            self.code = error.exit_code
        except Exception as error:  # noqa: BLE001 - nothing but our errors may leave the program
            self.oracle.say(f"a traceback: {error!r}")
            self.end()
        finally:
            self.moments.end()
            self.wire.faults.clear()
            self._check_ground(dry=how == "dry")
            self.check_effort()

    def _check_ground(self, *, dry: bool) -> None:
        self.folders.ground.check(may_mark=not dry)
        for text in self.folders.ground.broken:
            self.oracle.say(text)
        self.folders.ground.broken.clear()

    def _attempt(self, how: str, host: str) -> None:
        self.dry = how == "dry"
        if self.dry:
            self._dry()
            return
        with self.opened() as store:
            self.actor = self._next_pid()
            store.leases._me = self.another(self.actor, host)
            self.oracle.begin_pass()
            policy = self._policy(how)
            if any(root.is_dir() and marker(root) is None for root in self.folders.roots):
                self.saw("unmarked root")
            self._pass(store, policy, Wishes(False, self.setting.wait, lease_seconds=1))
            self.oracle.learn_markers()

    def _dry(self) -> None:
        """Tell what a pass would do: by a copy of the state, and nothing is written anywhere."""
        self.actor = self._next_pid()
        before = self._written()
        identity = self.another(self.actor)
        with closing(open_copy(self._url, clock=self.clock, identity=identity)) as store:
            self.oracle.begin()
            self._pass(store, self._policy(""), Wishes(True, self.setting.wait))
        if self._store is None:
            # Another file may take the place of a damaged one.
            self.oracle.let_go()
        if self.moments.depth == 0 and not self.touched and before != self._written():
            self.oracle.say("a dry run wrote to the state")
        writes = [one for one in self.wire.asked if one.startswith(("POST", "DELETE"))]
        if writes:
            self.oracle.say(f"a dry run does something: {writes}")

    def _written(self) -> tuple[bytes, bytes]:
        """Return the state's file, with what was written to it last."""
        files = (self.state, self.state.with_name("state.db-wal"))
        one, two = (file.read_bytes() if file.exists() else b"" for file in files)
        return one, two

    def _policy(self, how: str) -> Policy:
        text, self.pass_limit = self.setting.brake, self.limit
        self.brake = None if how == "max-delete" else MaxDelete(float(text.rstrip("%")), percent=text.endswith("%"))
        return Policy(
            limit=self.pass_limit,
            overflow=Overflow.ROTATE if self.setting.rotate else Overflow.HOLD,
            deletes=how != "no-delete",
            max_delete=self.brake or MaxDelete(100, percent=True),
            ambiguity_seconds=self.setting.window,
        )

    def _pass(self, store, policy: Policy, wishes: Wishes) -> None:
        with ExitStack() as stack:
            made = install.engine_world(self, stack, store, policy)
            targets, notes = find_targets(made.places, store.sets.recorded())
            self.last = Pass(made, targets, notes, wishes).run()
        self.code = int(exit_code(self.last))
        self._note(self.last)

    def _note(self, done: PassPlan) -> None:
        told = [f"code {self.code}"]
        for one in done.sets:
            if one.halt is not None:
                self.saw(f"halt {one.halt.name}")
                told.append(f"{one.key} {one.halt.name}")
            for each in one.operations:
                self.saw(f"{each.action}{f' {each.reason}' if each.action == 'held' else ''}")
                if each.reason == "made-room" and each.outcome == "done":
                    self.saw("made room")
                self.saw(f"detail {each.detail}" if each.detail in install.DETAILS else "operation")
                if each.action == "refused" and each.detail.startswith("sent "):
                    self.saw("refused after unknown answers")
                told.append(f"{each.action} {each.name!r} {each.reason} {each.remote_id} {each.outcome}")
        text = "; ".join([*told, *(f"{one.halt.detail} {one.halt.remedy}" for one in done.sets if one.halt)])
        self.moments.trace("; ".join(told))
        self.oracle.check_words(text)

    # The end

    def heal(self) -> None:
        """Faults off, folders still and readable, nothing on its way, the service whole."""
        self.wire.faults.clear()
        self.moments.end()
        self.wire.accepting, self.wire.reencode, self.wire.down = True, "", ""
        for cloud in self.clouds.values():
            cloud.lies = Lies()
            cloud.gone_pictures.clear()
            cloud.bring_models_back()
        self.clock.pass_time(31)
        self.wire.deliver(all_of_it=True)
        self.folders.heal()
        self.take_other_database_away()
