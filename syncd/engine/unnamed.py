"""Sets that the configuration names no more: what is up of them stays up, as foreign."""

from __future__ import annotations

import os

from syncd.engine.roots import RootVerdict
from syncd.engine.world import Target, World
from syncd.model.local import FolderState
from syncd.scan.discover import open_folder
from syncd.store import SetStatus


def unnamed_home(world: World, target: Target, root: RootVerdict, status: SetStatus | None) -> bytes | None:
    """Return where a set lay that the configuration names no more; None for one that it names.

    A folder that is merely gone is named still: it lay where the layout puts it, below this same root, wherever that
    was moved to.
    """
    if any(target.key == folder.key for folder in world.places.folders):
        return None
    if not target.folder.base:
        return status.folder if status is not None else b""
    if status is None or status.folder == target.folder.path or not _is_missing(target):
        return None
    return None if _moved_with_its_root(world, target, status.folder, root) else status.folder


def _moved_with_its_root(world: World, target: Target, home: bytes, root: RootVerdict) -> bool:
    former = [one.path for one in world.store.meta.roots() if one.uuid is not None and one.uuid == root.identity]
    return home in {os.path.join(one, *target.folder.parts) for one in former}


def _is_missing(target: Target) -> bool:
    opened = open_folder(target.folder)
    if isinstance(opened, int):
        os.close(opened)
        return False
    return opened[0] is FolderState.MISSING
