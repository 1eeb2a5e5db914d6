"""Histories played: from the first event to rest, and cut down where they break something."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.simulation.events import Event, History, draw
from tests.simulation.install import installed, playing
from tests.simulation.realm import Realm
from tests.simulation.rest import faults_at_rest

PASSES_TO_REST = 40
MOST_TURNS = 2
RETRIES_AT_REST = 3
"""A content that is refused while all comes to rest wants a person, as a halt does."""


@dataclass
class Played:
    """What became of a history. `broken` is empty where every invariant held."""

    history: History
    broken: list[str]
    trace: str
    seen: Counter[str] = field(default_factory=Counter)
    crashes: Counter[str] = field(default_factory=Counter)
    passes: int = 0
    checks: int = 0
    told: list[str] = field(default_factory=list)


@contextmanager
def stage() -> Iterator[Path]:
    """Give a folder for many histories, in memory where that can be, with all that a simulation changes in place."""
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    home = Path(tempfile.mkdtemp(prefix="syncd-simulation-", dir=place))
    try:
        with installed():
            yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


def play(history: History, home: Path, *, tell: bool = False) -> Played:
    """Play one history in a fresh folder below `home`."""
    place = Path(tempfile.mkdtemp(dir=home))
    realm = Realm(place, history.setting, history.seed)
    realm.moments.told = [] if tell else None
    realm.wire.reencode = history.setting.reencode
    if history.setting.reencode == "lossy":
        realm.oracle.fuzzy |= set(history.setting.keys)
    try:
        with playing(realm):
            passes = _play(realm, history.events)
    finally:
        realm.end()
        realm.folders.release()
        shutil.rmtree(place, ignore_errors=True)
    return Played(
        history, realm.oracle.broken, realm.moments.digest, realm.seen, realm.moments.crashes, passes,
        realm.oracle.checks, realm.moments.told or [],
    )  # fmt: skip


def _play(realm: Realm, events: Sequence[Event]) -> int:
    passes = 0
    for event in events:
        realm.do(event)
        passes += event[0] == "pass"
        if realm.oracle.broken:
            return passes
    return passes + _to_rest(realm)


def _to_rest(realm: Realm) -> int:
    """Let all become still; say what is not in sync then."""
    realm.heal()
    for key in realm.setting.keys:
        realm.do(("retry", key))
    wrong: list[str] = []
    for number in range(1, PASSES_TO_REST + 1):
        realm.run("settle")
        if realm.oracle.broken:
            return number
        wrong = faults_at_rest(realm)
        if not wrong:
            return number + _stays(realm)
        realm.do(("approve", ""))
        if number <= RETRIES_AT_REST:
            for key in realm.setting.keys:
                realm.do(("retry", key))
        realm.do(("pass time", 61))
    realm.oracle.say(f"I4: not in sync after {PASSES_TO_REST} passes: {'; '.join(wrong)}")
    return PASSES_TO_REST


def _stays(realm: Realm) -> int:
    """Look again. With rotation a foreign copy of a photo that waits may be taken over first, and make room then."""
    turns = MOST_TURNS if realm.setting.rotate else 1
    for _ in range(turns):
        realm.run("again")
        writes = [one for one in realm.wire.asked if one.startswith(("POST", "DELETE"))]
        if not writes:
            break
    else:
        realm.oracle.say(f"I4: a pass in sync still does something: {writes}")
    realm.check_state()
    return 1


def play_seed(seed: int, home: Path, **how: bool) -> Played:
    return play(draw(seed), home, **how)


def shrunk(history: History, home: Path) -> History:
    """Cut a history down to events that are all needed to break something."""
    events = list(history.events)
    first = play(history, home).broken
    law = first[0].partition(":")[0] if first else ""
    size = len(events)
    while size >= 1:
        place = 0
        while place < len(events):
            fewer = events[:place] + events[place + size :]
            broken = play(replace(history, events=tuple(fewer)), home).broken
            if broken and broken[0].startswith(law):
                events = fewer
            else:
                place += size
        size //= 2
    return replace(history, events=tuple(events))
