"""Where a state lies: who may use it, with which rights it is made, and what is set aside."""

from __future__ import annotations

import fcntl
import os
import pwd
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from syncd.errors import StateError, StateUnwritable
from syncd.model.names import shown
from syncd.model.time import Instant

_BESIDE = ("", "-wal", "-shm")
_ROOM = 1_000_000
"""Bytes that a pass wants to be free: with less, some write of it is likely to fail."""


@dataclass(frozen=True, slots=True)
class Place:
    """The file of a state. `euid` is the user we act as."""

    path: str
    euid: int

    @property
    def folder(self) -> str:
        """The folder that it lies in."""
        return os.path.dirname(os.path.abspath(self.path))

    def __str__(self) -> str:
        return shown(os.fsencode(self.path))

    def facts(self) -> os.stat_result | None:
        """Look at the file without opening it; None where there is none.

        Raises StateError where it is no file, or is another user's to use.
        """
        try:
            found = os.stat(self.path)
        except FileNotFoundError:
            self._check_folder()
            return None
        except PermissionError:
            raise self._closed(*_nearest_seen(self.folder)) from None
        except OSError as error:
            raise StateError(f"The state {self} cannot be used: {error.strerror}.", _SET_URL) from error
        if not stat.S_ISREG(found.st_mode):
            what = "a folder" if stat.S_ISDIR(found.st_mode) else "not a file"
            raise StateError(f"The state {self} cannot be used: it is {what}.", _SET_URL)
        if found.st_uid != self.euid:
            raise self._foreign(found.st_uid)
        return found

    def _check_folder(self) -> None:
        """Refuse a folder of another user: that user's syncd would find a file there that it cannot use."""
        try:
            owner = os.stat(self.folder).st_uid
        except OSError:
            return
        # What belongs to root but is open to us (a shared /tmp) is nobody's.
        shared = owner == 0 and os.access(self.folder, os.W_OK)
        if self.euid not in {owner, 0} and not shared:
            raise self._foreign(owner)

    def _closed(self, folder: str, owner: int) -> StateError:
        if owner != self.euid:
            return self._foreign(owner)
        name = shown(os.fsencode(folder))
        told = f"The state {self} cannot be used: {_user(owner)}, who owns {name}, has no right to enter it."
        return StateError(told, f"Run: chmod u+rwx {name}")

    def _foreign(self, owner: int) -> StateError:
        name = _user(owner)
        return StateError(
            f"The state {self} belongs to the user {name}, and this is {_user(self.euid)}.",
            f"Run it as that user: sudo -u {name} syncd …",
        )

    def check_writable(self) -> None:
        """Raise StateUnwritable where the state could not be made, or written, as things stand; tries nothing."""
        wanted = [self.folder, self.path] if os.path.exists(self.path) else [_nearest(self.folder)]
        closed = [shown(os.fsencode(one)) for one in wanted if not os.access(one, os.W_OK)]
        if closed:
            raise StateUnwritable(f"The state {self} cannot be written, as {closed[0]} cannot.", _SET_URL)
        self._check_room(wanted[0])

    def _check_room(self, folder: str) -> None:
        try:
            disk = os.statvfs(folder)
        except OSError as error:
            raise StateUnwritable(f"The state {self} cannot be written: {error.strerror}.", _SET_URL) from error
        free = (disk.f_bfree if self.euid == 0 else disk.f_bavail) * disk.f_frsize
        # Some file systems do not tell how large they are.
        if disk.f_blocks and free < _ROOM:
            raise StateUnwritable(f"The state {self} cannot be written, as its disk is full.", "Make room there.")

    def make_folder(self) -> None:
        """Make the folder, for its user alone; one that is there stays as it is."""
        missing = []
        folder = self.folder
        while not os.path.lexists(folder):
            missing.append(folder)
            folder = os.path.dirname(folder)
        try:
            for each in reversed(missing):
                os.mkdir(each, 0o700)
        except FileExistsError:
            pass  # another process was faster
        except OSError as error:
            raise StateUnwritable(
                f"The folder of the state {self} cannot be made: {error.strerror}.", _SET_URL
            ) from error

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other processes out while a state is opened, made or set aside; leaves no file.

        What the system refuses meanwhile is StateUnwritable.
        """
        try:
            folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise StateUnwritable(
                f"The folder of the state {self} cannot be used: {error.strerror}.", _SET_URL
            ) from error
        try:
            _lock(folder)
            yield
        except OSError as error:
            raise StateUnwritable(f"The state {self} cannot be used: {error.strerror}.", _SET_URL) from error
        finally:
            os.close(folder)

    @contextmanager
    def new_file(self) -> Iterator[str]:
        """Make an empty file beside the state, for its user alone, to be renamed when it is complete.

        So no one ever sees half of it; what was not renamed is removed.
        """
        new = f"{self.path}.new"
        try:
            _remove(new)
            os.close(os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        except OSError as error:
            raise StateUnwritable(f"The state {self} cannot be made: {error.strerror}.", _SET_URL) from error
        try:
            yield new
        finally:
            _remove(new)

    def set_aside(self, now: Instant) -> str:
        """Give a damaged state, with what belongs to it, another name; returns its new path as shown."""
        aside = base = f"{self.path}.damaged-{now.rfc3339().replace('-', '').replace(':', '')}"
        number = 1
        while os.path.lexists(aside):
            number += 1
            aside = f"{base}-{number}"
        try:
            for end in _BESIDE:
                if os.path.lexists(self.path + end):
                    os.rename(self.path + end, aside + end)
        except OSError as error:
            raise StateUnwritable(
                f"The state {self} is damaged and cannot be set aside: {error.strerror}.", "Move it away by hand."
            ) from error
        return shown(os.fsencode(aside))

    def check_same(self, opened: tuple[int, int]) -> None:
        """Raise StateError when the file that was opened does not bear the state's name any more."""
        try:
            found = os.stat(self.path)
        except OSError:
            found = None
        if found is None or (found.st_dev, found.st_ino) != opened:
            raise StateError(
                f"The state {self} was removed or replaced while it was in use.", "Start syncd again; nothing is lost."
            )


_SET_URL = "Set `state.url` to a file that the user of syncd can write."


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"#{uid}"


def _nearest(folder: str) -> str:
    while not os.path.lexists(folder):
        folder = os.path.dirname(folder)
    return folder


def _nearest_seen(folder: str) -> tuple[str, int]:
    """Return the closest folder that we can see at all, and who owns it; root, where even the topmost hides."""
    while True:
        try:
            return folder, os.stat(folder).st_uid
        except OSError:
            if folder == (folder := os.path.dirname(folder)):
                return folder, 0


def _lock(folder: int) -> None:
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
    except OSError:
        return  # some network file systems cannot; the database's own locks are left


def _remove(path: str) -> None:
    for end in _BESIDE:
        with suppress(FileNotFoundError):
            os.unlink(path + end)
