"""What people ask of the daemon through the state: pause, approve, forget, retry, flush."""

from __future__ import annotations

import logging
from contextlib import suppress

from syncd.daemon.chores import Chore, Key
from syncd.daemon.flushing import Flushing
from syncd.daemon.health import Health
from syncd.daemon.sets import Sets
from syncd.engine.world import World
from syncd.errors import StateUnwritable
from syncd.model.sets import SetKey
from syncd.store import SetStatus
from syncd.workqueue import WorkQueue

_WAITING = ("pending", "refused", "held", "failed")
"""Counts of a set that a person's word may change."""


class Consent:
    """Looks whether anything was asked, and acts on it. One thread."""

    def __init__(
        self,
        world: World,
        queue: WorkQueue[Key],
        sets: Sets,
        health: Health,
        flushing: Flushing,
        log: logging.Logger,
    ) -> None:
        self._world = world
        self._queue = queue
        self._sets = sets
        self._health = health
        self._flushing = flushing
        self._log = log
        self._wishes = world.store.meta.wishes()
        self._owes_a_look = False
        self.paused = False

    def begin(self) -> None:
        """Take in what was asked before."""
        self._world.store.flushes.clear()
        self._pause(wanted=self._world.store.meta.paused())

    def look(self) -> None:
        """Act on what was asked since the last look."""
        for number, code in self._flushing.answers().items():
            with suppress(StateUnwritable):
                self._world.store.flushes.answer(number, code)
                self._flushing.answered(number)
        store = self._world.store
        self._owes_a_look |= store.touched.look(self._world.clock.now())
        if not self._owes_a_look:
            return
        wishes = store.meta.wishes()
        if new := wishes - self._wishes:
            self._act(new)
        # Not before: where the state cannot be read at the moment, what was asked is acted on at the next look.
        self._wishes, self._owes_a_look = wishes, False

    def _act(self, new: int) -> None:
        new -= self._pause(wanted=self._world.store.meta.paused())
        new -= self._flush()
        if new:
            self._look_at_all_that_waits()

    def _pause(self, *, wanted: bool) -> bool:
        """Rest, or go on; tells whether that was news."""
        if wanted == self.paused:
            return False
        self.paused = wanted
        if wanted:
            self._queue.pause()
        else:
            self._queue.resume()
        self._log.info("paused" if wanted else "resumed")
        return True

    def _flush(self) -> int:
        """Pass over the sets that are to be flushed; returns how many asked for it."""
        asked = self._world.store.flushes.asked()
        scopes = self._flushing.ask(asked, self._world.clock.now().uptime)
        if not scopes:
            return 0
        # A set that appeared just now is not known yet.
        self._sets.refresh()
        self._flushing.forget(self._sets.all())
        self._health.try_now()
        for key in self._sets.all():
            if str(key) in scopes:
                self._hurry(key)
        return len(asked)

    def _look_at_all_that_waits(self) -> None:
        store = self._world.store
        released = {hold.scope for hold in store.holds.list() if hold.approved_at is not None}
        missing = self._world.absences.all()
        self._health.try_now()
        self._queue.add_now(Chore.LOOK)
        for status in store.sets.all():
            if _waits(status) or str(status.key) in released or status.key in missing:
                self._hurry(status.key)

    def _hurry(self, key: SetKey) -> None:
        self._queue.forget_backoff(key)
        self._queue.add_now(key)


def _waits(status: SetStatus) -> bool:
    return status.halt is not None or any(status.counts.get(word) for word in _WAITING)
