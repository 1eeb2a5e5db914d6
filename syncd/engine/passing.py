"""One pass: all its sets observed, planned under one brake, applied; what failed for a moment tried again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from syncd.engine.apply import Applied, Applier
from syncd.engine.ask import LAG
from syncd.engine.guard import Guard
from syncd.engine.halts import PASSING, halt_of
from syncd.engine.leasing import Leasing
from syncd.engine.merge import merged
from syncd.engine.models import Models
from syncd.engine.observe import observe
from syncd.engine.outage import NOT_ASKED, Outage
from syncd.engine.patience import Open, Patience, Wishes
from syncd.engine.prelude import Prelude
from syncd.engine.quick import untouched
from syncd.engine.rebuild import rebuilt
from syncd.engine.report import Reporter, remote_after
from syncd.engine.script import Follower
from syncd.engine.tidy import drop_vanished, purge
from syncd.engine.world import Target, World
from syncd.errors import SyncdError
from syncd.model.local import FolderState, LocalSnapshot, Note, contents
from syncd.model.plan import Outcome, PassPlan, SetPlan
from syncd.model.sets import SetKey
from syncd.model.words import Action, HaltName
from syncd.plan.brake import Removals
from syncd.plan.ledger import UP
from syncd.plan.plan import View, digest, halted, plan
from syncd.scan.kept import Kept

__all__ = ["Pass", "Wishes"]

_BODIES = frozenset({Action.UPLOAD, Action.REPLACE})


@dataclass(slots=True)
class _Round:
    """What one round found and did, set by set; `asked`: the longest time that the service asked to wait."""

    views: dict[SetKey, View] = field(default_factory=dict)
    plans: dict[SetKey, SetPlan] = field(default_factory=dict)
    again: set[SetKey] = field(default_factory=set)
    asked: float = 0.0


class Pass:
    """Brings sets in line with their folders, as far as one pass can; or tells what it would do.

    `left_open`, once it ran: what a later pass may better.
    """

    def __init__(self, world: World, targets: Iterable[Target], notes: tuple[Note, ...], wishes: Wishes) -> None:
        self._start = world.clock.now().before(wishes.window_seconds)
        policy = replace(world.policy, window_start=self._start, lag_seconds=float(world.store.meta.get(LAG) or 0))
        scanning = replace(world.scanning, kept=Kept())
        self._world = world = replace(world, policy=policy, service=Guard(world.service), scanning=scanning)
        self._targets = {target.key: target for target in targets}
        self._notes = notes
        self._wishes = wishes
        self._leases = Leasing(world.store, world.clock, world.pulse)
        self._prelude = Prelude(world, self._targets, self._leases.of, dry_run=wishes.dry_run)
        self._models = Models(world)
        self._reporter = Reporter(world, self._models.names)
        self._outage = Outage()
        self._done: dict[SetKey, SetPlan] = {}
        self._planned: dict[SetKey, SetPlan] = {}
        self._follower = Follower(wishes.script, len(self._targets)) if wishes.script is not None else None
        self.left_open = Open()

    def run(self) -> PassPlan:
        """Go, until nothing is left that a further try could better."""
        with self._leases:
            try:
                self._rounds()
            except BaseException:
                # An answer that comes within seconds is better known than looked for by the next pass.
                self._world.drain()
                raise
            finally:
                self._world.progress.stop()
        if self._wishes.tidy and not self._wishes.dry_run:
            self._tidy()
        # Without a set there is no line that could tell that the root itself is in doubt.
        halt = self._prelude.halt or (None if self._targets else self._prelude.root_halt())
        sets = tuple(self._done[key] for key in sorted(self._done))
        return PassPlan(self._world.places.root, self._wishes.dry_run, sets, self._notes, self._name(sets), halt)

    def _name(self, sets: Iterable[SetPlan]) -> str:
        if self._wishes.script is not None:
            return self._wishes.script.digest
        return digest(sets if self._wishes.dry_run else (self._planned[key] for key in sorted(self._planned)))

    def _tidy(self) -> None:
        try:
            purge(self._world)
            if self._wishes.everything and not any(one.halt for one in self._done.values()):
                drop_vanished(self._world, self._targets)
        except SyncdError:
            # The sets have told of a state that takes no writes; what is kept too long does no harm.
            return

    def _rounds(self) -> None:
        patience = Patience(self._wishes, self._world.policy.ambiguity_seconds)
        todo = list(self._targets)
        while True:
            self._prelude.look()
            made = self._round(self._outage.begin(todo))
            for key, decided in made.plans.items():
                self._done[key] = merged(self._done.get(key), decided)
            self._models.doubt(made.plans.values(), made.views)
            self.left_open = _left_open(made)
            if self._follower is not None and self._follower.lacks(made.plans):
                todo = list(self._targets)
                continue
            again = patience.after(self.left_open)
            if again is None:
                return
            if self._follower is None:
                # Two that wait for each other's sets, and keep their own, would wait for ever.
                self._leases.give_back()
            self._world.clock.sleep(again.seconds)
            todo = list(again.keys)

    def _round(self, keys: list[SetKey]) -> _Round:
        made = _Round()
        self._look_at(keys, made)
        made.plans = self._plan(made)
        self._note_planned(made.plans.values())
        if self._may_act(made) and not self._wishes.dry_run:
            self._act(keys, made)
        return made

    def _note_planned(self, plans: Iterable[SetPlan]) -> None:
        """Keep the first plan of each set: what a dry run names. A look that failed is none."""
        self._planned |= {one.key: one for one in plans if not self._has_plan(one.key)}

    def _has_plan(self, key: SetKey) -> bool:
        before = self._planned.get(key)
        return before is not None and (before.halt is None or bool(before.operations))

    def _may_act(self, made: _Round) -> bool:
        """Tell whether what was decided may be done: of a plan that a person looked at all, or nothing at all."""
        if self._follower is None:
            return True
        made.plans, acts = self._follower.allow(made.views, made.plans)
        return acts

    def _act(self, keys: list[SetKey], made: _Round) -> None:
        self._announce(made)
        self._outage.forgive()
        wanted = [key for key in keys if key in made.plans]
        outcomes = self._world.workers.map(lambda key: self._apply(key, made), wanted)
        for key, (decided, applied) in zip(wanted, outcomes, strict=True):
            made.plans[key] = decided
            made.asked = max(made.asked, applied.retry_after or 0.0)
            made.again |= {key} if applied.again else set()
            self._world.absences.note(key, decided.absent - _deleted(decided), self._world.clock.now())

    def _look_at(self, keys: list[SetKey], made: _Round) -> None:
        self._world.progress.start(len(keys), 0, "looking at sets")
        for view in self._world.workers.map(self._observe, keys):
            if isinstance(view, View):
                made.views[view.local.key] = self._as_seen(view)
                made.asked = max(made.asked, view.retry_after or 0.0)
            else:
                self._done[view.key] = view
                self._note_planned([view])
            self._world.progress.advance(files=1)
        self._world.progress.stop()

    def _as_seen(self, view: View) -> View:
        return view if self._wishes.script is None else self._wishes.script.as_seen(view)

    def _announce(self, made: _Round) -> None:
        steps = sum(len(one.room) + len(one.uploads) + len(one.rest) for one in made.plans.values())
        sent = sum(one.body for each in made.plans.values() for one in each.operations if one.action in _BODIES)
        if steps:
            self._world.progress.start(steps, sent, "sending")

    def _observe(self, key: SetKey) -> View | SetPlan:
        target = self._targets[key]
        unseen = LocalSnapshot(key, target.folder.path, FolderState.MISSING)
        try:
            lease = None if self._wishes.dry_run else self._leases.take(key)
            if self._outage.passes_over(key):
                return View(unseen, self._world.store.records.load(key), halt=NOT_ASKED)
            if self._wishes.quick and not self._prelude.halt:
                root = self._prelude.root_of(target)
                if (still := untouched(self._world, target, root, lease)) is not None:
                    return still
        except SyncdError as error:
            return View(unseen, halt=halt_of(error))
        root, anew = self._prelude.root_of(target), self._wishes.rebuild
        view = observe(self._world, target, root, lease, self._prelude.halt, anew=anew)
        view = replace(view, absent=self._world.absences.of(key))
        self._outage.learn(view.halt, answered=view.look is not None)
        return view

    def _plan(self, made: _Round) -> dict[SetKey, SetPlan]:
        ordered, now = [made.views[key] for key in sorted(made.views)], self._world.clock.now()
        decided = plan(ordered, self._world.policy, now, self._earlier(made.views))
        plans = {one.key: one for one in decided}
        for one in decided:
            self._world.absences.note(one.key, one.absent, now)
        asking = [key for key, one in plans.items() if self._needs_model(one)]
        self._models.doubt(decided, made.views)
        answers = self._models.ask(key.model_id for key in asking)
        for key in asking:
            answer = answers[key.model_id]
            made.asked = max(made.asked, answer.retry_after)
            if answer.halt is not None:
                plans[key] = halted(made.views[key], answer.halt, self._world.policy)
        return plans

    def _needs_model(self, decided: SetPlan) -> bool:
        """Tell whether the model is to be asked for: before it is changed, when it is new, and when it lost images."""
        if decided.halt is not None:
            return decided.halt.name is HaltName.REMOTE_MASS_MISSING
        if decided.writes:
            return True
        status = self._world.store.sets.get(decided.key)
        return status is None or status.last_success is None

    def _earlier(self, views: Mapping[SetKey, View]) -> list[Removals]:
        """Say to the brake what other sets hold, and have lost: those of earlier rounds, or of the daemon's hour."""
        others = {key for key, one in self._done.items() if key not in views and one.halt is None}
        hour = self._wishes.window_seconds > 0 and any(map(_misses, views.values()))
        if not others and not hour:
            return []
        census, now = self._world.store.census, self._world.clock.now()
        up, lost = census.all_live(), census.removed(now, self._start.age_at(now))
        missed = self._world.absences.all() if hour else {}
        others |= ({*up, *lost, *missed} - views.keys()) if hour else set()
        return [Removals(key, missed.get(key, frozenset()), up.get(key, 0), lost.get(key, 0)) for key in sorted(others)]

    def _apply(self, key: SetKey, made: _Round) -> tuple[SetPlan, Applied]:
        decided, applied = made.plans[key], Applied()
        lease = self._leases.of(key)
        if lease is None:
            return decided, applied
        target = self._targets[key]
        root = self._prelude.root_of(target)
        if decided.halt is None and self._wishes.rebuild:
            decided = rebuilt(self._world, lease, decided)
        elif decided.halt is None:
            if decided.writes and self._outage.passes_over(key):
                decided = halted(made.views[key], NOT_ASKED, self._world.policy)
            else:
                decided, applied = Applier(self._world, target, root, lease, made.views[key], decided).apply()
                self._outage.learn(applied.halt, answered=applied.answered)
        try:
            if decided.halt is not None and self._wishes.rebuild:
                # Nothing came of forgetting: the set stands as it does with its memory.
                view = replace(made.views[key], memory=self._world.store.records.load(key))
                decided = halted(view, decided.halt, self._world.policy)
            self._reporter.save(lease, decided, root)
        except SyncdError as error:
            decided = replace(decided, halt=halt_of(error))
        decided = replace(decided, remote=remote_after(decided))
        if decided.halt is not None and decided.halt.name is HaltName.LEASED:
            self._leases.lose(key)
        return decided, applied


def _deleted(decided: SetPlan) -> set[str | None]:
    done = (one for one in decided.operations if one.outcome is Outcome.DONE)
    return {one.remote_id for one in done if one.action is Action.DELETE}


def _misses(view: View) -> bool:
    """Tell whether an image of a set may have lost its file, so that the brake has anything to judge."""
    there = contents(view.local.files)
    return any(record.state in UP and record.content.sha256 not in there for record in view.memory.records)


def _left_open(made: _Round) -> Open:
    leased = tuple(key for key, one in made.plans.items() if _is_leased(one))
    failed = tuple(
        key for key, one in made.plans.items() if not _is_leased(one) and (_is_passing(one) or key in made.again)
    )
    unknown = any(_unknown(made.plans[key]) for key in failed)
    return Open(failed, leased, made.asked, unknown)


def _is_leased(decided: SetPlan) -> bool:
    return decided.halt is not None and decided.halt.name is HaltName.LEASED


def _is_passing(decided: SetPlan) -> bool:
    if decided.halt is not None:
        return decided.halt.name in PASSING
    return _unknown(decided) or any(operation.temporary for operation in decided.operations)


def _unknown(decided: SetPlan) -> bool:
    return any(one.unknown or one.action is Action.PENDING for one in decided.operations)
