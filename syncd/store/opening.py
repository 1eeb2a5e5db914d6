"""Opening a state: to work with it, or to look at a copy of it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing

from sqlalchemy import Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from syncd.errors import NoState, StateError
from syncd.model.clock import Clock
from syncd.model.mounts import network_file_system
from syncd.model.names import shown
from syncd.store import migrations, sqlite
from syncd.store.database import Database
from syncd.store.faults import Translated, explain, is_damage
from syncd.store.identity import Identity, this_process
from syncd.store.meta import read_meta, write_meta
from syncd.store.migrations import STEPS, Step
from syncd.store.place import Place
from syncd.store.snapshot import copy_into
from syncd.store.store import Store

_MEMORY = "in memory"
_NEW = {"origin": "new"}


def open_state(
    url: str,
    *,
    create: bool,
    clock: Clock,
    identity: Identity | None = None,
    euid: Callable[[], int] = os.geteuid,
    steps: Sequence[Step] = STEPS,
) -> Store:
    """Open the state to work with it; `create` makes one where there is none.

    An older one is brought up to date, and a copy of it kept beside it. A damaged or empty file is set aside and
    begun anew; `notices` and meta `made_anew` tell of it. Raises StateError where a person is needed: another
    user's, a newer one, something else; NoState without `create`; StateUnwritable where nothing can be written.
    """
    identity = identity or this_process()
    place = place_of(url, euid())
    if place is None:
        return Store(_new_in_memory(steps, _NEW), identity)
    if place.facts() is None:
        if not create:
            raise NoState(f"There is no state at {place} yet.", "Run `syncd sync` first: it makes one.")
        place.make_folder()
    with place.alone(), Translated(str(place)):
        notices = _make_sound(place, clock, steps)
        return Store(_open(place, steps), identity, (*notices, *_remarks(place)), place.path)


def open_copy(
    url: str,
    *,
    clock: Clock,
    identity: Identity | None = None,
    euid: Callable[[], int] = os.geteuid,
    steps: Sequence[Step] = STEPS,
) -> Store:
    """Open a copy of the state in memory: what is written to it is forgotten, and nothing on disk is touched.

    Where there is no state the copy is empty. A damaged one counts as begun anew, as `open_state` would do.
    """
    identity = identity or this_process()
    place = place_of(url, euid())
    found = place.facts() if place else None
    if place is None or found is None:
        return Store(_new_in_memory(steps, _NEW), identity)
    if found.st_size == 0:
        return _as_if_anew(place, "it was empty", identity, steps)
    engine = sqlite.memory()
    try:
        _fill(engine, place, clock, steps)
    except (SQLAlchemyError, sqlite3.Error) as error:
        engine.dispose()
        if is_damage(error):
            return _as_if_anew(place, "it was damaged", identity, steps)
        raise explain(error, str(place)) from error
    except OSError as error:
        engine.dispose()
        raise StateError(f"The state {place} cannot be read: {error.strerror}.", "Run `syncd doctor`.") from error
    return Store(Database(f"{place} ({_MEMORY})", engine), identity, _remarks(place))


def check_writable(url: str, *, euid: Callable[[], int] = os.geteuid) -> None:
    """Raise StateError or StateUnwritable where the state could not be made, or written, as things stand."""
    place = place_of(url, euid())
    if place is not None:
        place.check_writable()


def keep_copy(url: str, *, clock: Clock, euid: Callable[[], int] = os.geteuid) -> str | None:
    """Copy the state beside itself, and return where; None where there is none, or none of use.

    Raises StateError and StateUnwritable as `open_state` does.
    """
    place = place_of(url, euid())
    if place is None or place.facts() is None:
        return None
    stamp = clock.now().rfc3339().replace("-", "").replace(":", "")
    with place.alone():
        try:
            return copy_beside(place, f"{place.path}.before-{stamp}")
        except sqlite3.Error as error:
            if is_damage(error):
                # Whoever opens it next sets it aside.
                return None
            raise explain(error, str(place)) from error


def place_of(url: str, euid: int) -> Place | None:
    """Read where a state lies; None: in memory."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StateError(
            "`state.url` is not a database URL.", "Write it as sqlite:////var/lib/syncd/state.db"
        ) from None
    if parsed.get_backend_name() != "sqlite":
        raise StateError(
            f"`state.url` names {parsed.get_backend_name()}, and syncd keeps its state in SQLite.",
            "Write it as sqlite:////var/lib/syncd/state.db",
        )
    path = parsed.database
    return Place(os.path.abspath(path), euid) if path and path != ":memory:" else None


def _make_sound(place: Place, clock: Clock, steps: Sequence[Step]) -> tuple[str, ...]:
    """See to it that a whole database of ours, or of someone else, lies at the place; tells what was done."""
    found = place.facts()
    if found is None:
        _create(place, steps, _NEW)
        return ()
    # Damage is believed at the second look: what only this state knows is worth a read that went wrong once.
    why = "it was empty" if found.st_size == 0 else _damage(place, steps) and _damage(place, steps)
    if not why:
        return ()
    aside = place.set_aside(clock.now())
    _create(place, steps, {**_NEW, "made_anew": why})
    return (f"The state {place} was begun anew, as {why}; what was there is now {aside}. {_MATCHED}",)


_MATCHED = "Images that are up are matched again by their content."


def _damage(place: Place, steps: Sequence[Step]) -> str:
    """Say why a file is no sound database; empty when it is one. Raises StateError where it is not ours to change."""
    engine = sqlite.reader(place.path)
    try:
        with engine.connect() as connection:
            sound = _is_sound(connection, place, steps)
    except (SQLAlchemyError, sqlite3.Error) as error:
        if is_damage(error):
            return "it was damaged"
        raise
    finally:
        engine.dispose()
    return "" if sound else "it was damaged"


def _is_sound(connection: Connection, place: Place, steps: Sequence[Step]) -> bool:
    # The quick check does not look into indexes, where damage would stop every pass, and none would mend it.
    if connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar() != "ok":
        return False
    return migrations.is_whole(connection, steps, migrations.version_of(connection, steps, str(place)))


def _create(place: Place, steps: Sequence[Step], origin: dict[str, str]) -> None:
    with place.new_file() as new:
        engine = sqlite.writer(new)
        try:
            with engine.begin() as connection:
                migrations.create(connection, steps, origin)
        finally:
            engine.dispose()
        os.rename(new, place.path)


def _open(place: Place, steps: Sequence[Step]) -> Database:
    found = os.stat(place.path)
    if found.st_mode & 0o077:
        os.chmod(place.path, 0o600)
    opened = (found.st_dev, found.st_ino)
    database = Database(
        str(place), sqlite.writer(place.path), sqlite.reader(place.path), lambda: place.check_same(opened)
    )
    try:
        with database.write() as connection:
            migrations.upgrade(connection, steps, str(place), lambda version: _keep(place, version))
            # A write of something new: a disk that is full or read-only shows now, not in the middle of the work.
            write_meta(connection, "openings", str(int(read_meta(connection, "openings") or 0) + 1))
    except BaseException:
        database.close()
        raise
    return database


def _keep(place: Place, version: int) -> None:
    """Copy the state as it is committed, beside it."""
    copy_beside(place, f"{place.path}.v{version}.bak")


def copy_beside(place: Place, path: str) -> str:
    """Copy the state as it is committed, beside it; returns the path as shown."""
    with place.new_file() as new:
        with closing(sqlite3.connect(place.path)) as source, closing(sqlite3.connect(new)) as target:
            source.backup(target)
        os.rename(new, path)
    return shown(os.fsencode(path))


def _fill(engine: Engine, place: Place, clock: Clock, steps: Sequence[Step]) -> None:
    with engine.connect() as connection:
        copy_into(place.path, sqlite.raw(connection), clock.sleep)
        sound = _is_sound(connection, place, steps)
    if not sound:
        damaged = sqlite3.DatabaseError("it is no whole state")
        damaged.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise damaged
    with engine.begin() as connection:
        migrations.upgrade(connection, steps, str(place), lambda _version: None)


def _new_in_memory(steps: Sequence[Step], origin: dict[str, str]) -> Database:
    engine = sqlite.memory()
    with engine.begin() as connection:
        migrations.create(connection, steps, origin)
    return Database(_MEMORY, engine)


def _as_if_anew(place: Place, why: str, identity: Identity, steps: Sequence[Step]) -> Store:
    notice = f"The state {place} is of no use, as {why}: `syncd sync` will set it aside and begin anew. {_MATCHED}"
    return Store(_new_in_memory(steps, {**_NEW, "made_anew": why}), identity, (notice,))


def _remarks(place: Place) -> tuple[str, ...]:
    kind = network_file_system(place.path)
    if kind is None:
        return ()
    return (
        f"The state {place} lies on a network file system ({kind}), whose locks may fail; keep it on a local disk.",
    )
