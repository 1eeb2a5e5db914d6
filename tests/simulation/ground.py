"""What lies below the roots: nobody but people may change it, and the program only marks a root (I2)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

MARKER = ".syncd-root"

Picture = dict[str, tuple[int, ...]]


def marker(root: Path) -> str | None:
    """Return what the marker of a root says."""
    try:
        return (root / MARKER).read_text()
    except OSError:
        return None


class Ground:
    """Compares all that lies below the roots with how people left it."""

    def __init__(self, roots: Callable[[], Iterable[Path]]) -> None:
        self._roots = roots
        self.broken: list[str] = []
        self._left: Picture = {}
        self._marks: dict[Path, str | None] = {}

    @contextmanager
    def changed(self) -> Iterator[None]:
        """What happens meanwhile is allowed."""
        self.check()
        try:
            yield
        finally:
            self._left, self._marks = _picture(self._roots()), {root: marker(root) for root in self._roots()}

    def marked_by_another(self) -> None:
        """A process beside ours may have marked what had no marker."""
        for root in self._roots():
            self._check_mark(root, marker(root), may_mark=True)

    def check(self, *, may_mark: bool = True) -> None:
        """Note what is other than it was left."""
        found = _picture(self._roots())
        if found != self._left:
            names = sorted(name for name in found.keys() | self._left.keys() if found.get(name) != self._left.get(name))
            self.broken.append(f"I2: the program changed {', '.join(names)}")
            self._left = found
        for root in self._roots():
            self._check_mark(root, marker(root), may_mark=may_mark)

    def _check_mark(self, root: Path, now: str | None, *, may_mark: bool) -> None:
        before = self._marks.get(root)
        if now != before and (before is not None or not may_mark):
            self.broken.append(f"I2: the marker of {root.name} was {before!r} and is {now!r}")
        self._marks[root] = now


def _picture(roots: Iterable[Path]) -> Picture:
    found: Picture = {}
    for root in roots:
        _look(str(root), found)
    return found


def _look(folder: str, found: Picture) -> None:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        status = entry.stat(follow_symlinks=False)
        if entry.is_dir(follow_symlinks=False):
            found[entry.path] = (status.st_ino, status.st_mode)
            _look(entry.path, found)
        elif entry.name != MARKER:
            found[entry.path] = (status.st_ino, status.st_mode, status.st_size, status.st_mtime_ns)
