"""One pass: all its sets observed, planned under one brake, applied; what failed for a moment tried again."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from syncd.engine.account import AccountCheck
from syncd.engine.apply import Applied, Applier
from syncd.engine.budget import Budget
from syncd.engine.halts import PASSING, halt_of, model_halt
from syncd.engine.heartbeat import LEASE_PATIENCE, LEASE_POLL, Heartbeat
from syncd.engine.merge import merged
from syncd.engine.observe import observe
from syncd.engine.report import Reporter
from syncd.engine.roots import Roots, RootVerdict
from syncd.engine.world import Target, World
from syncd.errors import Leased, SyncdError
from syncd.model.local import FolderState, LocalSnapshot, Note
from syncd.model.plan import Halt, PassPlan, SetPlan
from syncd.model.sets import SetKey
from syncd.model.words import Action, HaltName
from syncd.plan.plan import View, digest, halted, plan
from syncd.store import Lease

RETRIES = 3
"""How often a set that failed for a passing reason is tried again."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a pass is to go. `wait_seconds`: how long, in all, it may wait to try again."""

    dry_run: bool = False
    wait_seconds: float = 60.0


@dataclass(slots=True)
class _Round:
    """What one round found and did, set by set."""

    views: dict[SetKey, View] = field(default_factory=dict)
    plans: dict[SetKey, SetPlan] = field(default_factory=dict)
    applied: dict[SetKey, Applied] = field(default_factory=dict)


class Pass:
    """Brings sets in line with their folders, as far as one pass can; or tells what it would do."""

    def __init__(self, world: World, targets: Iterable[Target], notes: tuple[Note, ...], wishes: Wishes) -> None:
        start = world.clock.now()
        self._world = replace(world, policy=replace(world.policy, window_start=start))
        self._targets = {target.key: target for target in targets}
        self._notes = notes
        self._wishes = wishes
        self._leases: dict[SetKey, Lease] = {}
        self._roots: Mapping[bytes, RootVerdict] = {}
        self._halt: Halt | None = None
        self._digest = ""
        self._prepared = False
        self._models: dict[str, Halt | None] = {}
        self._reporter = Reporter(self._world)
        self._budget = Budget()

    def run(self) -> PassPlan:
        """Go, until nothing is left that a further try could better."""
        beat = Heartbeat(self._world.store, self._world.clock, self._leases)
        try:
            done = self._rounds()
        except BaseException:
            # An answer that comes within seconds is better known than looked for by the next pass.
            self._world.drain()
            raise
        finally:
            beat.stop()
            self._world.progress.stop()
            for lease in self._leases.values():
                self._world.store.leases.release(lease)
        root = self._world.places.root
        sets = tuple(done[key] for key in sorted(done))
        return PassPlan(root, self._wishes.dry_run, sets, self._notes, self._digest, self._root_halt())

    def _root_halt(self) -> Halt | None:
        # Without a set there is no line that could tell that the root itself is in doubt.
        halts = (verdict.halt for verdict in self._roots.values() if verdict.halt is not None)
        return self._halt or (None if self._targets else next(halts, None))

    def _rounds(self) -> dict[SetKey, SetPlan]:
        done: dict[SetKey, SetPlan] = {}
        todo, waited, patience = list(self._targets), 0.0, LEASE_PATIENCE
        tries = 0
        if not todo:
            self._prepare()
        while todo:
            self._prepare()
            made = self._round(todo)
            for key, decided in made.plans.items():
                done[key] = merged(done.get(key), decided)
            todo = [key for key in todo if _is_passing(made.plans[key], made.applied.get(key))]
            if not todo:
                break
            if all(_is_leased(made.plans[key]) for key in todo) and patience > 0 and not self._wishes.dry_run:
                self._world.clock.sleep(LEASE_POLL)
                patience -= LEASE_POLL
                continue
            tries += 1
            pause = self._pause(tries, made, todo, self._wishes.wait_seconds - waited)
            if tries > RETRIES or waited + pause > self._wishes.wait_seconds:
                break
            self._world.clock.sleep(pause)
            waited += pause
        return done

    def _pause(self, tries: int, made: _Round, todo: list[SetKey], left: float) -> float:
        """Return how long to wait before the next try: what the service asks for, else longer each time."""
        asked = [applied.retry_after or 0.0 for key, applied in made.applied.items() if key in todo]
        asked += [view.retry_after or 0.0 for key, view in made.views.items() if key in todo]
        pause = 2.0 ** (tries - 1)
        settled = self._world.policy.ambiguity_seconds
        if tries == RETRIES and any(_unknown(made.plans[key]) for key in todo):
            # The last try should find the window over, if the wait allows it.
            pause = max(pause, settled) if settled <= left else pause
        return max([pause, *asked])

    def _prepare(self) -> None:
        """Check what concerns all sets at once: the roots, and the account. Once, unless that failed for a moment."""
        if self._prepared and not (self._halt is not None and self._halt.name in PASSING):
            return
        self._prepared, self._halt = True, None
        store, now = self._world.store, self._world.clock.now()
        approved = {key: store.holds.approved(str(key)) for key in self._targets}

        def accepted(root: bytes) -> bool:
            return any(HaltName.ROOT_CHANGED in approved[key] for key in self._targets if self._root(key) == root)

        try:
            roots = Roots(store, now, lambda: str(uuid.uuid4()), dry_run=self._wishes.dry_run)
            places = self._world.places
            paths = {target.root for target in self._targets.values()} | ({places.root} if places.root else set())
            self._roots = roots.check(paths, accepted)
            check = AccountCheck(store, self._world.service, self._world.fingerprint)
            consent = any(HaltName.ACCOUNT_CHANGED in each for each in approved.values())
            self._halt = check.halt(lambda: secrets.token_hex(16), approved=consent)
            if check.switched:
                self._forget_account()
        except SyncdError as error:
            self._halt = halt_of(error)

    def _forget_account(self) -> None:
        """Drop what is remembered of the images of another account, in all sets that no one works on."""
        store, now = self._world.store, self._world.clock.now()
        for key in store.sets.recorded():
            try:
                lease = store.leases.acquire(key, now)
            except Leased:
                continue
            store.records.drop_all(lease, key)
            store.leases.release(lease)

    def _root(self, key: SetKey) -> bytes:
        return self._targets[key].root

    def _round(self, keys: list[SetKey]) -> _Round:
        made = _Round()
        self._world.progress.start(len(keys), 0, "looking at sets")
        for view in self._world.workers.map(self._observe, keys):
            made.views[view.local.key] = view
            self._world.progress.advance(files=1)
        self._world.progress.stop()
        made.plans = self._plan(made.views)
        self._digest = self._digest or digest(made.plans[key] for key in sorted(made.plans))
        if self._wishes.dry_run:
            return made
        self._announce(made)
        outcomes = self._world.workers.map(lambda key: self._apply(key, made), keys)
        for key, (decided, applied) in zip(keys, outcomes, strict=True):
            made.plans[key] = decided
            made.applied[key] = applied
        return made

    def _announce(self, made: _Round) -> None:
        steps = sum(len(one.room) + len(one.uploads) + len(one.rest) for one in made.plans.values())
        sent = sum(one.body for each in made.plans.values() for one in each.operations if one.action in _BODIES)
        if steps:
            self._world.progress.start(steps, sent, "sending")

    def _observe(self, key: SetKey) -> View:
        target = self._targets[key]
        try:
            lease = None if self._wishes.dry_run else self._lease(key)
        except SyncdError as error:
            return View(_unseen(target), halt=halt_of(error))
        return observe(self._world, target, self._roots.get(target.root, _UNKNOWN_ROOT), lease, self._halt)

    def _lease(self, key: SetKey) -> Lease:
        if key not in self._leases:
            self._leases[key] = self._world.store.leases.acquire(key, self._world.clock.now())
        return self._leases[key]

    def _plan(self, views: Mapping[SetKey, View]) -> dict[SetKey, SetPlan]:
        policy, now = self._world.policy, self._world.clock.now()
        ordered = [views[key] for key in sorted(views)]
        decided = {one.key: one for one in plan(ordered, policy, now)}
        for key, one in decided.items():
            if (one.writes or (one.halt is None and self._is_new(key))) and (
                halt := self._model_halt(key.model_id)
            ) is not None:
                decided[key] = halted(views[key].local, halt, policy)
        return decided

    def _model_halt(self, model_id: str) -> Halt | None:
        """Ask once a pass whether the model of a set that is to be changed is there."""
        if model_id not in self._models:
            self._models[model_id] = self._ask_model(model_id)
        return self._models[model_id]

    def _is_new(self, key: SetKey) -> bool:
        status = self._world.store.sets.get(key)
        return status is None or status.last_success is None

    def _ask_model(self, model_id: str) -> Halt | None:
        try:
            model = self._world.service.model(model_id)
        except SyncdError as error:
            halt = halt_of(error)
            return model_halt(model_id, None) if halt.name is HaltName.MODEL_NOT_FOUND else halt
        self._reporter.model_names[model_id] = model.name
        return model_halt(model_id, model.status) if model.status == "deleted" else None

    def _apply(self, key: SetKey, made: _Round) -> tuple[SetPlan, Applied]:
        decided, applied = made.plans[key], Applied()
        lease = self._leases.get(key)
        if lease is None:
            return decided, applied
        target = self._targets[key]
        root = self._roots.get(target.root, _UNKNOWN_ROOT)
        if decided.halt is None:
            applier = Applier(self._world, target, root, lease, made.views[key], self._budget)
            decided, applied = applier.apply(decided)
        try:
            self._reporter.save(lease, decided, root)
        except SyncdError as error:
            decided = replace(decided, halt=halt_of(error))
        return decided, applied


_BODIES = frozenset({Action.UPLOAD, Action.REPLACE})
_UNKNOWN_ROOT = RootVerdict(None)


def _unseen(target: Target) -> LocalSnapshot:
    return LocalSnapshot(target.key, target.folder.path, FolderState.MISSING)


def _is_leased(decided: SetPlan) -> bool:
    return decided.halt is not None and decided.halt.name is HaltName.LEASED


def _is_passing(decided: SetPlan, applied: Applied | None) -> bool:
    if decided.halt is not None:
        return decided.halt.name in PASSING
    if applied is not None and applied.again:
        return True
    return _unknown(decided) or any(operation.temporary for operation in decided.operations)


def _unknown(decided: SetPlan) -> bool:
    return any(one.unknown or one.action is Action.PENDING for one in decided.operations)
