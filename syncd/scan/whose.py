"""Which set a path belongs to, by its name alone: for whoever hears of a path and has not looked."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import lru_cache

from syncd.config.ignore import compile_patterns
from syncd.model.sets import ImageType, SetKey
from syncd.scan.discover import Folder, fits

_FOLDERS = 1024
"""Folders that are remembered; of what is written, the same few come again and again."""
_HIDDEN = compile_patterns()


class Whose:
    """Knows where sets may lie: below `root` by `layout`, and in each of `folders`."""

    def __init__(self, root: bytes | None, layout: str, folders: Iterable[Folder] = ()) -> None:
        self._root = None if root is None else root.rstrip(b"/") + b"/"
        self._layout = tuple(part for part in layout.split("/") if part)
        self._named = {folder.path: folder.key for folder in folders}
        self._at = lru_cache(_FOLDERS)(self._found_at)

    def set_of(self, path: bytes) -> SetKey | None:
        """Return the set whose folder a path is, or lies directly in. None: it may lie above sets, or beside them."""
        key = self._at(path)
        return self._at(os.path.dirname(path)) if key is None else key

    def _found_at(self, folder: bytes) -> SetKey | None:
        return self._named.get(folder) or self._by_layout(folder)

    def _by_layout(self, folder: bytes) -> SetKey | None:
        if self._root is None or not folder.startswith(self._root):
            return None
        parts = folder[len(self._root) :].split(b"/")
        if len(parts) != len(self._layout) or not all(map(fits, parts, self._layout)) or any(map(_HIDDEN, parts)):
            return None
        values = dict(zip(self._layout, map(os.fsdecode, parts), strict=True))
        return SetKey(values["{model_id}"], ImageType(values["{image_type}"]))
