"""What a worker does with a key from the queue: a pass over one set, and what follows from it; or a chore."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import get_ident

from syncd.daemon.chores import Chore, Key
from syncd.daemon.flushing import Flushing
from syncd.daemon.health import Health
from syncd.daemon.journal import UNSEEN, Journal, is_growing
from syncd.daemon.listings import Listings
from syncd.daemon.notices import Notices
from syncd.daemon.sets import Sets
from syncd.daemon.thrift import give_back
from syncd.engine.passing import Pass, Wishes
from syncd.engine.patience import Open
from syncd.engine.tidy import drop_vanished
from syncd.engine.world import Target, World
from syncd.errors import StateError, StateUnwritable, Stopping, SyncdError
from syncd.model.local import Note
from syncd.model.names import shown
from syncd.model.plan import SetPlan
from syncd.model.sets import SetKey
from syncd.model.words import Action, HaltName, Reason
from syncd.plan.verdict import exit_code
from syncd.store import back_up
from syncd.workqueue import WorkQueue

WINDOW_SECONDS = 3600.0
"""The sliding hour that the brake counts deletes over."""
BACKUP_SECONDS = 86400.0
LONGEST_SECONDS = 900.0
"""No pass over one set takes so long, unless something hangs."""

LEASE_SECONDS = 0.5
LEASE_TRIES = 100
"""A set that somebody else works on is tried again after that; of very many sets, so many a second in all."""
STUCK_SECONDS = 5.0
VANISHED_SECONDS = 5.0
"""After that how a set stood is forgotten, once its folder is gone: a pass over it may still be under way."""

_WISHES = Wishes(wait_seconds=0, lease_seconds=0, window_seconds=WINDOW_SECONDS, tidy=False)


@dataclass(frozen=True, slots=True)
class Rooms:
    """What the workers of a daemon share.

    `told` hears of every pass that ended; `first_call` asks the service for anything; `show` writes into the state that
    the daemon is here; `lost` is told when the state is none any more.
    """

    world: World
    queue: WorkQueue[Key]
    sets: Sets
    health: Health
    journal: Journal
    notices: Notices
    flushing: Flushing
    listings: Listings
    log: logging.Logger
    state_url: str
    told: Callable[[SetPlan], None]
    first_call: Callable[[], object]
    show: Callable[[], None]
    lost: Callable[[], None]


class Worker:
    """Takes keys until the queue is closed; one for all threads."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._queue = rooms.queue
        self._busy: dict[int, float] = {}
        self._notes: dict[Key, dict[tuple[bytes, Reason], Note]] = {}
        self._is_cut_off = False
        self._is_all_seen = False

    def run(self) -> None:
        """Work. No error ends it, or the daemon would be alive and do nothing."""
        clock = self._rooms.world.clock
        while (key := self._queue.take()) is not None:
            self._busy[get_ident()] = clock.now().uptime
            try:
                self._do(key)
            except Stopping:
                self._queue.done(key)
            except SyncdError as error:
                self._rooms.log.warning("work failed", extra={"on": str(key), "why": error.message})
                self._queue.retry(key)
            except Exception as error:
                fields = {"on": str(key), "why": type(error).__name__}
                level = logging.DEBUG if self._is_cut_off else logging.WARNING
                self._rooms.log.log(level, "work failed unforeseen", extra=fields)
                self._rooms.log.debug("it came about here", exc_info=error)
                self._queue.retry(key)
            finally:
                self._busy.pop(get_ident(), None)

    def cut_off(self) -> None:
        """Expect what is under way to fail, as its hands are taken away: the state knows what was begun."""
        self._is_cut_off = True

    def is_stuck(self, threads: int) -> bool:
        """Tell whether so many threads, all there are, have been at the same work for too long."""
        now, began = self._rooms.world.clock.now().uptime, tuple(self._busy.values())
        return len(began) >= threads and now - max(began) > LONGEST_SECONDS

    def _do(self, key: Key) -> None:
        match key:
            case Chore.LOOK:
                self._look_around()
            case Chore.LIST:
                for each in self._rooms.listings.due(self._rooms.sets.all()):
                    self._queue.add_now(each)
            case Chore.KEEP:
                self._keep()
            case Chore.SHOW:
                self._show()
            case SetKey():
                self._sync(key)
                return
        self._queue.done(key)

    def _look_around(self) -> None:
        rooms, before = self._rooms, frozenset(self._rooms.sets.all())
        notes = rooms.sets.refresh()
        self._tell(Chore.LOOK, notes)
        existing = frozenset(rooms.sets.all())
        rooms.health.look_at_root(rooms.world.places.root)
        hidden = any(note.reason is Reason.UNREADABLE for note in notes)
        self._is_all_seen = not hidden and not rooms.health.rootless.lasts
        if before - existing:
            self._queue.add_after(Chore.KEEP, VANISHED_SECONDS)
        rooms.health.keep(existing)
        rooms.flushing.forget(existing)
        for key in rooms.sets.changed():
            self._queue.add_now(key)
        if not existing:
            rooms.health.try_key(rooms.first_call)

    def _tell(self, key: Key, notes: Iterable[Note], *, whole: bool = True) -> None:
        """Tell what was not told when this was looked at last; where it is not seen as a `whole`, that stands."""
        before, now = self._notes.pop(key, {}), {(note.path, note.reason): note for note in notes}
        if told := (now if whole else before | now):
            self._notes[key] = told
        for note in (note for each, note in now.items() if each not in before):
            fields = {"path": shown(note.path), "reason": note.reason.value, "why": note.detail}
            self._rooms.log.info("not synced", extra=fields)

    def _show(self) -> None:
        rooms = self._rooms
        try:
            rooms.show()
            rooms.health.stuck.end(Chore.SHOW)
        except StateUnwritable as error:
            rooms.health.stuck.begin(Chore.SHOW, error.message, error.remedy)
            self._queue.add_after(Chore.SHOW, STUCK_SECONDS)
        except StateError as error:
            # Removed, replaced or damaged under our hands: what is needed is a new beginning.
            rooms.log.warning("state lost", extra={"why": error.message, "remedy": error.remedy})
            rooms.lost()

    def _keep(self) -> None:
        rooms, now = self._rooms, self._rooms.world.clock.now()
        try:
            rooms.world.store.purge(now)
            self._forget_vanished()
            if back_up(rooms.state_url, now, BACKUP_SECONDS):
                rooms.log.debug("state copied")
            give_back()
        except StateError as error:
            rooms.log.warning("state not tidied", extra={"why": error.message, "remedy": error.remedy})

    def _forget_vanished(self) -> None:
        """Forget how sets stood that are gone. Where a folder is not seen, what lies below it need not be."""
        rooms, existing = self._rooms, frozenset(self._rooms.sets.all())
        if self._is_all_seen and not rooms.journal.is_any_unseen(existing):
            drop_vanished(rooms.world, existing)
            rooms.journal.keep(existing)
            rooms.notices.keep(existing)
            rooms.world.absences.keep(existing)
            # The other workers tell of theirs meanwhile.
            for key in list(self._notes):
                if key is not Chore.LOOK and key not in existing:
                    self._notes.pop(key, None)

    def _sync(self, key: SetKey) -> None:
        target = self._rooms.sets.target(key)
        if target is None:
            self._queue.done(key)
        elif (wait := self._rooms.health.wait()) > 0:
            self._queue.retry(key, asked=wait, attempt=1)
        else:
            self._pass(target)

    def _pass(self, target: Target) -> None:
        rooms, key = self._rooms, target.key
        began = rooms.world.clock.now().uptime
        sight = rooms.sets.sight(target)
        made = Pass(rooms.world, [target], (), _WISHES)
        done = made.run()
        plan = done.sets[0]
        rooms.sets.remember(key, None if _wants_a_look(plan) else sight)
        rooms.health.learn(key, plan.halt, made.left_open.asked)
        self._tell(key, plan.notes, whole=plan.halt is None)
        rooms.journal.learn(plan)
        rooms.notices.learn(plan)
        rooms.told(plan)
        rooms.listings.note(key)
        over = self._next(plan, made.left_open)
        rooms.flushing.learn(key, began, exit_code(done), over=over)

    def _next(self, plan: SetPlan, left: Open) -> bool:
        """Give the key back to the queue, and see to it that it comes again in time; tells whether it need not."""
        match plan.halt.name if plan.halt is not None else None:
            case HaltName.LEASED:
                busy = max(LEASE_SECONDS, len(self._rooms.sets.all()) / LEASE_TRIES)
                self._queue.retry(plan.key, asked=busy, attempt=1)
                return False
            case HaltName.KEY_REJECTED:
                self._queue.retry(plan.key, attempt=1)
                return True
            case HaltName.STATE_UNWRITABLE:
                self._queue.retry(plan.key, asked=STUCK_SECONDS)
                # Whether it only takes no writes, or is none any more.
                self._queue.add_now(Chore.SHOW)
                return True
        if plan.key in left.failed:
            self._queue.retry(plan.key, asked=left.asked)
            return False
        self._queue.done(plan.key)
        if is_growing(plan):
            self._queue.add(plan.key)
        if plan.young:
            self._queue.add_after(plan.key, self._until_ripe(plan))
        return not is_growing(plan) and not plan.young

    def _until_ripe(self, plan: SetPlan) -> float:
        """Return in how many seconds the first image that waits for its grace may be deleted."""
        world = self._rooms.world
        now, since = world.clock.now(), world.absences.of(plan.key)
        ages = [since[each].age_at(now) for each in plan.young if each in since]
        return max(0.0, world.policy.grace_seconds - max(ages, default=0.0))


def _wants_a_look(plan: SetPlan) -> bool:
    """Tell whether a set is to be passed over at the next look around, though it may look as before."""
    if plan.halt is not None:
        return plan.halt.name in UNSEEN
    return any(one.action is Action.FAILED for one in plan.operations)
