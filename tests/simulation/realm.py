"""One simulated world: folders, state, clouds, clock and processes, and every event that may befall them."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections import Counter
from contextlib import ExitStack, closing
from pathlib import Path

from syncd.engine.passing import Pass, Wishes
from syncd.engine.targets import find_targets
from syncd.errors import Leased, SyncdError
from syncd.model.plan import MaxDelete, PassPlan, Policy
from syncd.plan.verdict import exit_code
from syncd.sandbox import ApiError, ImageService
from tests.harness.crash import Crash
from tests.simulation import install
from tests.simulation.cloud import HUMAN, Cloud, Lies
from tests.simulation.events import Setting
from tests.simulation.folders import Folders
from tests.simulation.hands import Clock, Hand
from tests.simulation.moments import Arm, Moments
from tests.simulation.oracle import Oracle
from tests.simulation.wire import BASE, Wire
from tests.world import World, content, key_of

OWN, OTHER = "sk-own-0123456789", "sk-other-0123456789"
_STATE_EVENTS = ("lose state", "roll back", "damage state", "keep state")
_STORE_EVENTS = ("approve", "forget", "retry", "another process", "stale lease")


class Realm(World):
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

    def exists(self, key: str) -> bool:
        """Whether a set is there, by its folder or a record."""
        if self.folders.folder(key).is_dir():
            return True
        return bool(self.oracle._rows("SELECT 1 FROM records WHERE model_id || '/' || image_type = ? AND "
                                      "state NOT IN ('gone', 'lapsed')", key))  # fmt: skip

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

    def _do_human_upload(self, key: str, what: str) -> None:
        try:
            self.cloud.add(key, content(what), HUMAN, self.clock.true)
        except ApiError:
            return

    def _do_output(self, key: str, what: str) -> None:
        self._do_human_upload(f"{key.split('/')[0]}/output", what)

    def _do_human_removal(self, key: str, number: int) -> None:
        images = self.cloud.images(key)
        if images and self.cloud.there(key.split("/")[0]):
            self.cloud.remove(images[number % len(images)].id, self.clock.true)

    def _do_wipe(self, key: str, number: int) -> None:
        if self.cloud.there(key.split("/")[0]):
            for image in self.cloud.images(key)[:number]:
                self.cloud.remove(image.id, self.clock.true)

    def _do_backup(self, _key: str) -> None:
        self.cloud.backup()

    def _do_restore(self, _key: str) -> None:
        self.cloud.bring_models_back()
        self.cloud.restore(self.clock.true)

    def _do_model_away(self, key: str) -> None:
        self.cloud.take_model(key.split("/")[0], "away")

    def _do_model_deleted(self, key: str) -> None:
        self.cloud.take_model(key.split("/")[0], "deleted")

    def _do_model_back(self, _key: str) -> None:
        self.cloud.bring_models_back()

    def _do_lag(self, seconds: float) -> None:
        self.cloud.lies.lag = seconds

    def _do_holes(self, key: str, number: int) -> None:
        images = self.cloud.images(key)
        if images:
            self.cloud.lies.holes.add(images[number % len(images)].id)

    def _do_empty_list(self, _key: str) -> None:
        self.cloud.lies.empty = True

    def _do_freeze(self, _key: str) -> None:
        self.cloud.lies.frozen = self.clock.true

    def _do_thaw(self, _key: str) -> None:
        self.cloud.lies = Lies()

    def _do_picture_gone(self, key: str, number: int) -> None:
        images = self.cloud.images(key)
        if images:
            self.cloud.gone_pictures.add(images[number % len(images)].id)
            self.oracle.fuzzy.add(key)

    def _do_pictures_back(self, _key: str) -> None:
        for cloud in self.clouds.values():
            cloud.gone_pictures.clear()

    def _do_re_encode(self, how: str) -> None:
        self.wire.reencode = how
        if how == "lossy":
            self.oracle.fuzzy |= set(self.setting.keys)

    def _do_pass_time(self, seconds: float) -> None:
        self.clock.pass_time(seconds)
        self.wire.deliver()

    def _do_suspend(self, seconds: float) -> None:
        self._do_pass_time(seconds)

    def _do_jump(self, seconds: float) -> None:
        self.clock.wall += seconds

    def _do_reboot(self, _key: str) -> None:
        self.clock.reboot()
        if self.moments.depth:
            self.moments.crashes["reboot"] += 1
            self.moments.burnt = True
            raise Crash
        self._die()

    def _do_heal(self) -> None:
        self.heal()

    def _do_limit(self, number: int) -> None:
        self.limit = number

    def _do_other_key(self, _key: str) -> None:
        self.key = OTHER

    def _do_own_key(self, _key: str) -> None:
        self.key = OWN

    def _do_key_rejected(self, _key: str) -> None:
        self.wire.accepting = False

    def _do_key_accepted(self, _key: str) -> None:
        self.wire.accepting = True

    def _do_disk_full(self, number: int) -> None:
        self.moments.full_from = number

    # The state

    def _do_keep_state(self, _key: str) -> None:
        if not self.state.exists():
            return
        target = self.state.with_name("kept")
        target.unlink(missing_ok=True)
        with closing(sqlite3.connect(self.state)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
        self._kept = (target, self.oracle.account)

    def _do_roll_back(self, _key: str) -> None:
        if self._kept is None or not self._kept[0].exists():
            return
        self._drop_state()
        shutil.copyfile(self._kept[0], self.state)
        self.oracle.account = self._kept[1]

    def _do_lose_state(self, _key: str) -> None:
        self._drop_state()

    def _do_damage_state(self, key: str) -> None:
        if not self.state.exists():
            return
        self.end()
        data = bytearray(self.state.read_bytes())
        if key.endswith("auxiliaryType"):
            data = bytearray()
        else:
            for place in range(self._chance.randrange(900), len(data), 1 + self._chance.randrange(3000)):
                data[place] ^= 0x5A
        self._drop_state()
        self.state.write_bytes(data)
        self.state.chmod(0o600)

    def _drop_state(self) -> None:
        self.end()
        for each in ("", "-wal", "-shm"):
            self.state.with_name(f"state.db{each}").unlink(missing_ok=True)
        self.oracle.forgets()
        self.oracle.legit_markers.clear()
        self.oracle.account = None

    def end(self) -> None:
        self.oracle.let_go()
        super().end()

    def _die(self) -> None:
        """The process is no more; every third time its store is opened anew, else it only counts as another's."""
        self.crashes += 1
        self.wire.deliver()
        if self.crashes % 3 == 0 or self._store is None:
            self.end()
        else:
            self._store._database._drop()
        self._alive.clear()

    # People and other processes

    def _do_approve(self, scope: str) -> None:
        with self.opened() as store:
            for hold in store.holds.approve([scope] if scope else None, self.clock.now()):
                if hold.remote_id:
                    self.oracle.approved_ids.add(hold.remote_id)
                    continue
                self.oracle.approved_halts.add(hold.kind)
                if hold.kind == "root-changed":
                    self.oracle.legit_markers.add(self.seen_marker)
                if hold.kind == "account-changed":
                    self.oracle.forgets()

    def _do_forget(self, key: str, number: int) -> None:
        with self.opened() as store:
            records = store.records.load(key_of(key)).records
            if records:
                self.oracle.forgets(key)
                store.records.forget(key_of(key), [records[number % len(records)].row])

    def _do_retry(self, key: str) -> None:
        with self.opened() as store:
            store.records.retry(key_of(key))

    def _do_stale_lease(self, key: str) -> None:
        try:
            with closing(self.open_as(self.another(7, "elsewhere"))) as store:
                store.leases.acquire(key_of(key), self.clock.now())
        except Leased:
            return

    def _do_another_process(self, host: str, seconds: float) -> None:
        """Another process makes a pass of its own, be it in the middle of ours."""
        self.saw(f"another process on {host}")
        if not self.moments.depth:
            self.run("", host=host)
            return
        self._do_pass_time(seconds)
        mine, code, last, brake = self.actor, self.code, self.last, self.brake
        try:
            self.actor = self._next_pid()
            with closing(self.open_as(self.another(self.actor, host))) as store:
                self._pass(store, self._policy(""), Wishes(False, 0))
        except SyncdError as error:
            self.saw(f"error {error.code}")
        finally:
            self.actor, self.code, self.last, self.brake = mine, code, last, brake

    def _next_pid(self) -> int:
        self.pid += 1
        return self.pid

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
