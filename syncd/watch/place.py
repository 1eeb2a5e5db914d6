"""What is to be watched: places, and the rules by which names in them count."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from syncd.config.ignore import compile_patterns

_NAMES = 1024
"""Names whose verdict is remembered; in a storm the same few come again and again."""


class Ears(Protocol):
    """Whoever is to hear of changes."""

    def __call__(self, path: bytes, *, writing: bool) -> None:
        """Hear that something may have changed at a path; `writing`: someone is at it, and will be heard to end."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """A root, and where sets lie below it; without a layout the root itself is the folder of a set."""

    path: bytes
    layout: str = ""

    @property
    def parts(self) -> tuple[str, ...]:
        """The layout, level by level."""
        return tuple(part for part in self.layout.split("/") if part)


class Rules:
    """Which names count. `fits(name, level)`: may a folder stand there; `ignored(name)`: is a file none of ours.

    The patterns of a person are about files. Folders above the sets are passed over by the built-in list alone.
    """

    def __init__(self, fits: Callable[[bytes, str], bool], ignored: Callable[[bytes], bool]) -> None:
        self.ignored = lru_cache(_NAMES)(ignored)
        self._hidden = lru_cache(_NAMES)(compile_patterns())
        self._fits = fits

    def fits(self, name: bytes, level: str) -> bool:
        """Tell whether a folder of that name leads to a set, or is one."""
        return self._fits(name, level) and not self._hidden(name)


def folders_below(path: bytes, level: str, rules: Rules) -> list[bytes]:
    """Return the names of the folders that fit. Raises OSError where the folder cannot be read."""
    with os.scandir(path) as entries:
        return [entry.name for entry in entries if rules.fits(entry.name, level) and _is_folder(entry)]


def count_folders(path: bytes, levels: tuple[str, ...], rules: Rules) -> int:
    """Return how many folders of a place there are to be watched, as far as they can be read."""
    if not levels:
        return 1
    try:
        names = folders_below(path, levels[0], rules)
    except OSError:
        return 1
    return 1 + sum(count_folders(os.path.join(path, name), levels[1:], rules) for name in names)


def _is_folder(entry: os.DirEntry[bytes]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False
