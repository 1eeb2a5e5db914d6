"""Which folders are sets, and how one is opened without following a link below its root."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from syncd.model.local import FolderState, Note
from syncd.model.names import shown
from syncd.model.sets import ImageType, SetKey, is_id
from syncd.model.words import Reason
from syncd.scan.reading import reason_of

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_PHOTO_ENDINGS = (
    b".jpg",
    b".jpeg",
    b".jpe",
    b".jfif",
    b".png",
    b".webp",
    b".heic",
    b".heif",
    b".hif",
    b".gif",
    b".tif",
)
_HIDDEN = 0
"""The mode of what could not be looked at; it may be a set."""
_TYPES = {os.fsencode(kind.value): kind for kind in ImageType}


@dataclass(frozen=True, slots=True)
class Folder:
    """Where a set lies: `parts` below `base`. `base` may be a link, nothing below it may."""

    key: SetKey
    base: bytes
    parts: tuple[bytes, ...] = ()

    @property
    def path(self) -> bytes:
        """The whole path."""
        return os.path.join(self.base, *self.parts)


@dataclass(frozen=True, slots=True)
class Found:
    """The sets below a root, and what lies there beside them."""

    folders: tuple[Folder, ...]
    notes: tuple[Note, ...]


def folder_of(root: bytes, layout: str, key: SetKey) -> Folder:
    """Return where the layout puts a set."""
    filled = layout.replace("{model_id}", key.model_id).replace("{image_type}", key.image_type)
    return Folder(key, root, tuple(os.fsencode(part) for part in filled.split("/") if part))


def discover(root: bytes, layout: str, ignored: Callable[[bytes], bool]) -> Found:
    """Walk the layout below root. What cannot be read is a note with reason `unreadable`."""
    walk = _Walk(root, tuple(part for part in layout.split("/") if part), ignored)
    walk.level((), {}, 0)
    return Found(tuple(walk.folders), tuple(walk.notes))


class _Walk:
    def __init__(self, root: bytes, layout: tuple[str, ...], ignored: Callable[[bytes], bool]) -> None:
        self._root = root
        self._layout = layout
        self._ignored = ignored
        self.folders: list[Folder] = []
        self.notes: list[Note] = []

    def level(self, parts: tuple[bytes, ...], values: dict[str, str], depth: int) -> None:
        if depth == len(self._layout):
            key = SetKey(values["{model_id}"], ImageType(values["{image_type}"]))
            self.folders.append(Folder(key, self._root, parts))
            return
        wanted = self._layout[depth]
        for name, mode in self._entries(parts):
            path = (*parts, name)
            if not fits(name, wanted):
                self._tell(path, mode, wanted, depth)
            elif mode == _HIDDEN:
                self._note(path, Reason.UNREADABLE, "the system does not tell what it is")
            elif stat.S_ISLNK(mode):
                self._note(path, Reason.LINK, "links are not followed")
            elif stat.S_ISDIR(mode):
                self.level(path, values | {wanted: os.fsdecode(name)}, depth + 1)
            elif depth or name.lower().endswith(_PHOTO_ENDINGS):
                # In the root itself there is more: configuration, state, what else people keep there.
                self._note(path, Reason.NOT_IN_A_SET, "a file where a folder is expected")

    def _entries(self, parts: tuple[bytes, ...]) -> Iterator[tuple[bytes, int]]:
        try:
            with os.scandir(os.path.join(self._root, *parts)) as entries:
                seen = ((entry.name, _mode(entry)) for entry in entries)
                found = sorted((name, mode) for name, mode in seen if mode is not None)
        except FileNotFoundError:
            return
        except OSError as error:
            self._note(parts, Reason.UNREADABLE, f"the folder cannot be read: {reason_of(error)}")
            return
        yield from ((name, mode) for name, mode in found if not self._ignored(name))

    def _tell(self, path: tuple[bytes, ...], mode: int, wanted: str, depth: int) -> None:
        photo = path[-1].lower().endswith(_PHOTO_ENDINGS)
        if photo and not stat.S_ISDIR(mode):
            self._note(path, Reason.NOT_IN_A_SET, "a photo outside a set")
        elif stat.S_ISDIR(mode) and path[-1].lower() == os.fsencode(wanted).lower():
            self._note(path, Reason.NOT_IN_A_SET, f"not {wanted}, which the layout has in exact case")
        elif stat.S_ISDIR(mode) and depth:
            self._note(path, Reason.NOT_IN_A_SET, _WHY_NOT.get(wanted, "not a folder of the layout"))

    def _note(self, path: tuple[bytes, ...], reason: Reason, detail: str) -> None:
        self.notes.append(Note(os.path.join(self._root, *path), reason, detail))


_WHY_NOT = {
    "{image_type}": "not the name of an image type; modelInput and auxiliaryType are, in exact case",
    "{model_id}": "not a model id",
}


def _mode(entry: os.DirEntry[bytes]) -> int | None:
    try:
        return entry.stat(follow_symlinks=False).st_mode
    except FileNotFoundError:
        return None
    except OSError:
        return _HIDDEN


def fits(name: bytes, wanted: str) -> bool:
    """Tell whether a folder's name may stand where the layout has `wanted`."""
    if wanted == "{image_type}":
        return name in _TYPES
    if wanted == "{model_id}":
        return name.isascii() and is_id(name.decode("ascii"))
    return name == os.fsencode(wanted)


def open_folder(folder: Folder) -> int | tuple[FolderState, str]:
    """Open a set's folder, or tell why it cannot be: a missing one is not the same as one that hides."""
    try:
        handle = os.open(folder.base, _DIRECTORY)
        for part in folder.parts:
            handle = _descend(handle, part)
    except OSError as error:
        return _explain(error, folder.path)
    return handle


def _descend(parent: int, part: bytes) -> int:
    try:
        return os.open(part, _DIRECTORY | os.O_NOFOLLOW, dir_fd=parent)
    except NotADirectoryError:
        if stat.S_ISLNK(os.lstat(part, dir_fd=parent).st_mode):
            # A link is not followed, so there is no folder of ours here.
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)) from None
        raise
    finally:
        os.close(parent)


def _explain(error: OSError, path: bytes) -> tuple[FolderState, str]:
    if error.errno == errno.ENOENT:
        return FolderState.MISSING, f"{shown(path)} is gone"
    if error.errno in (errno.ENOTDIR, errno.ELOOP):
        return FolderState.UNREADABLE, f"{shown(path)} is not a folder"
    return FolderState.UNREADABLE, f"{shown(path)} cannot be read: {reason_of(error)}"
