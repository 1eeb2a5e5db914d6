"""`python -m tests.campaigns.kills --kills N`: `kill -9` to the real process at every labelled point and at any time.

Each round changes some sets, kills the command that brings them up to date, often its recovery as well, and then lets
it run to its end. Points are found by letting a round of each kind run undisturbed, so a new commit is a new point by
itself; the least hit comes next. It goes on beyond N until each point of those rounds was hit `--each` times.
"""

from __future__ import annotations

import argparse
import random
import re
import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path

from tests.campaigns.kill_world import CHANGES, DAEMON, SETS, KillWorld
from tests.campaigns.report import Report, say, scratch
from tests.harness.launcher import Launcher

KILLED = -9
ROUNDS = 15
"""Of one world; then comes another one, whose first run has neither a marker nor a state."""
ANY_TIME = "at any time"
FIRST = "first run"
OF_A_CHANGE = re.compile(r".* > |POST|DELETE|before (POST|DELETE|inspect|picture)|(inspect|picture) |.* has its name")
"""Points that mean something else in each kind of round; all others are the same wherever they are passed."""


@dataclass
class Score:
    """`points`: how often a kind of round passes each, undisturbed, and (`later`) in recoveries. `hits`: kills."""

    points: dict[str, Counter[str]] = field(default_factory=dict)
    later: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    hits: Counter[str] = field(default_factory=Counter)
    tries: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    daemons: int = 0

    @property
    def kills(self) -> int:
        return self.hits.total()

    @property
    def known(self) -> set[str]:
        return {point_of(kind, label) for kind, labels in self.points.items() for label in labels}

    def least(self, each: int) -> list[str]:
        """Return the points hit less often than that."""
        return sorted(point for point in self.known if self.hits[point] < each)

    def hit(self, kind: str, label: str, code: int) -> None:
        self.runs += 1
        self.tries[point_of(kind, label)] += 1
        self.hits[point_of(kind, label)] += code == KILLED

    def next(self, kind: str, points: Iterable[str]) -> tuple[int, list[str]]:
        """Return the labels that were aimed at least often, and how often: some are passed by chance only."""
        tries = {label: self.tries[point_of(kind, label)] for label in points}
        lowest = min(tries.values(), default=-1)
        return lowest, [label for label, count in tries.items() if count == lowest]


def point_of(kind: str, label: str) -> str:
    return f"{kind}: {label}" if OF_A_CHANGE.match(label) else label


Tell = Callable[[list[str]], None]


class Campaign:
    """Plays rounds in one world; violations go to `tell`. `daemons`: the share of processes that are one."""

    def __init__(
        self, world: KillWorld, score: Score, chance: random.Random, tell: Tell, *, daemons: float = 0.0
    ) -> None:
        self._world, self._score, self._chance, self._tell, self._daemons = world, score, chance, tell, daemons
        self._took = 0.3

    def first(self) -> None:
        """Fill the folders, and kill the first run of all."""
        for number, key in enumerate(SETS):
            if number == 1:
                self._world.foreign(key)
            for _ in range(1 + number % 4):
                self._world.put(key)
        if self._world.rotates:
            for key in SETS:
                while self._world.room(key) > len(self._world.files[key]):
                    self._world.put(key)
        self._round(FIRST)

    def play(self, kinds: list[str]) -> None:
        """Change some sets in the way that most needs it, and go through it."""
        some = self._chance.sample(SETS, self._chance.randint(1, len(SETS)))
        for kind in (self._needy(kinds), *self._chance.sample(kinds, len(kinds))):
            # Some changes want room, or none.
            changed = [CHANGES[kind](self._world, key, self._chance) for key in some]
            if any(changed):
                self._round(kind)
                return

    def _needy(self, kinds: list[str]) -> str:
        def least(kind: str) -> tuple[int, float]:
            return self._score.next(kind, self._score.points.get(kind, ()))[0], self._chance.random()

        return min(kinds, key=least) if self._chance.random() < 0.7 else self._chance.choice(kinds)

    def _round(self, kind: str) -> None:
        if kind not in self._score.points:
            self._score.points[kind] = Counter(self._recovered(kind))
            return
        points, code = self._score.points[kind], KILLED
        while code == KILLED:
            code = self._killed(kind, points)
            points = self._score.later[kind] or points
            if self._chance.random() < 0.5:
                break
        if code == KILLED:
            self._score.later[kind] |= Counter(self._recovered(kind))
        else:
            self._judge(kind, code)

    def _killed(self, kind: str, points: Counter[str]) -> int:
        """Run until a point that needs it, or some moment; returns how it ended."""
        if self._chance.random() < self._daemons:
            return self._killed_daemon(kind, points)
        if self._chance.random() < 0.2:
            label = ANY_TIME
            code, _ = self._world.run(after=self._chance.uniform(0.0, self._took))
        else:
            label = self._chance.choice(self._score.next(kind, points)[1])
            code, _ = self._world.run(kill=(label, self._chance.randint(1, min(points[label], 3))))
        self._score.hit(kind, label, code)
        return code

    def _killed_daemon(self, kind: str, points: Counter[str]) -> int:
        """Run the daemon until a point, or for some seconds at most: it does not end by itself."""
        label = self._chance.choice(self._score.next(kind, points)[1])
        code, passed = self._world.run((label, 1), self._chance.uniform(0.1, 3.0), DAEMON)
        at_point = bool(passed) and passed[-1] == label
        self._score.hit(kind, label if at_point else ANY_TIME, code)
        self._score.daemons += code == KILLED
        return code

    def _recovered(self, kind: str) -> list[str]:
        """Run to the end, and judge; returns the points that were passed."""
        began = time.monotonic()
        code, passed = self._world.run()
        self._score.runs += 1
        self._took = time.monotonic() - began
        self._judge(kind, code)
        return passed

    def _judge(self, kind: str, code: int) -> None:
        failed = [] if code == 0 else [f"exit {code}: {self._world.output.read_text()}"]
        self._tell([f"{kind}: {each}" for each in (*failed, *self._world.judge())])


def rounds(homes: Callable[[], Path], score: Score, seed: int, tell: Tell, *, daemons: float = 0.0) -> Iterator[None]:
    """Go on for ever; yields after each round."""
    chance = random.Random(seed)
    with Launcher() as launcher:
        for number in count():
            rotates = number % 3 == 1
            kinds = ["evict", "rebuild"] if rotates else [kind for kind in CHANGES if kind != "evict"]
            home = homes()
            home.mkdir()
            with KillWorld(home, launcher, rotates=rotates) as world:
                campaign = Campaign(world, score, chance, tell, daemons=daemons)
                campaign.first()
                yield
                for _ in range(ROUNDS):
                    campaign.play(kinds)
                    yield


def main() -> int:
    asked = _arguments()
    report, score = Report("kills"), Score()
    replay = ("--seed", str(asked.seed))
    # Whoever stops it early is told of what there is.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with scratch() as homes, suppress(KeyboardInterrupt):
        tell = partial(_report, report, replay)
        for _ in rounds(homes, score, asked.seed, tell, daemons=asked.daemons):
            if report.cases % 50 == 0:
                say(f"{score.kills} kills, {len(score.least(asked.each))} points below {asked.each}")
            enough = score.kills >= asked.kills
            if enough and (score.kills >= asked.most or not score.least(asked.each)):
                break
    for point in sorted({*score.hits, *score.known}):
        say(f"{score.hits[point]:6} {point}")
    few = {f"points_below_{asked.each}": f"{len(score.least(asked.each))} of {len(score.known)}"}
    return report.end(
        **few, kills=score.kills, at_any_time=score.hits[ANY_TIME], processes=score.runs, daemons=score.daemons
    )


def _report(report: Report, replay: tuple[str, ...], broken: list[str]) -> None:
    report.case(broken, *replay)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=1500)
    parser.add_argument("--each", type=int, default=20, help="hit each point so often")
    parser.add_argument("--most", type=int, default=10_000, help="end after so many kills all the same")
    parser.add_argument("--daemons", type=float, default=0.15, help="this share of what is killed is the daemon")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
