"""One state on a real disk, a clock that stands still, and processes that do as they are told."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from syncd.model.local import Likeness
from syncd.model.record import Content
from syncd.model.sets import ImageType, SetKey
from syncd.model.time import Instant
from syncd.store import Identity, Lease, Store, open_state

KEY = SetKey("m42", ImageType.MODEL_INPUT)
OTHER = SetKey("m42", ImageType.AUXILIARY)
T0 = Instant(1_800_000_000.0, "boot-a", 1_000.0)
DAY = 86_400.0


@dataclass
class HandClock:
    at: Instant = T0

    def now(self) -> Instant:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at = later(seconds, self.at)


def later(seconds: float, since: Instant = T0) -> Instant:
    return replace(since, wall=since.wall + seconds, uptime=since.uptime + seconds)


@dataclass
class Processes:
    """The processes of a host that are there, by number, and when each began."""

    alive: dict[int, int] = field(default_factory=dict)

    def identity(self, pid: int, *, host: str = "nas", boot: str = "boot-a", started: int = 7) -> Identity:
        self.alive[pid] = started
        return Identity(host, boot, pid, started, self.alive.get)


LIKENESS = Likeness(400, 300, "b1" * 32, "7b0c")


def content(letter: str, likeness: Likeness | None = LIKENESS) -> Content:
    return Content(letter * 64, f"{letter}0" * 32, 2**33, "jpeg", likeness)


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


def state(path: Path, **how: object) -> Store:
    return open_state(url_of(path), create=True, clock=HandClock(), **how)  # type: ignore[arg-type]


def up(store: Store, lease: Lease, letter: str, remote_id: str | None = None) -> None:
    begun = store.records.begin(lease, lease.key, letter.encode(), content(letter), T0)
    store.records.finish(lease, begun, remote_id or f"id-{letter}", T0)


def everything(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    """Every file of a folder with its bytes, size and time. Not while this process has a database of it open."""
    return {
        each.name: (each.read_bytes(), each.stat().st_size, each.stat().st_mtime_ns)
        for each in sorted(folder.iterdir())
    }


PRELUDE = """
import os, signal, sys
sys.path.insert(0, {repo!r})
from tests.unit.store.world import *
from syncd.store import *
from syncd.model.clock import MachineClock
path = Path({path!r})
def opened(): return open_state(url_of(path), create=True, clock=MachineClock())
def say(word): print(word, flush=True)
def hear(): return sys.stdin.readline()
"""


@contextmanager
def process(path: Path, program: str) -> Iterator[subprocess.Popen[str]]:
    """Run a program beside us that knows this file's words; ended when the block ends."""
    repo = str(Path(__file__).parents[3])
    code = PRELUDE.format(repo=repo, path=str(path)) + program
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ}
    ) as running:
        try:
            yield running
        finally:
            running.kill()


def heard(running: subprocess.Popen[str]) -> str:
    assert running.stdout is not None
    return running.stdout.readline().strip()


def tell(running: subprocess.Popen[str]) -> None:
    assert running.stdin is not None
    running.stdin.write("go\n")
    running.stdin.flush()


def run(path: Path, program: str) -> int:
    with process(path, program) as running:
        return running.wait()
