"""One simulated world: folders, state, clouds, clock and processes, and every event that may befall them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from syncd.engine.passing import Pass, Wishes
from syncd.engine.targets import find_targets
from syncd.errors import SyncdError
from syncd.model.plan import MaxDelete, PassPlan, Policy
from syncd.plan.verdict import exit_code
from syncd.sandbox import ImageService
from syncd.store import Store
from tests.harness.crash import Crash
from tests.simulation import install
from tests.simulation.cloud import Cloud, Lies
from tests.simulation.events import Setting
from tests.simulation.folders import Folders
from tests.simulation.hands import Clock, Hand
from tests.simulation.moments import Arm, Moments
from tests.simulation.oracle import Oracle
from tests.simulation.people_events import PeopleEvents
from tests.simulation.service_events import ServiceEvents
from tests.simulation.state_events import StateEvents
from tests.simulation.wire import OTHER, OWN, Wire
from tests.world import World

_STATE_EVENTS = ("lose state", "roll back", "damage state", "keep state")
_STORE_EVENTS = ("approve", "forget", "retry", "another process", "stale lease")


class Realm(ServiceEvents, StateEvents, PeopleEvents, World):
    """Does events one after the other; `oracle.broken` holds what broke an invariant on the way."""

    def __init__(self, home: Path, setting: Setting, seed: int = 0) -> None:
        self.setting, self.limit = setting, setting.limit
        self._base(home)
        self.clock = Clock()
        self.moments = self.fuse = Moments(self.do)
        self.folders = Folders(self.root)
        self.clouds = {key: self._cloud(key) for key in (OWN, OTHER)}
        self.key = OWN
        self.wire = Wire(self, self.clouds)
        self.oracle = Oracle(self)
        self.seen: Counter[str] = Counter()
        self.actor = 0
        self.seen_marker: str | None = None
        self.crashes = 0
        self.brake: MaxDelete | None = None
        self.clock.napping = lambda: self.moments.at("nap")
        chance = random.Random(seed)
        self._executor = Hand(chance)
        self._chance = chance
        self._kept: tuple[Path, str | None] | None = None

    def _base(self, home: Path) -> None:
        self.root, self.state = home / "photos", home / "state" / "state.db"
        self.inline, self.code, self.last = True, None, None
        self._url = f"sqlite:///{self.state}"
        self._store = None
        self._names: dict[str, str] = {}
        self._alive: dict[int, int] = {}
        self.pid = 100
        self.root.mkdir()

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
        if (inside and name in _STATE_EVENTS) or (install.in_transaction(self) and name in _STORE_EVENTS):
            return
        self.moments.trace(f"event {event}")
        if self.folders.do(name, *more):
            return
        getattr(self, f"_do_{name.replace(' ', '_').replace('-', '_')}")(*more)

    def _do_fault(self, kind: str, fault: str, times: int, delay: float) -> None:
        self.wire.faults[kind].append([fault, times, delay])

    def _do_inside(self, point: str, number: int, event: tuple[object, ...]) -> None:
        self.moments.arms.append(Arm(point, number, event))

    # Passes

    def _do_pass(self, how: str) -> None:
        self.run(how)

    def run(self, how: str = "", host: str = "nas") -> None:
        """Make a pass, as far as it comes."""
        self.moments.begin()
        self.wire.asked.clear()
        try:
            if not self.legit() and self.folders.root.is_dir():
                self.oracle.legit_markers.add(self.folders.marker())
            self._attempt(how, host)
        except Crash:
            self.moments.trace("crash")
            self._die()
        except SyncdError as error:
            self.moments.trace(f"error {error.code} {error.message}")
            self.saw(f"error {error.code}")
            self.code = error.exit_code
        except Exception as error:  # noqa: BLE001 - nothing but our errors may leave the program
            self.oracle.say(f"a traceback: {error!r}")
            self.end()
        finally:
            self.moments.end()
            self.wire.faults.clear()

    def legit(self) -> bool:
        return bool(self.oracle.legit_markers - {None})

    def _attempt(self, how: str, host: str) -> None:
        with self.opened() as store:
            self.actor = self._next_pid()
            store.leases._me = self.another(self.actor, host)
            self.oracle.begin_pass()
            policy = self._policy(how)
            wishes = Wishes(how == "dry", self.setting.wait)
            self._pass(store, policy, wishes)
            if not self.legit():
                self.oracle.legit_markers.add(self.folders.marker())

    def _policy(self, how: str) -> Policy:
        text = self.setting.brake
        self.brake = None if how == "max-delete" else MaxDelete(float(text.rstrip("%")), percent=text.endswith("%"))
        return Policy(
            limit=self.limit,
            deletes=how != "no-delete",
            max_delete=self.brake or MaxDelete(100, percent=True),
            ambiguity_seconds=self.setting.window,
        )

    def _pass(self, store, policy: Policy, wishes: Wishes) -> None:
        with ExitStack() as stack:
            made = install.engine_world(self, stack, store, policy)
            targets, notes = find_targets(made.places, store.sets.recorded(), made.scanning.ignored)
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
                self.saw(f"detail {each.detail}" if each.detail in install.DETAILS else "operation")
                if each.action == "refused" and each.detail.startswith("sent "):
                    self.saw("refused after unknown answers")
                told.append(f"{each.action} {each.name!r} {each.reason} {each.remote_id} {each.outcome}")
        self.moments.trace("; ".join(told))

    # The end

    def heal(self) -> None:
        """Faults off, folders still and readable, nothing on its way, the service whole."""
        self.wire.faults.clear()
        self.moments.end()
        self.wire.accepting, self.wire.reencode = True, ""
        for cloud in self.clouds.values():
            cloud.lies = Lies()
            cloud.gone_pictures.clear()
            cloud.bring_models_back()
        self.clock.pass_time(31)
        self.wire.deliver(all_of_it=True)
        self.folders.heal()
