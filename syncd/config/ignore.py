"""Which files of a set are none of ours: gitignore-style patterns on the name within the set."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import lru_cache

from pathspec import GitIgnoreSpec

BUILT_IN = (
    ".*",
    "*~",
    "~$*",
    r"\#*#",
    "*.tmp",
    "*.temp",
    "*.part",
    "*.partial",
    "*.filepart",
    "*.crdownload",
    "*.download",
    "*.opdownload",
    "*.!ut",
    "*.swp",
    "*.swo",
    "*.swx",
    "Thumbs.db",
    "ehthumbs.db",
    "ehthumbs_vista.db",
    "desktop.ini",
    "Desktop.ini",
    "@eaDir",
)
"""Unfinished downloads and copies, editors' and desktops' own files. rsync's and Syncthing's are dotfiles."""

_NAMES = 4096
"""How many are remembered: a set's names come back with each look and each event."""

_OURS = frozenset({b".syncd-root"})


def compile_patterns(patterns: Iterable[str] = ()) -> Callable[[bytes], bool]:
    """Return what tells whether a name is ignored: by the built-in list and these; the last match decides.

    `!pattern` takes one out. The marker of a root is ignored whatever the patterns say.
    """
    spec = GitIgnoreSpec.from_lines([*BUILT_IN, *patterns])

    @lru_cache(maxsize=_NAMES)
    def ignored(name: bytes) -> bool:
        return name in _OURS or spec.match_file(os.fsdecode(name))

    return ignored


def deciding_pattern(name: bytes, patterns: Iterable[str] = ()) -> str | None:
    """Return the pattern by which a name is ignored; None for one that is not, and for the marker of a root."""
    if name in _OURS:
        return None
    lines = [*BUILT_IN, *patterns]
    found = GitIgnoreSpec.from_lines(lines).check_file(os.fsdecode(name))
    return lines[found.index] if found.include and found.index is not None else None


def check(pattern: str) -> None:
    """Raise ValueError for a pattern that cannot be read."""
    GitIgnoreSpec.from_lines([pattern])
