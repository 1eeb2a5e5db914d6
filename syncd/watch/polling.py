"""Looking again, where the system tells nothing: names, sizes and times of the files, compared with the last look."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from threading import Event, Lock, Thread

from syncd.model.clock import Clock
from syncd.watch.place import Ears, Place, Rules, folders_below

SECONDS = 2.0
"""Between two looks at least."""
_HOT_SECONDS = 1.0
_SHARE = 20
"""A look that takes so long has the next one come after so many times that, but after 5 minutes."""
_SELDOMST = 300.0
_BITS = (1 << 64) - 1
_GONE = -errno.ENOENT
_PATIENCE = 2.0
"""Seconds that stopping waits for a look that hangs in a dead file system; its thread ends with the process."""


class Poller:
    """Looks at places from a thread of its own, which sleeps for ever while there are none."""

    def __init__(self, rules: Rules, clock: Clock, nudge: Ears, seconds: float = SECONDS) -> None:
        self.interval = seconds
        self._rules = rules
        self._clock = clock
        self._nudge = nudge
        self._seconds = seconds
        self._lock = Lock()
        self._seen: dict[Place, dict[bytes, int] | None] = {}
        self._hot: dict[bytes, Place] = {}
        self._due = 0.0
        self._kick = Event()
        self._ended = False
        self._thread: Thread | None = None

    def add(self, place: Place) -> None:
        """Look at a place from now on; the first look tells of its root."""
        with self._lock:
            if place in self._seen:
                return
            self._seen[place] = None
            self._due = 0.0
        if self._thread is None:
            self._thread = Thread(target=self._run, name="syncd-poll", daemon=True)
            self._thread.start()
        self._kick.set()

    def remove(self, place: Place) -> None:
        """Look at a place no longer."""
        with self._lock:
            self._seen.pop(place, None)

    def stop(self) -> None:
        """End, also in the middle of a look."""
        self._ended = True
        self._kick.set()
        if self._thread is not None:
            self._thread.join(_PATIENCE)

    def _run(self) -> None:
        while not self._ended:
            self._kick.wait(self._pause())
            self._kick.clear()
            if self._seen and self._clock.now().uptime >= self._due:
                self._look()
            elif self._hot:
                self._look_at_hot()

    def _pause(self) -> float | None:
        if not self._seen:
            return None
        left = max(0.0, self._due - self._clock.now().uptime)
        return min(left, _HOT_SECONDS) if self._hot else left

    def _look(self) -> None:
        began = self._clock.now().uptime
        for place in tuple(self._seen):
            self._look_at(place)
        ended = self._clock.now().uptime
        self.interval = max(self._seconds, min(_SELDOMST, _SHARE * (ended - began)))
        with self._lock:
            # One that was added meanwhile is not kept waiting.
            self._due = ended + self.interval if all(seen is not None for seen in self._seen.values()) else 0.0

    def _look_at(self, place: Place) -> None:
        found = {folder: self._sight(folder) for folder in self._folders(place.path, place.parts)}
        if self._ended:
            return
        with self._lock:
            before = self._seen.get(place)
            if place in self._seen:
                self._seen[place] = found
        if before is None:
            self._nudge(place.path, writing=False)
            return
        for folder in _differing(before, found):
            self._hot[folder] = place
            self._nudge(folder, writing=True)

    def _look_at_hot(self) -> None:
        for folder, place in tuple(self._hot.items()):
            seen, sight = self._seen.get(place), self._sight(folder)
            if self._ended:
                return
            quiet = seen is None or sight == seen.get(folder, _GONE)
            if quiet:
                self._hot.pop(folder, None)
            elif seen is not None:
                seen[folder] = sight
            self._nudge(folder, writing=not quiet)

    def _folders(self, path: bytes, levels: tuple[str, ...]) -> Iterator[bytes]:
        if self._ended:
            return
        if not levels:
            yield path
            return
        try:
            names: Iterable[bytes] = folders_below(path, levels[0], self._rules)
        except OSError:
            names = ()
        for name in names:
            yield from self._folders(os.path.join(path, name), levels[1:])

    def _sight(self, folder: bytes) -> int:
        """Return a number that is another one once something in a folder has changed; of bounded size, in any order."""
        if self._ended:
            return 0
        try:
            with os.scandir(folder) as entries:
                return sum(map(_trace, (each for each in entries if not self._rules.ignored(each.name)))) & _BITS
        except OSError as error:
            return -(error.errno or 1)


def _differing(before: dict[bytes, int], found: dict[bytes, int]) -> list[bytes]:
    gone = [folder for folder in before if folder not in found]
    return gone + [folder for folder, sight in found.items() if before.get(folder) != sight]


def _trace(entry: os.DirEntry[bytes]) -> int:
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError as error:
        return hash((entry.name, error.errno))
    return hash((entry.name, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_mode))
