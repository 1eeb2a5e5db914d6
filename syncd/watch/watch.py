"""Watches all places: by the events of the system where it can, by looking again where it must."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from threading import RLock

from watchdog.observers.inotify_c import InotifyFD

from syncd.model.clock import Clock
from syncd.model.mounts import MOUNTINFO, Mount, around, network_kind, read_mounts
from syncd.watch.limits import INSTANCES, LIMITS, WATCHES, limit_of
from syncd.watch.place import Ears, Place, Rules, count_folders
from syncd.watch.polling import SECONDS, Poller
from syncd.watch.state import WISHED, Reason, Standing, WatchState, network, no_events, used_up
from syncd.watch.tree import Tree

RENEW_SECONDS = 900.0
"""After so long everything is walked over, should a folder have escaped by a way that no one knows."""
_AGAIN_SECONDS = 600.0
"""After so long a limit that was reached is tried again, since others may have left something."""


class Watch:
    """The watch over some places; the package says what it promises.

    `mode` is the `dataset.watch` of the configuration. Under `native` nothing is polled that the system will watch,
    so what is left over when watches are used up is heard of only when someone looks.
    """

    def __init__(
        self,
        places: Iterable[Place],
        nudge: Ears,
        rules: Rules,
        *,
        mode: str,
        clock: Clock,
        poll_seconds: float = SECONDS,
        mountinfo: str = MOUNTINFO,
        limits: str = LIMITS,
    ) -> None:
        self._places = tuple(dict.fromkeys(places))
        self._nudge = nudge
        self._rules = rules
        self._mode = mode
        self._clock = clock
        self._mountinfo = mountinfo
        self._limits_at = limits
        self._lock = RLock()
        self._reader: InotifyFD | None = None
        self._poller = Poller(rules, clock, nudge, poll_seconds)
        self._trees: dict[Place, Tree] = {}
        self._polled: dict[Place, Reason] = {}
        self._mounts: tuple[Mount, ...] = ()
        self._renew_at = 0.0
        self._again_at = 0.0
        self._allowed = (0, 0)
        self._readerless: Reason | None = None
        self._running = False

    def start(self) -> None:
        """Begin. What is there already is not told."""
        with self._lock:
            self._running = True
            self._begin(tell=False)

    def stop(self) -> None:
        """End: nothing is told after this returns, unless a look hangs in a dead file system."""
        with self._lock:
            self._running = False
            self._trees.clear()
            reader, self._reader = self._reader, None
        if reader is not None:
            reader.stop()
            reader.join()
        self._poller.stop()

    def look(self) -> None:
        """Find what went blind, what was mounted, replaced or came back, and watch it; told as a change of its root."""
        with self._lock:
            if not self._running:
                return
            now = self._clock.now().uptime
            died = self._reader is not None and not self._reader.is_alive()
            if died or self._mounts_changed() or self._may_try_again(now):
                self._begin(tell=True)
            elif now >= self._renew_at:
                self._renew(now)
            else:
                self._mend()

    @property
    def state(self) -> WatchState:
        """How it stands now."""
        with self._lock:
            trees = tuple(self._trees.values())
            polled = {place.path: reason for place, reason in self._polled.items()}
        short = used_up(WATCHES, self._needed(), self._limits()[0]) if any(tree.exhausted for tree in trees) else None
        return Standing(
            folders=sum(tree.count for tree in trees),
            polled=polled,
            short={tree.place.path: short for tree in trees if tree.exhausted and short},
            missing=[tree.place.path for tree in trees if not os.path.isdir(tree.place.path)],
            interval=self._poller.interval,
        ).told()

    def _begin(self, *, tell: bool) -> None:
        """Sort all places anew, by what is mounted and allowed now."""
        now = self._clock.now().uptime
        self._mounts = read_mounts(self._mountinfo)
        self._allowed = self._limits()
        self._renew_at, self._again_at = now + RENEW_SECONDS, now + _AGAIN_SECONDS
        if self._mode != "poll" and (self._reader is None or not self._reader.is_alive()):
            self._replace_reader()
        for place in self._places:
            reason = self._reason_to_poll(place)
            if reason is not None:
                self._poll(place, reason)
            else:
                self._plant(place, tell=tell)

    def _reason_to_poll(self, place: Place) -> Reason | None:
        if self._mode == "poll":
            return WISHED
        kind = None if self._mode == "native" else network_kind(place.path, self._mounts)
        return self._readerless if kind is None else network(kind)

    def _plant(self, place: Place, *, tell: bool) -> None:
        tree = self._trees.get(place)
        if tree is None and self._reader is not None:
            tree = self._trees[place] = Tree(place, self._rules, self._reader, self._lock, self._nudge)
            self._polled.pop(place, None)
            self._poller.remove(place)
        if tree is not None:
            self._grow(tree, tell=tell)

    def _grow(self, tree: Tree, *, tell: bool) -> None:
        before = tree.count
        tree.grow()
        if tree.exhausted and self._mode != "native":
            self._poll(tree.place, used_up(WATCHES, self._needed(), self._allowed[0]))
        elif tell and (before or tree.count):
            self._nudge(tree.place.path, writing=False)

    def _poll(self, place: Place, reason: Reason) -> None:
        tree = self._trees.pop(place, None)
        if tree is not None:
            tree.fell()
        self._polled[place] = reason
        self._poller.add(place)

    def _mend(self) -> None:
        for tree in tuple(self._trees.values()):
            if not tree.is_well() or (tree.exhausted and self._mode != "native"):
                self._grow(tree, tell=True)

    def _renew(self, now: float) -> None:
        self._renew_at = now + RENEW_SECONDS
        for tree in tuple(self._trees.values()):
            before = tree.count
            self._grow(tree, tell=not tree.is_well())
            if tree.count != before:
                self._nudge(tree.place.path, writing=False)

    def _may_try_again(self, now: float) -> bool:
        reached = any(reason.remedy for reason in self._polled.values())
        if not reached and not any(tree.exhausted for tree in self._trees.values()):
            return False
        return now >= self._again_at or self._limits() != self._allowed

    def _replace_reader(self) -> None:
        self._trees.clear()
        before, self._reader, self._readerless = self._reader, None, None
        if before is not None:
            before.stop()
        try:
            self._reader = InotifyFD()
        except OSError as error:
            reached = error.errno == errno.EMFILE
            self._readerless = used_up(INSTANCES, 0, self._limits()[1]) if reached else no_events(error)
            return
        self._reader.name = "syncd-watch"
        self._reader.start()

    def _mounts_changed(self) -> bool:
        mounts = read_mounts(self._mountinfo)
        if mounts == self._mounts:
            return False
        before, self._mounts = self._mounts, mounts
        paths = [spelled for place in self._places for spelled in (place.path, os.path.realpath(place.path))]
        return around(paths, mounts) != around(paths, before)

    def _limits(self) -> tuple[int, int]:
        return limit_of(WATCHES, self._limits_at), limit_of(INSTANCES, self._limits_at)

    def _needed(self) -> int:
        return sum(count_folders(place.path, place.parts, self._rules) for place in self._places)
