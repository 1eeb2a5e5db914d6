"""What a simulation changes about the program: no threads, no chance, and the same picture judged once."""

from __future__ import annotations

import ctypes
import itertools
import os
import uuid
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager
from functools import cache, lru_cache
from pathlib import Path
from types import SimpleNamespace

from syncd.config.ignore import compile_patterns
from syncd.config.key import Key
from syncd.engine import ask, heartbeat, leasing, observe, patience, prelude, roots, send
from syncd.engine import world as engine
from syncd.model.plan import Adopt, Gone, Lapse, Missing, Policy, Revive
from syncd.model.record import RecordState
from syncd.scan import folder as scan_folder
from syncd.scan import marker
from syncd.scan.discover import Folder
from syncd.scan.folder import Settings
from syncd.service import ImageService, framing
from syncd.store import Lease, database, records
from tests.simulation import ground
from tests.simulation.effort import logging_to
from tests.simulation.hands import Beat
from tests.simulation.quick import quick
from tests.world import key_of

DETAILS = {
    "not deleted: its other copy is gone",
    "not deleted: its photo is back",
    "not deleted: a file cannot be read now",
    "not deleted: the root is no longer the one we know",
    "not told apart from a photo of ours yet",
    "equal to an image of ours, but not sent by us",
    "its picture could not be compared",
    "its file is gone, and whether it went up is not known yet",
    "not in the listing, and not proven gone yet",
}
_WRITING = ("begin", "finish", "unanswered", "unsent", "refuse", "tombstone", "gone", "cancel", "apply", "drop_all")

_current = SimpleNamespace(realm=None)
_patterns = lru_cache(compile_patterns)
_fingerprints = lru_cache(lambda key: Key(key).fingerprint)


def engine_world(realm, stack: ExitStack, store, policy: Policy) -> engine.World:
    """Return what a pass of this realm works with."""
    places = engine.Places(bytes(realm.root), "models/{model_id}/{image_type}", _elsewhere(realm))
    wire, clock, key = realm.wire, realm.clock, realm.key
    service = stack.enter_context(ImageService("http://127.0.0.1:9/api", lambda: key, clock, transport=wire))
    realm.folders.bound = realm.folders.ignore
    scanning = Settings(_patterns(realm.folders.bound), 20_000_000)
    hand: Executor = realm._executor
    # As in a daemon, until it ends: a program that makes one pass only is one that remembers nothing.
    name = _fingerprints(key)
    return engine.World(store, service, clock, places, scanning, policy, name, hand, hand, hand, recent=realm.recent)


def _elsewhere(realm) -> tuple[Folder, ...]:
    return tuple(Folder(key_of(key), bytes(path)) for key, path in realm.folders.elsewhere.items())


def in_transaction(realm) -> bool:
    """Whether the program is in the middle of a write, where no one else can write."""
    return realm._store is not None and realm._store._database._mine.connection is not None


@contextmanager
def installed() -> Iterator[None]:
    """Run the program in one thread and without chance; as a user who has no right to what is locked."""
    with ExitStack() as stack:
        numbers = itertools.count(1)

        def put(where, name: str, value) -> None:
            if not hasattr(where, name):
                return
            stack.callback(setattr, where, name, getattr(where, name))
            setattr(where, name, value)

        chance = SimpleNamespace(uuid4=lambda: uuid.UUID(int=(1 << 100) + next(numbers)), UUID=uuid.UUID)
        for module in (prelude, marker):
            put(module, "uuid", chance)
        for module in (prelude, framing):
            put(module, "secrets", SimpleNamespace(token_hex=lambda n: f"{next(numbers):0{2 * n}x}"))
        put(marker.os, "fsync", lambda _handle: None)
        for module in (leasing, heartbeat):
            put(module, "Heartbeat", Beat)
        for module in (heartbeat, patience):
            put(module, "LEASE_PATIENCE", 1.0)
        put(scan_folder, "judge", cache(scan_folder.judge))
        put(ask, "picture_of", cache(ask.picture_of))
        put(roots, "read_marker", _noting_marker(roots.read_marker))
        put(roots, "write_marker", _noting_mark(roots.write_marker))
        put(observe, "scan", _noting_scan(observe.scan))
        for module in (scan_folder, send):
            put(module, "read_file", _noting_read(module.read_file))
        put(send, "is_unchanged", _noting_read(send.is_unchanged))
        for name in _WRITING:
            put(records.Records, name, _noting_write(name, getattr(records.Records, name)))
        put(database.Database, "_begin", _noting_end(database.Database._begin))
        stack.enter_context(quick(_commit, _is_plain))
        stack.enter_context(logging_to(_hear))
        stack.enter_context(_without_rights())
        yield


def _commit() -> None:
    # While the state is being opened nobody else could do anything with it.
    if _current.realm is not None and _current.realm._store is not None:
        _current.realm.moments.commit()


def _noting_end(begin):
    @contextmanager
    def noted(self, lease):
        with begin(self, lease) as connection:
            yield connection
        realm = _current.realm
        if realm is not None and realm._store is not None and realm._store._database is self:
            realm.moments.committed()

    return noted


def _hear(line: str) -> None:
    if _current.realm is not None:
        _current.realm.hear(line)


def _is_plain() -> bool:
    return _current.realm is None or _current.realm.setting.faithful


@contextmanager
def playing(realm) -> Iterator[None]:
    before, _current.realm = _current.realm, realm
    try:
        yield
    finally:
        _current.realm = before


def _noting_scan(scan):
    def noted(folder, *more):
        realm, key = _current.realm, str(folder.key)
        if realm is None:
            return scan(folder, *more)
        realm.moments.step += 1
        step, before = realm.moments.step, realm.folders.look(key)
        found = scan(folder, *more)
        realm.oracle.scanned(key, step, before, realm.folders.look(key))
        return found

    return noted


def _noting_marker(read):
    def noted(root):
        found = read(root)
        if _current.realm is not None:
            place = Path(os.fsdecode(root))
            _current.realm.seen_markers[place] = ground.marker(place)
        return found

    return noted


def _noting_mark(write):
    def noted(root, identity):
        written = write(root, identity)
        realm = _current.realm
        place = Path(os.fsdecode(root))
        if realm is not None and realm.oracle.root_fine_without_marker(place):
            realm.oracle.legit_markers[place].add(ground.marker(place))
        return written

    return noted


def _noting_read(read):
    def noted(*more):
        if _current.realm is not None:
            _current.realm.moments.at("read")
        return read(*more)

    return noted


def _noting_write(name: str, write):
    def noted(self, *more, **named):
        realm = _current.realm
        if realm is None:
            return write(self, *more, **named)
        before, realm.moments.doing = realm.moments.doing, name
        try:
            result = write(self, *more, **named)
        finally:
            realm.moments.doing = before
        _tell(realm, name, more, named)
        if in_transaction(realm):
            realm.moments.written = name
        else:
            realm.moments.at(f"after {name}")
        return result

    return noted


def _tell(realm, name: str, more, named) -> None:
    if more and isinstance(more[0], Lease) and (name != "apply" or more[2]):
        realm.oracle.writes(str(more[0].key), name)
    match name:
        case "tombstone":
            realm.moments.step += 1
            realm.oracle.doom(more[1].remote_id, more[2].value, approved=named.get("approved", False))
        case "cancel":
            realm.saw("cancelled delete")
        case "apply":
            for change in more[2]:
                realm.saw(_named(change))
                if isinstance(change, Adopt):
                    realm.oracle.stood_in(str(more[1]), change)
                if isinstance(change, Gone | Lapse):
                    realm.oracle.concluded(str(more[1]), change.record, lapsed=isinstance(change, Lapse))


def _named(change) -> str:
    match change:
        case Adopt():
            return "late twin" if change.surplus else "adopted begun" if change.record else "adopted unknown"
        case Gone():
            return "gone"
        case Revive(record, surplus):
            return f"resurrected{' as surplus' if surplus else ''}" if record.state is RecordState.GONE else "revived"
        case Lapse():
            return "lapsed"
        case Missing():
            return "missing"
    return type(change).__name__


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Data(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


@contextmanager
def _without_rights() -> Iterator[None]:
    """Give up root's right to read what no one may read; others never had it."""
    libc = ctypes.CDLL(None, use_errno=True)
    header, data = _Header(0x20080522, 0), (_Data * 2)()
    if not hasattr(libc, "capset") or libc.capget(ctypes.byref(header), data) != 0:
        yield
        return
    before = data[0].effective
    data[0].effective = before & ~0b110
    libc.capset(ctypes.byref(header), data)
    try:
        yield
    finally:
        data[0].effective = before
        libc.capset(ctypes.byref(header), data)
