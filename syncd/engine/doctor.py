"""What could keep syncd from working, looked at one thing at a time. Changes nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace

from syncd.engine.roots import missing
from syncd.engine.targets import find_targets
from syncd.engine.world import Places
from syncd.errors import ExitCode, KeyRejected, StateError, SyncdError
from syncd.model.clock import Clock
from syncd.model.counted import count
from syncd.model.names import shown
from syncd.model.time import rfc3339
from syncd.model.words import Reason
from syncd.scan.marker import MarkerUnreadableError, read_marker
from syncd.service.client import ImageService
from syncd.store import Store, check_writable, open_copy

CLOCK_SECONDS = 300
"""A clock that is off by more makes times in history and status useless."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `code` is what it means for the exit code where it is not well."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""
    code: ExitCode = ExitCode.OK


def well(name: str, detail: str) -> Check:
    """Say that something is as it should be."""
    return Check(name, ok=True, detail=detail)


def ill(name: str, error: SyncdError) -> Check:
    """Say what an error means for a check."""
    return Check(name, ok=False, detail=error.message, remedy=error.remedy, code=error.exit_code)


def check_service(service: ImageService, clock: Clock, base_url: str, key: str) -> list[Check]:
    """Ask the service: whether it is there, whether it takes the key, and what time it has."""
    try:
        told = service.ping()
    except KeyRejected as error:
        return [_bad_key(error, key), well("ping", f"{base_url} answers"), _untold("clock")]
    except SyncdError as error:
        return [well("key", f"{key}; whether the service takes it is not known"), ill("ping", error), _untold("clock")]
    return [_check_key(service, key), well("ping", f"{base_url} answers"), check_clock(told, clock.now().wall)]


def _check_key(service: ImageService, key: str) -> Check:
    # Not every service asks for the key at /ping.
    try:
        found = service.models()
    except SyncdError as error:
        return _bad_key(error, key)
    return well("key", f"{key}; the service takes it and shows {_models(len(found))}")


def _bad_key(error: SyncdError, key: str) -> Check:
    told = replace(ill("key", error), detail=f"{key}: {error.message}")
    return replace(told, remedy="Put a valid key there.") if isinstance(error, KeyRejected) else told


def check_clock(told: float | None, wall: float) -> Check:
    """Compare this machine's clock with the service's."""
    if told is None:
        return _untold("clock")
    off = abs(wall - told)
    if off <= CLOCK_SECONDS:
        return well("clock", f"{rfc3339(wall)}, as the service has it")
    direction = "ahead of" if wall > told else "behind"
    detail = f"{rfc3339(wall)} is {off / 60:.0f} minutes {direction} the service ({rfc3339(told)})"
    return Check("clock", ok=False, detail=detail, remedy="Run: sudo timedatectl set-ntp true", code=_SOME)


def check_state(url: str, clock: Clock) -> tuple[Check, Store | None]:
    """Read the state as a whole; also returns a copy of it, to be closed by the caller."""
    try:
        store = open_copy(url, clock=clock)
    except StateError as error:
        return ill("state", error), None
    try:
        check_writable(url)
    except StateError as error:
        return ill("state", error), store
    return _state_of(store), store


def _state_of(store: Store) -> Check:
    if store.notices:
        remedy = "Run `syncd sync`; if it lasts, let state.url name a file on a sound local disk."
        return Check("state", ok=False, detail=" ".join(store.notices), remedy=remedy, code=_SOME)
    if not store.meta.get("openings"):
        return well("state", "none yet; the first `syncd sync` makes it")
    images = sum(store.census.all_live().values())
    return well(
        "state", f"sound; it knows {images} images of ours" + (", and is paused" if store.meta.paused() else "")
    )


def check_folders(places: Places, store: Store | None) -> Check:
    """See whether the root and the folders of all sets can be read."""
    if places.root is not None and not os.path.isdir(places.root):
        halt = missing(places.root)
        remedy = f"{halt.remedy[0].upper()}{halt.remedy[1:]}."
        return Check("folders", ok=False, detail=halt.detail, remedy=remedy, code=ExitCode.HALTED)
    folders, hidden = _folders(places, store)
    closed = [folder for folder in folders if os.path.isdir(folder) and not os.access(folder, os.R_OK | os.X_OK)]
    closed += [folder for folder in hidden if folder not in closed]
    if closed:
        first = shown(closed[0])
        detail = f"{first} cannot be read" + (f", nor can {len(closed) - 1} others" if closed[1:] else "")
        return Check("folders", ok=False, detail=detail, remedy=_right_to_read(closed[0]), code=ExitCode.HALTED)
    sets = len(folders) - (places.root is not None)
    return well("folders", f"{count(sets, 'set')}, all readable" if sets else "no set yet; `syncd init` makes folders")


def _right_to_read(folder: bytes) -> str:
    try:
        own = os.stat(folder).st_uid == os.geteuid()
    except OSError:
        own = True
    right, name = "Give the user of syncd the right to read it", shown(folder)
    # What belongs to another user is not opened by rights of that one.
    return f"{right}: chmod u+rx {name}" if own else f"{right}: by the group of {name}, say, as one of its members."


def _folders(places: Places, store: Store | None) -> tuple[list[bytes], list[bytes]]:
    """Return the folders of the root and of all sets; and those in which sets may lie that cannot be seen."""
    recorded = store.sets.recorded() if store is not None else ()
    targets, notes = find_targets(places, recorded)
    root = [places.root] if places.root is not None else []
    hidden = [note.path for note in notes if note.reason is Reason.UNREADABLE]
    return [*root, *(target.folder.path for target in targets)], hidden


def _tops(places: Places) -> Iterator[bytes]:
    if places.root is not None:
        yield places.root
    yield from (folder.base for folder in places.folders if folder.base != places.root)


def check_markers(places: Places, store: Store | None) -> Check:
    """Compare the marker of each root with what the state remembers of it."""
    known = {root.path: root.uuid for root in store.meta.roots()} if store is not None else {}
    roots = [root for root in dict.fromkeys(_tops(places)) if os.path.isdir(root)]
    found = (_marker(root, known.get(root), remembered=root in known) for root in roots)
    bad = next((check for check in found if not check.ok), None)
    if bad is not None:
        return bad
    marked = sum(root in known for root in roots)
    return well("marker", "as remembered" if marked else "none is remembered yet; the first `syncd sync` writes it")


def _marker(root: bytes, uuid: str | None, *, remembered: bool) -> Check:
    name = shown(root)
    try:
        found = read_marker(root)
    except MarkerUnreadableError as error:
        remedy = "Give the user of syncd the right to read it."
        return Check("marker", ok=False, detail=f"it cannot be read: {error}", remedy=remedy, code=ExitCode.HALTED)
    if remembered and uuid is None and found is None:
        detail = f"none could be written in {name}, so deletes there are cautious"
        remedy = f"Give the user of syncd the right to write in {name}."
        return Check("marker", ok=False, detail=detail, remedy=remedy, code=_SOME)
    if uuid is not None and found != uuid:
        detail = f"{name} bears {'no marker' if found is None else 'the marker of another root'}"
        remedy = "Mount the right one; only if this folder really takes its place: `syncd approve`."
        return Check("marker", ok=False, detail=detail, remedy=remedy, code=ExitCode.HALTED)
    return well("marker", name)


def _models(number: int) -> str:
    return f"{number} model" if number == 1 else f"{number} models"


def _untold(name: str) -> Check:
    return well(name, "the service told no time")


_SOME = ExitCode.SOME_FAILED
