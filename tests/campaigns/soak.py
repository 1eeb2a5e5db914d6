"""`python -m tests.campaigns.soak --days 30 --passes 20000`: a month of passes over folders that change, in minutes.

Time is given; disk, state and threads are real. Three times a day the program starts anew, once the service is away
for two hours, and some answers are lost. Prints what grew: memory, descriptors, threads, state, log, requests.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import logging
import os
import random
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from syncd.cli.logs import Text
from syncd.daemon.journal import Journal
from tests.campaigns.report import Report, say, scratch
from tests.world import ALWAYS, World

MODELS = ("m1", "m2")
SETS = ("m1/modelInput", "m1/auxiliaryType", "m2/modelInput")
NAMES = tuple(f"P{number}" for number in range(60))
"""All contents there are: what the tests themselves keep of them must not grow."""

DAY = 86_400.0
OUTAGE = 2 * 3600.0
RESTARTS_A_DAY = 3
MIB = 1024 * 1024
MOST = {"memory": 1.0, "state": 5.0, "log": 2.0}
"""MiB: of memory for 10,000 passes more, of state for 1,000 sets, of log a day."""


@dataclass
class Grown:
    """What was measured, each time a process had ended: memory in bytes, descriptors, threads.

    `busiest`: the most descriptors while it worked.
    """

    passes: list[int] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    descriptors: list[int] = field(default_factory=list)
    threads: list[int] = field(default_factory=list)
    busiest: int = 0

    def work(self) -> None:
        self.busiest = max(self.busiest, _descriptors())

    def measure(self, number: int) -> None:
        gc.collect()
        # What was freed goes back to the system, or the number tells of the allocator.
        ctypes.CDLL(None).malloc_trim(0)
        with open("/proc/self/statm", "rb") as file:
            self.memory.append(int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE"))
        self.passes.append(number)
        self.descriptors.append(_descriptors())
        self.threads.append(threading.active_count())

    @property
    def slope(self) -> float:
        """MiB of memory for 10,000 passes, by least squares over what came after the first fifth."""
        late = [place for place, number in enumerate(self.passes) if number * 5 >= self.passes[-1]]
        xs, ys = [self.passes[place] for place in late], [self.memory[place] for place in late]
        x, y = sum(xs) / len(xs), sum(ys) / len(ys)
        spread = sum((one - x) ** 2 for one in xs) or 1.0
        return sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / spread * 10_000 / MIB


def _descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


_ARENA_MAX = -8
"""`M_ARENA_MAX` of the malloc.h of GNU's libc."""
MOST_DESCRIPTORS = 40
"""Of a process at work: its connections to the state, and what belongs to the tests."""


class Log:
    """The log of the program, of which only the length is kept: of the day that had the most."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._days: dict[int, int] = {}
        self.logger = logging.getLogger("soak")
        handler = logging.StreamHandler(self)
        handler.setFormatter(Text())
        self.logger.handlers[:] = [handler]
        self.logger.setLevel(logging.INFO)
        self.logger.propagate = False

    def write(self, text: str) -> int:
        day = int(self._now() // DAY)
        self._days[day] = self._days.get(day, 0) + len(text.encode())
        return len(text)

    def flush(self) -> None:
        """Do nothing: it is counted."""

    @property
    def longest(self) -> float:
        return max(self._days.values(), default=0) / MIB


class Soak:
    """Passes over `sets` for so many days of the given clock."""

    def __init__(self, home: Path, days: float, passes: int, seed: int) -> None:
        self.world = World(home, *MODELS, sharing=False)
        self.grown, self.log = Grown(), Log(lambda: self.world.clock.wall)
        self.restarts = self.outage_requests = self.requests = 0
        self._passes, self._step = passes, days * DAY / passes
        self._chance = random.Random(seed)
        self._journal = Journal(self.log.logger, None)
        self._began = self._started = self.world.clock.wall
        self._outage = self._began + days * DAY / 3
        for key in SETS:
            self.world.fill(*self._chance.sample(NAMES, 6), key=key)

    def run(self) -> None:
        for number in range(self._passes):
            if self.world.clock.wall - self._started >= DAY / RESTARTS_A_DAY:
                self._restart(number)
            self._one()
        self._recover()
        self._restart(self._passes)

    def _restart(self, number: int) -> None:
        self.grown.work()
        self.world.end()
        self.grown.measure(number)
        self._journal, self._started = Journal(self.log.logger, None), self.world.clock.wall
        self.restarts += 1

    def _one(self) -> None:
        world, away = self.world, self._is_away()
        if self._chance.random() < 0.3:
            self._change()
        if away:
            for kind in ("list", "model", "inspect", "picture", "POST", "DELETE"):
                world.fail_next(kind, "not sent", ALWAYS)
        elif self._chance.random() < 0.02:
            world.fail_next("POST", self._chance.choice(["lost answer", "no answer", "502 after effect", "503"]))
        world.inline = self._chance.random() < 0.95
        before = world.clock.wall
        # Mostly one set, as the daemon does; now and then all of them, and what is kept too long is dropped.
        paths = [str(world.folder(self._chance.choice(SETS)))] if self._chance.random() < 0.8 else []
        for plan in world.sync(*paths, wait=0, everything=not paths).sets:
            self._journal.learn(plan)
        self.requests += len(world.asked)
        self.outage_requests += len(world.asked) if away else 0
        self._forget()
        world.clock.advance(max(0.0, self._step - (world.clock.wall - before)))

    def _is_away(self) -> bool:
        return self._outage <= self.world.clock.wall < self._outage + OUTAGE

    def _change(self) -> None:
        """Put, change, rename or take away one photo; some come back."""
        key = self._chance.choice(SETS)
        folder = self.world.folder(key)
        here = sorted(path.name for path in folder.iterdir())
        name = self._chance.choice(NAMES)
        match self._chance.choice(["put", "change", "rename", "take"]):
            case "put" if len(here) < 12:
                self.world.write(f"{key}/{name}.jpg", name)
            case "change" if here:
                self.world.write(f"{key}/{self._chance.choice(here)}", name)
            case "rename" if here:
                (folder / self._chance.choice(here)).rename(folder / f"{name}.jpg")
            case "take" if len(here) > 4:
                (folder / self._chance.choice(here)).unlink()

    def _forget(self) -> None:
        """Drop what the tests keep, and the service of what is gone."""
        self.world.remote.heal()
        self.world.remote.history.clear()
        self.world.clock.naps.clear()
        events = self.world.service._events
        if len(events) > 100:
            there = {image.id for model in MODELS for image in self.world.service.images(model)}
            events[:] = [one for one in events if one.id in there]

    def _recover(self) -> None:
        for _ in range(5):
            self.world.clock.advance(120)
            self.world.sync()

    def violations(self) -> list[str]:
        grown, told = self.grown, []
        if len(set(grown.descriptors)) > 1 or grown.busiest > MOST_DESCRIPTORS:
            told.append(f"descriptors: {grown.busiest} at work, then {grown.descriptors}")
        if len(set(grown.threads)) > 1:
            told.append(f"threads: {grown.threads}")
        if self.log.longest > MOST["log"]:
            told.append(f"{self.log.longest:.2f} MiB of log a day")
        return told + [f"{key}: {one}" for key in SETS for one in self._unequal(key)]

    def _unequal(self, key: str) -> list[str]:
        local, up = self.world.checks.local(key), [one.sha256 for one in self.world.remote.images(*key.split("/"))]
        return [] if sorted(local) == sorted(up) else [f"{len(local)} photos, {len(up)} images"]


def leaking(soak: Soak) -> list[str]:
    """Of a run that is long enough for memory to have settled."""
    slope = soak.grown.slope
    return [f"memory grows by {slope:.2f} MiB in 10,000 passes"] if slope > MOST["memory"] else []


def size_of(state: Path) -> float:
    """MiB of a state that is closed, with all that lies beside it."""
    return sum(each.stat().st_size for each in state.parent.iterdir()) / MIB


def thousand(home: Path, sets: int, photos: int, passes: int) -> float:
    """Return the size of the state of so many sets, no photo twice; each pass finds a tenth of the sets changed."""
    models = [f"m{number}" for number in range(sets // 2)]
    world = World(home, *models, inline=True)
    keys = [f"{model}/{kind}" for model in models for kind in ("modelInput", "auxiliaryType")]
    for number, key in enumerate(keys):
        world.fill(*(f"S{number}-{place}" for place in range(photos)), key=key)
    for number in range(passes):
        for place in range(number, sets, 10):
            world.write(f"{keys[place]}/S{place}-0.jpg", f"S{place}-{number} changed")
        world.sync(wait=0)
        world.clock.advance(DAY)
    world.end()
    return size_of(world.state)


def main() -> int:
    asked = _arguments()
    # Each pass here begins threads of its own, and malloc keeps an arena for each; the program keeps its threads.
    ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)
    report = Report("soak")
    with scratch() as homes:
        home = homes()
        home.mkdir()
        soak = Soak(home, asked.days, asked.passes, asked.seed)
        soak.run()
        report.case([*soak.violations(), *leaking(soak)], "--days", str(asked.days), "--passes", str(asked.passes))
        many = homes()
        many.mkdir()
        large = thousand(many, asked.sets, asked.photos, 10)
        too_large = [f"the state of {asked.sets} sets has {large:.2f} MiB"] if large > MOST["state"] else []
        report.case(too_large, "--sets", str(asked.sets), "--photos", str(asked.photos))
        _table(soak, large, asked)
    return report.end()


def _table(soak: Soak, large: float, asked: argparse.Namespace) -> None:
    grown = soak.grown
    memory = f"{grown.memory[len(grown.memory) // 5] / MIB:.1f} MiB, then {grown.memory[-1] / MIB:.1f}"
    rows = {
        "passes": f"{asked.passes} in {asked.days} days, {soak.restarts} restarts, an outage of 2 h",
        "requests": f"{soak.requests}, {soak.outage_requests} of them in the outage",
        "memory": f"{memory}; {grown.slope:+.2f} MiB in 10,000 passes (at most {MOST['memory']})",
        "descriptors": f"{grown.descriptors[0]}, then {grown.descriptors[-1]}; {grown.busiest} at work",
        "threads": f"{grown.threads[0]}, then {grown.threads[-1]}",
        "log": f"{soak.log.longest:.3f} MiB on the worst day (at most {MOST['log']})",
        "state": f"{size_of(soak.world.state):.2f} MiB for {len(SETS)} sets, {large:.2f} MiB for {asked.sets} sets "
        f"of {asked.photos} photos (at most {MOST['state']})",
    }
    for name, text in rows.items():
        say(f"{name:12} {text}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns.soak", description=__doc__)
    parser.add_argument("--days", type=float, default=30)
    parser.add_argument("--passes", type=int, default=20_000)
    parser.add_argument("--sets", type=int, default=1000)
    parser.add_argument("--photos", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
