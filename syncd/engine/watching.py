"""What is to be watched, and whether the system will tell of it."""

from __future__ import annotations

from collections.abc import Callable

from syncd.engine.doctor import Check, well
from syncd.engine.world import Places
from syncd.errors import ExitCode
from syncd.model.mounts import MOUNTINFO, network_kind, read_mounts
from syncd.scan.discover import fits
from syncd.watch import Place, Rules
from syncd.watch.limits import LIMITS, WATCHES, limit_of, remedy
from syncd.watch.place import count_folders


def places_to_watch(places: Places) -> tuple[Place, ...]:
    """Say for the watch where sets may lie."""
    below = () if places.root is None else (Place(places.root, places.layout),)
    return (*below, *(Place(folder.path) for folder in places.folders))


def rules_of_watching(ignored: Callable[[bytes], bool]) -> Rules:
    """Say for the watch which names count: those of the layout, and files that are not ignored."""
    return Rules(fits, ignored)


def check_watches(places: Places, watch: str, limits: str = LIMITS, mountinfo: str = MOUNTINFO) -> Check:
    """Compare how many folders may be watched with how many there are to be."""
    if watch == "poll":
        return well("watch", "dataset.watch is poll, which needs no watches")
    watched = places_to_watch(places)
    mounts = read_mounts(mountinfo)
    kind = next(filter(None, (network_kind(place.path, mounts) for place in watched)), None)
    if watch == "auto" and kind is not None:
        return well("watch", f"folders on {kind} are looked at again and again, since no one tells of changes there")
    limit = limit_of(WATCHES, limits)
    if not limit:
        return well("watch", "this system tells no limit")
    rules = rules_of_watching(lambda _: False)
    needed = sum(count_folders(place.path, place.parts, rules) for place in watched)
    if needed <= limit:
        return well("watch", f"{needed} folders, and {limit} may be watched")
    detail = f"{needed} folders, and only {limit} may be watched; the others are looked at from time to time"
    return Check("watch", ok=False, detail=detail, remedy=remedy(WATCHES, needed, limit), code=ExitCode.SOME_FAILED)
