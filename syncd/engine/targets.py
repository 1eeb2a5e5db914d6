"""Which sets a pass is about: those with a folder, and those with a record."""

from __future__ import annotations

import os
from collections.abc import Iterable

from syncd.config.ignore import compile_patterns
from syncd.engine.world import Places, Target
from syncd.errors import UsageError
from syncd.model.local import Note
from syncd.model.names import shown, unplain
from syncd.model.sets import SetKey
from syncd.scan.discover import Folder, discover, folder_of

# `dataset.ignore` is about what lies within a set: above them the built-in list alone counts.
_HIDDEN = compile_patterns()


def find_targets(places: Places, recorded: Iterable[SetKey]) -> tuple[list[Target], tuple[Note, ...]]:
    """Return all sets in order of their keys, and what lies beside them.

    A recorded set without any place to lie in has a folder without a base.
    """
    named = {folder.key: folder for folder in places.folders}
    taken = {real(folder.path) for folder in places.folders}
    found: dict[SetKey, Folder] = {}
    notes: tuple[Note, ...] = ()
    if places.root is not None:
        below = discover(places.root, places.layout, _HIDDEN)
        notes = below.notes
        # A folder that the configuration gives to one set is not that of another, whatever the layout makes of it.
        base = real(places.root)
        laid_out = [folder_of(places.root, places.layout, key) for key in recorded]
        found = {each.key: Folder(each.key, b"") if _lies_in(base, each) in taken else each for each in laid_out}
        found |= {each.key: each for each in below.folders if _lies_in(base, each) not in taken}
    else:
        found = {key: Folder(key, b"") for key in recorded}
    found |= named
    return [Target(found[key]) for key in sorted(found)], notes


def _lies_in(base: bytes, folder: Folder) -> bytes:
    """Return the real path of a folder below that of the root: below a root nothing is a link."""
    return os.path.join(base, *folder.parts)


def select(targets: list[Target], places: Places, paths: Iterable[str], here: bytes) -> list[Target]:
    """Return the sets at, below or around the given paths, in their order. A path in no set is a usage error."""
    chosen: set[SetKey] = set()
    for path in paths:
        matched = next(filter(None, (_at(targets, each) for each in candidates(path, places, here))), None)
        if matched is None:
            raise UsageError(
                f"{shown(unplain(path)) or 'An empty path'} is in no image set",
                "name a set's folder, a file in it, or a folder above it; `syncd status` lists the sets",
            )
        chosen |= {target.key for target in matched}
    return [target for target in targets if target.key in chosen] if chosen else targets


def candidates(path: str, places: Places, here: bytes) -> list[bytes]:
    r"""Return what a path on the command line may mean: from here, else from the root; `\xNN` may stand for a byte."""
    if not path:
        # An empty variable of a script must not come to mean the folder that it happens to run in.
        return []
    spellings = dict.fromkeys([os.fsencode(path), unplain(path)])
    bases = [here] if places.root is None else [here, places.root]
    paths = [os.path.join(base, spelling) for base in bases for spelling in spellings]
    # A link is what it names only where it is nothing by itself: one in a set's folder is told as a link.
    return list(dict.fromkeys([*map(_real_parent, paths), *map(real, paths)]))


def locate(targets: list[Target], path: bytes) -> tuple[Target, bytes] | None:
    """Return the set and the name within it that a path means; the name is empty for the set itself.

    Of sets that lie one in the other, the innermost.
    """
    placed = ((target, _below(path, real(target.folder.path))) for target in filter(_has_place, targets))
    around = [(target, inside) for target, inside in placed if inside is not None]
    return min(around, key=lambda each: len(each[1]), default=None)


def real(path: bytes) -> bytes:
    """Return a path with the links above it followed; it need not exist."""
    return os.path.realpath(path)


def _at(targets: list[Target], path: bytes) -> list[Target]:
    placed = filter(_has_place, targets)
    below = [target for target in placed if _below(real(target.folder.path), path) is not None]
    located = locate(targets, path)
    return below or ([located[0]] if located is not None else [])


def _has_place(target: Target) -> bool:
    return bool(target.folder.base)


def _below(path: bytes, folder: bytes) -> bytes | None:
    if path == folder:
        return b""
    prefix = folder.rstrip(b"/") + b"/"
    return path[len(prefix) :] if path.startswith(prefix) else None


def _real_parent(path: bytes) -> bytes:
    # The last part may be a link, which is not followed, or gone, which is the question.
    parent, name = os.path.split(os.path.normpath(path))
    return os.path.join(real(parent), name) if name else real(parent)
