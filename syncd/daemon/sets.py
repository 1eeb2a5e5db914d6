"""The sets that there are, where they lie, and what each looked like when it was last looked at."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from threading import Lock

from syncd.engine.targets import find_targets
from syncd.engine.world import Places, Target
from syncd.model.local import Note
from syncd.model.sets import SetKey
from syncd.scan.discover import Folder, folder_of
from syncd.scan.glance import glance
from syncd.scan.whose import Whose

_UNSEEN = b""


class Sets:
    """A map of paths to sets. Any thread."""

    def __init__(
        self, places: Places, recorded: Callable[[], Iterable[SetKey]], ignored: Callable[[bytes], bool]
    ) -> None:
        self._places = places
        self._recorded = recorded
        self._ignored = ignored
        self._lock = Lock()
        self._targets: dict[SetKey, Target] = {}
        self._whose = Whose(places.root, places.layout, places.folders)
        self._sights: dict[SetKey, bytes] = {}

    def refresh(self) -> tuple[Note, ...]:
        """Find out which sets there are; returns what lies beside them."""
        targets, notes = find_targets(self._places, self._recorded())
        with self._lock:
            # What is as before stays the very same object: everything that is remembered of a set hangs on its key.
            same = [
                before if (before := self._targets.get(one.key)) is not None and before == one else one
                for one in targets
            ]
            self._targets = {target.key: target for target in same}
            self._sights = {key: sight for key, sight in self._sights.items() if key in self._targets}
        return notes

    def all(self) -> list[SetKey]:
        """Return all sets, in order."""
        with self._lock:
            return list(self._targets)

    def target(self, key: SetKey) -> Target | None:
        """Return where a set lies; None where there is none."""
        with self._lock:
            return self._targets.get(key)

    def at(self, path: bytes) -> SetKey | None:
        """Return the set whose folder this path is, or lies in; None: it is above sets, beside them, or gone.

        A folder that is new is known from then on: what is written there belongs to its set from the first byte.
        """
        key = self._whose.set_of(path)
        if key is None or self.target(key) is not None:
            return key
        folder = self._folder(key)
        if folder is None or not os.path.isdir(folder.path):
            return None
        with self._lock:
            self._targets.setdefault(key, Target(folder))
        return key

    def _folder(self, key: SetKey) -> Folder | None:
        places = self._places
        named = next((folder for folder in places.folders if folder.key == key), None)
        return named if named or places.root is None else folder_of(places.root, places.layout, key)

    def sight(self, target: Target) -> bytes:
        """Return what a set's folder looks like now."""
        return glance(target.folder, self._ignored)

    def remember(self, key: SetKey, sight: bytes | None) -> None:
        """Keep what a set looked like before its last pass; None: it is to be passed over at the next look again."""
        with self._lock:
            self._sights[key] = _UNSEEN if sight is None else sight

    def changed(self) -> list[SetKey]:
        """Return the sets that look otherwise than before their last pass, and those that had none."""
        return [key for key in self.all() if self._is_changed(key)]

    def _is_changed(self, key: SetKey) -> bool:
        target = self.target(key)
        if target is None:
            return False
        return self.sight(target) != self._sights.get(key, _UNSEEN)
