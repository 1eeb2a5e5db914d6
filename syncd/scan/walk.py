"""The files at and below some paths, whatever sets there are: for `syncd check`, which knows no configuration."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from syncd.model.names import natural_key
from syncd.scan.reading import reason_of

_LINK = "a link; links are not followed"


@dataclass(frozen=True, slots=True)
class Found:
    """A file, pipe or device. `path` is as it was named, `folder` without links in it; `status` None: not to be had."""

    path: bytes
    folder: bytes
    status: os.stat_result | None
    problem: str = ""

    @property
    def name(self) -> bytes:
        """The file's name in its folder."""
        return os.path.basename(self.path)


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that was passed over, in words; `unread`: it may hide files."""

    path: bytes
    words: str
    unread: bool = False


def walk(paths: Iterable[bytes], ignored: Callable[[bytes], bool]) -> Iterator[Found | Remark]:
    """Yield every file once: in the order of the paths, and below each in natural order of the names.

    A named folder may be a link; below it links are not followed. An empty path is the folder that we are in. Names
    that are `ignored` are left out, of named files with a remark.
    """
    seen: set[tuple[bytes, bytes]] = set()
    for path in paths:
        for one in _named(path, ignored):
            place = (one.folder, one.name) if isinstance(one, Found) else None
            if place is None or place not in seen:
                yield one
            if place is not None:
                seen.add(place)


def _named(path: bytes, ignored: Callable[[bytes], bool]) -> Iterator[Found | Remark]:
    folder = os.path.realpath(os.path.dirname(path))
    try:
        status = os.lstat(path or b".")
    except OSError as error:
        yield Found(path, folder, None, reason_of(error))
        return
    if os.path.isdir(path or b"."):
        yield from _below(path, ignored)
    elif stat.S_ISLNK(status.st_mode):
        yield Remark(path, _LINK)
    elif ignored(os.path.basename(path)):
        yield Remark(path, "ignored: its name is on the list of what is never synced")
    else:
        yield Found(path, folder, status)


def _below(top: bytes, ignored: Callable[[bytes], bool]) -> Iterator[Found | Remark]:
    # A stack of our own: folders may be nested deeper than Python calls may be.
    open_folders = [iter(_entries(top, ignored))]
    while open_folders:
        one = next(open_folders[-1], None)
        if one is None:
            open_folders.pop()
        elif isinstance(one, bytes):
            open_folders.append(iter(_entries(one, ignored)))
        else:
            yield one


def _entries(folder: bytes, ignored: Callable[[bytes], bool]) -> list[Found | Remark | bytes]:
    """List a folder; what is itself a folder is told by its path."""
    try:
        with os.scandir(folder or b".") as entries:
            kept = sorted((each for each in entries if not ignored(each.name)), key=lambda each: natural_key(each.name))
            real = os.path.realpath(folder)
            return [_entry(os.path.join(folder, each.name), real, each) for each in kept]
    except OSError as error:
        return [Remark(folder, f"the folder cannot be read: {reason_of(error)}", unread=True)]


def _entry(path: bytes, folder: bytes, entry: os.DirEntry[bytes]) -> Found | Remark | bytes:
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError as error:
        return Found(path, folder, None, reason_of(error))
    if stat.S_ISDIR(status.st_mode):
        return path
    return Remark(path, _LINK) if stat.S_ISLNK(status.st_mode) else Found(path, folder, status)
