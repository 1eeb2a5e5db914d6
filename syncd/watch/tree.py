"""The watched folders of one place, and what the system tells of them.

watchdog's own observers go blind in ways that are known: a folder that is moved while it is being watched, one that is
removed and made again, an overflow during which folders appear, a limit that is reached below the root. All of them
come from its bookkeeping, so the bookkeeping is done here, on the same reader of the system's events: a folder that
appears is watched anew with all that is in it, one that disappears is forgotten, and a walk over everything may be
made at any time, without a gap, to put right what is not.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from threading import RLock

from watchdog.observers.inotify_c import CallbackId, InotifyConstants, InotifyEvent, InotifyFD, Mask, WatchDescriptor

from syncd.watch.place import Ears, Place, Rules, folders_below

_SELF = InotifyConstants.IN_DELETE_SELF | InotifyConstants.IN_MOVE_SELF
_APPEARS = InotifyConstants.IN_CREATE | InotifyConstants.IN_MOVED_TO
_DISAPPEARS = InotifyConstants.IN_DELETE | InotifyConstants.IN_MOVED_FROM
_HOW = InotifyConstants.IN_ONLYDIR | InotifyConstants.IN_EXCL_UNLINK | InotifyConstants.IN_MASK_ADD
"""IN_MASK_ADD: where places overlap, none lessens what another one hears of the same folder."""

ABOVE = Mask(_SELF | _APPEARS | _DISAPPEARS | InotifyConstants.IN_ATTRIB | _HOW)
"""Above sets only folders count, not what is written to files: our own state may lie there."""
IN_SET = Mask(ABOVE | InotifyConstants.IN_MODIFY | InotifyConstants.IN_CLOSE_WRITE)
"""Neither opening nor reading nor closing what was read: what we do ourselves must not wake us."""

_EXHAUSTED = (errno.ENOSPC, errno.ENOMEM)
_OUR_TROUBLE = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)
"""Not the folder's: it passes, and is then put right."""


class _Folder:
    """A folder that is watched, or would be. `wd` None: it is not."""

    __slots__ = ("children", "depth", "ident", "name", "path", "wd")

    def __init__(self, path: bytes, name: bytes, depth: int, children: dict[bytes, _Folder]) -> None:
        self.path = path
        self.name = name
        self.depth = depth
        self.wd: WatchDescriptor | None = None
        self.ident = CallbackId(0)
        self.children = children

    def all(self) -> Iterator[_Folder]:
        yield self
        for child in self.children.values():
            yield from child.all()


class Tree:
    """Watches one place, and tells `nudge` what changed. What is to be mended is left to `grow`."""

    def __init__(self, place: Place, rules: Rules, reader: InotifyFD, lock: RLock, nudge: Ears) -> None:
        self.place = place
        self.lost = False
        self.exhausted = False
        self._rules = rules
        self._reader = reader
        self._lock = lock
        self._nudge = nudge
        self._levels = place.parts
        self._idents = count(1)
        self._by_wd: dict[WatchDescriptor, _Folder] = {}
        self._childless: dict[bytes, _Folder] = {}
        self._root = self._folder(place.path, b"", 0)
        self._identity: tuple[int, int] | None = None

    @property
    def count(self) -> int:
        """How many folders are watched."""
        return len(self._by_wd)

    def is_well(self) -> bool:
        """Tell whether the root is the folder that is watched, and nothing is known to be amiss."""
        return not self.lost and self._root.wd is not None and self._identity == _identity(self.place.path)

    def grow(self) -> None:
        """Watch every folder that there is, and none that is not; mends whatever is amiss. Calls no one."""
        with self._lock:
            self.lost = self.exhausted = False
            self._identity = _identity(self.place.path)
            self._walk(self._root)

    def fell(self) -> None:
        """Watch nothing any more."""
        with self._lock:
            self._cut(self._root)
            self._identity = None

    # What follows is called by the reader, from its thread.

    def on_event(self, event: InotifyEvent) -> None:
        """Take in what the system tells."""
        with self._guarded(), self._lock:
            changed = self._apply(event)
            if changed is not None:
                self._nudge(changed, writing=_is_begun(changed, event))

    def on_watch_deleted(self, wd: WatchDescriptor) -> None:
        """Take in that a folder is no longer watched, since it is gone or was unmounted."""
        with self._lock:
            folder = self._by_wd.pop(wd, None)
            if folder is not None:
                folder.wd = None

    def on_queue_overflow(self) -> None:
        """Take in that events were lost: folders may have come that no one watches."""
        with self._guarded():
            self.grow()
            self._nudge(self.place.path, writing=False)

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except Exception:  # noqa: BLE001 - the reader's thread must survive whatever it may be
            self.lost = True

    def _apply(self, event: InotifyEvent) -> bytes | None:
        folder = self._by_wd.get(event.wd)
        if folder is None:
            return None
        if event.mask & InotifyConstants.IN_UNMOUNT or (event.mask & _SELF and folder is self._root):
            self.lost = True
            self._cut(folder)
            return folder.path
        if not event.name:
            return folder.path if event.mask & InotifyConstants.IN_ATTRIB else None
        return self._inside(folder, event)

    def _inside(self, folder: _Folder, event: InotifyEvent) -> bytes | None:
        path = os.path.join(folder.path, event.name)
        if folder.depth == len(self._levels):
            if self._rules.ignored(event.name):
                return None
            # Rights and times are no part of writing: they neither begin nor end it.
            return folder.path if event.mask & InotifyConstants.IN_ATTRIB else path
        is_folder = event.mask & InotifyConstants.IN_ISDIR
        if not is_folder or not self._rules.fits(event.name, self._levels[folder.depth]):
            return None
        if event.mask & (_APPEARS | _DISAPPEARS) and event.name in folder.children:
            self._cut(folder.children.pop(event.name))
        if not event.mask & _DISAPPEARS and event.name not in folder.children:
            self._enter(folder, event.name)
        return path

    def _enter(self, folder: _Folder, name: bytes) -> None:
        child = self._folder(os.path.join(folder.path, name), name, folder.depth + 1)
        if self._walk(child):
            folder.children[name] = child

    def _folder(self, path: bytes, name: bytes, depth: int) -> _Folder:
        # Nothing is watched in sets, of which there may be ten thousand: they share what they have of children.
        return _Folder(path, name, depth, {} if depth < len(self._levels) else self._childless)

    def _walk(self, folder: _Folder) -> bool:
        """Watch a folder, then what is in it: in this order nothing can come in between. False: it is not there."""
        if not self._attach(folder):
            self._cut(folder)
            return False
        if folder.depth < len(self._levels):
            names = self._names(folder)
            for name in folder.children.keys() - names:
                self._cut(folder.children.pop(name))
            for name in names:
                child = folder.children.get(name)
                if child is None:
                    self._enter(folder, name)
                elif not self._walk(child):
                    del folder.children[name]
        return True

    def _names(self, folder: _Folder) -> set[bytes]:
        try:
            return set(folders_below(folder.path, self._levels[folder.depth], self._rules))
        except OSError as error:
            self.lost = self.lost or error.errno in _OUR_TROUBLE
            return set(folder.children)

    def _attach(self, folder: _Folder) -> bool:
        mask = IN_SET if folder.depth == len(self._levels) else ABOVE
        if folder is not self._root:
            mask = Mask(mask | InotifyConstants.IN_DONT_FOLLOW)
        # A number of its own for each time, since the same folder may be met again, here or under another name.
        ident = CallbackId(next(self._idents))
        try:
            wd = self._reader.add_callback(folder.path, mask, self, ident)
        except OSError as error:
            self.exhausted = self.exhausted or error.errno in _EXHAUSTED
            return False
        if wd < 0:
            # Not readable. It is entered once its rights change.
            self._reader.remove_callbacks([(wd, ident)])
            return False
        self._own(folder, wd, ident)
        return True

    def _own(self, folder: _Folder, wd: WatchDescriptor, ident: CallbackId) -> None:
        before = self._by_wd.get(wd)
        if before is not None:
            self._reader.remove_callbacks([(wd, before.ident)])
            before.wd = None
        self._release(folder)
        folder.wd, folder.ident = wd, ident
        self._by_wd[wd] = folder

    def _cut(self, folder: _Folder) -> None:
        for each in folder.all():
            self._release(each)
        folder.children.clear()

    def _release(self, folder: _Folder) -> None:
        if folder.wd is not None:
            self._reader.remove_callbacks([(folder.wd, folder.ident)])
            del self._by_wd[folder.wd]
            folder.wd = None


def _is_begun(path: bytes, event: InotifyEvent) -> bool:
    """Tell whether someone writes to a file now: one that was made empty, not by a link, or has been written to."""
    if event.mask & InotifyConstants.IN_MODIFY:
        return True
    if not event.mask & InotifyConstants.IN_CREATE or event.mask & InotifyConstants.IN_ISDIR:
        return False
    try:
        status = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and status.st_nlink == 1


def _identity(path: bytes) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino
