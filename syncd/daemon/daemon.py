"""The daemon: its rooms put together, and the loop that looks after them."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from random import Random
from threading import Thread

from syncd.daemon.chores import Chore, Key
from syncd.daemon.consent import Consent
from syncd.daemon.flushing import Flushing
from syncd.daemon.health import Health
from syncd.daemon.inbox import Inbox, Message, Reload, Renew
from syncd.daemon.journal import Journal
from syncd.daemon.jumps import Jumps
from syncd.daemon.listings import Listings
from syncd.daemon.notices import Notices
from syncd.daemon.parts import Parts
from syncd.daemon.serving import Serving
from syncd.daemon.sets import Sets
from syncd.daemon.systemd import Notifier
from syncd.daemon.timetable import Timetable
from syncd.daemon.work import Rooms, Worker
from syncd.engine.watching import places_to_watch, rules_of_watching
from syncd.errors import ExitCode, StateUnwritable, SyncdError
from syncd.model.plan import SetPlan
from syncd.page.outlook import Outlook
from syncd.watch import Watch, WatchState
from syncd.workqueue import WorkQueue

WORKERS = 16
"""Sets looked after at once; each mostly waits for the service."""
TICK_SECONDS = 0.7
"""What people ask for is acted on within a second."""
LOOK_SECONDS = 10.0
PRESENCE_SECONDS = 60.0
KEEP_SECONDS = 3600.0
DRAIN_SECONDS = 4.0
"""What is under way when the daemon is to end has so long to do so by itself."""
HUNG_SECONDS = 60.0
"""A loop that did not go round for so long is none any more."""
PATIENT_SECONDS = 40.0
"""What is under way when only the configuration changes has so long before that."""


class Daemon:
    """One configuration at work.

    `reload` reads the configuration again and tells whether it is to be put together anew; `told` hears of every pass
    that ended, from any thread; `accepted`: the service took the key already.
    """

    def __init__(
        self,
        parts: Parts,
        inbox: Inbox,
        notifier: Notifier,
        *,
        environ: Mapping[str, str] = os.environ,
        chance: Random | None = None,
        reload: Callable[[], bool] = lambda: False,
        told: Callable[[SetPlan], None] = lambda _: None,
        accepted: bool = False,
    ) -> None:
        chance = chance or Random()  # noqa: S311 - spreads load, guards nothing
        self._log = logging.getLogger("syncd.daemon")
        self._parts = parts
        self._world = world = parts.world
        self._inbox = inbox
        self._notifier = notifier
        config, clock = parts.config, world.clock
        self._queue = WorkQueue[Key](clock, chance, config.dataset.settle_seconds)
        self._sets = Sets(world.places, world.store.sets.recorded, world.scanning.ignored)
        recovered = self._queue.forget_backoff
        self._health = Health(clock, chance, self._log, parts.keyring, recovered, inbox.put, accepted=accepted)
        self._journal = Journal(self._log, world.places.root)
        self._notices = Notices(config.notify.command, environ, clock, self._log)
        self._flushing = Flushing()
        self._listings = Listings(clock, chance, config.schedule.listing_seconds)
        self._timetable = Timetable(chance)
        self._watch = self._new_watch()
        self._watched: WatchState | None = None
        self._jumps = Jumps()
        self._consent = Consent(world, self._queue, self._sets, self._health, self._flushing, self._log)
        self._worker = Worker(self._new_rooms(told))
        self._threads = [
            Thread(target=self._worker.run, name=f"syncd-set-{number}", daemon=True) for number in range(WORKERS)
        ]
        self._reload = reload
        self._looked = float("-inf")
        self._ticked = clock.now().uptime
        outlook = Outlook(world.store, clock, world.places.root, self._is_alive)
        self._page = Serving(config.status, outlook, self._log)

    @property
    def accepted(self) -> bool:
        """Whether the service has ever taken the key."""
        return self._health.accepted

    def run(self) -> Message:
        """Work until something outside ends it; returns what that was. Raises StateError for a second daemon."""
        store = self._world.store
        store.presence.claim(self._world.clock.now())
        store.leases.begin_anew()
        self._consent.begin()
        statuses = store.sets.all()
        self._journal.know(statuses)
        self._notices.know(statuses)
        message: Message = ExitCode.OK
        try:
            self._begin()
            message = self._loop()
            return message
        finally:
            self._end(patient=isinstance(message, Reload | Renew))

    def _new_watch(self) -> Watch:
        world, mode = self._world, self._parts.config.dataset.watch
        rules = rules_of_watching(world.scanning.ignored)
        return Watch(places_to_watch(world.places), self._nudge, rules, mode=mode, clock=world.clock)

    def _new_rooms(self, told: Callable[[SetPlan], None]) -> Rooms:
        return Rooms(
            self._world,
            self._queue,
            self._sets,
            self._health,
            self._journal,
            self._notices,
            self._flushing,
            self._listings,
            self._log,
            self._parts.config.state.url,
            told,
            self._parts.first_call,
            self._show,
            lambda: self._inbox.put(Renew()),
        )

    def _nudge(self, path: bytes, *, writing: bool) -> None:
        key = self._sets.at(path)
        if key is None:
            self._queue.add(Chore.LOOK)
        else:
            self._queue.add(key, path, writing=writing)

    def _begin(self) -> None:
        self._parts.gather()
        # First the watch, so that nothing happens unheard between the first look and the watching.
        self._watch.start()
        self._queue.add_now(Chore.LOOK)
        self._queue.add_after(Chore.KEEP, KEEP_SECONDS / 10)
        schedule = self._parts.config.schedule
        self._timetable.every("rescan", schedule.rescan_seconds, lambda: self._queue.add_now(Chore.LOOK))
        step = max(0.1, min(60.0, schedule.listing_seconds / 20))
        self._timetable.every("listings", step, lambda: self._queue.add_now(Chore.LIST))
        self._timetable.every("upkeep", KEEP_SECONDS, lambda: self._queue.add_now(Chore.KEEP))
        self._timetable.every("presence", PRESENCE_SECONDS, self._each_minute)
        self._timetable.start()
        with suppress(StateUnwritable):
            self._show()
        for each in self._threads:
            each.start()
        self._page.start()
        self._log.info("started", extra={"watch": self._watch.state.mode.value, "pid": os.getpid()})
        self._notifier.ready()

    def _each_minute(self) -> None:
        self._parts.gather()
        self._queue.add_now(Chore.SHOW)

    def _loop(self) -> Message:
        while True:
            message = self._inbox.get(TICK_SECONDS)
            if isinstance(message, Reload):
                self._notifier.reloading()
                if self._reload():
                    return message
                self._health.look_at_key()
                self._notifier.ready()
            elif message is not None:
                return message
            try:
                self._tick()
            except Exception as error:  # noqa: BLE001 - if it lasts the watchdog is not fed, and systemd begins anew
                self._health.unforeseen.begin("the loop", type(error).__name__, "report it, with the log at debug")
                self._log.debug("it came about here", exc_info=error)

    def _tick(self) -> None:
        now = self._world.clock.now().uptime
        if (what := self._jumps.look()) is not None:
            self._look_afresh(what)
        self._consent.look()
        if now - self._looked >= LOOK_SECONDS:
            self._looked = now
            self._watch.look()
            self._health.look_at_key()
            self._tell_watch()
        for trouble in self._health.troubles:
            trouble.tick()
        self._health.unforeseen.end("the loop")
        self._notifier.status(self._words())
        self._ticked = now
        if self._notifier.is_watched and not self._worker.is_stuck(WORKERS):
            self._notifier.alive()

    def _is_alive(self) -> bool:
        """Tell whether the loop goes round and the workers get on."""
        return self._world.clock.now().uptime - self._ticked < HUNG_SECONDS and not self._worker.is_stuck(WORKERS)

    def _look_afresh(self, what: str) -> None:
        """Believe nothing that was seen before: what is gone must be seen to be gone anew."""
        self._log.info("looking afresh", extra={"why": what})
        self._world.absences.clear()
        self._world.recent.clear()
        self._watch.look()
        self._timetable.hurry()
        self._queue.add_now(Chore.LOOK)
        for key in self._sets.all():
            self._sets.remember(key, None)
        self._health.try_now()

    def _tell_watch(self) -> None:
        state = self._watch.state
        before, self._watched = self._watched, state
        if before is not None and before.mode != state.mode:
            fields = {"watch": state.mode.value, "why": state.why, "remedy": state.remedy}
            self._log.warning("watching otherwise", extra=fields)
        if before is None or (before.mode, before.remedy) != (state.mode, state.remedy):
            self._queue.add_now(Chore.SHOW)

    def _show(self) -> None:
        state = self._watch.state
        self._world.store.presence.tell(self._world.clock.now(), state.mode.value, state.why, state.remedy)

    def _words(self) -> str:
        if self._consent.paused:
            return "paused"
        for trouble in self._health.troubles:
            if trouble.lasts:
                return trouble.words
        return self._journal.summary()

    def _end(self, *, patient: bool) -> None:
        """Begin nothing new, let what is under way come to its end, and cut it off where that takes too long."""
        if not patient:
            self._notifier.stopping()
        self._notifier.status("ending")
        self._queue.close()
        self._watch.stop()
        self._timetable.stop()
        if patient:
            self._join(PATIENT_SECONDS)
        self._page.stop()
        self._parts.turn_away()
        if not self._join(DRAIN_SECONDS):
            self._worker.cut_off()
            self._parts.cut_off()
        self._page.join()
        self._notices.close(1.0)
        with suppress(SyncdError):
            self._world.store.presence.leave()

    def _join(self, seconds: float) -> bool:
        """Wait for the workers; tells whether all have ended."""
        deadline = time.monotonic() + seconds
        for each in self._threads:
            while each.is_alive() and time.monotonic() < deadline:
                each.join(min(1.0, max(0.0, deadline - time.monotonic())))
                self._notifier.alive()
        return not any(each.is_alive() for each in self._threads)
