"""`python -m tests.campaigns.crash_matrix`: every moment of every change, times what the service did, ended by a crash.

The points are found by running a scene once and listing its moments, so a new commit or request is a new row by
itself. A row lies between two moments. `--double` also ends the recovery at each of its moments, from each row after
which things stand as after none before it.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import count

from tests.campaigns.report import Report, fast, say, scratch
from tests.campaigns.scenes import CHANGES, SCENES, Scene
from tests.campaigns.standing import standing
from tests.harness.answers import LATE
from tests.world import World

AS_IT_WAS = "took effect"
VERY_LATE = "very late"
OUTCOMES = {
    AS_IT_WAS: None,
    "took effect, answer lost": "lost answer",
    "did not, no answer": "no answer",
    "late": LATE,
    VERY_LATE: LATE,
    "twice": "twice",
    "twice, answer lost": "twice, answer lost",
}
"""What the service does with the write in question. Late: once the recovery has looked; very late: when it is over."""

LATER = ("late", VERY_LATE)
UNASKED = ("twice", "twice, answer lost", *LATER)
MOST_PASSES = 5
OPEN = ("begun", "deleting", "surplus")
ROWS = (*CHANGES, *(SCENES[name] for name in ("unanswered upload", "another account", "everything at once")))


@dataclass(frozen=True)
class Point:
    """The `nth` write (from 1; 0: none in question) has this outcome, and the process ends before the given moment.

    `second`: the recovery ends before that moment as well; 0: it does not.
    """

    scene: Scene
    kind: str = ""
    nth: int = 0
    outcome: str = AS_IT_WAS
    moment: int = 0
    second: int = 0

    @property
    def words(self) -> list[str]:
        first = [self.scene.name, f"{self.kind} {self.nth} {self.outcome}" if self.nth else AS_IT_WAS]
        return [*first, f"moment {self.moment}", *([f"second {self.second}"] if self.second else [])]

    @property
    def replay(self) -> list[str]:
        write = ["--write", self.kind, str(self.nth), self.outcome] if self.nth else []
        return ["--scene", self.scene.name, *write, "--moment", str(self.moment), "--second", str(self.second)]


@dataclass(frozen=True)
class Rest:
    """How things are once nothing is left to do."""

    up: tuple[str, ...]
    uploads: tuple[tuple[str, int], ...]


def settle(world: World, scene: Scene) -> list[str]:
    """Run passes until one finds nothing to do; tell what is wrong where none does."""
    for _ in range(MOST_PASSES):
        world.sync(**scene.how)
        if world.code == scene.code and not world.count("POST") and not world.count("DELETE"):
            return []
    return [f"not at rest after {MOST_PASSES} passes: exit {world.code}, asked {world.asked}"]


def at_rest(world: World) -> Rest:
    uploads = Counter(one.sha256[:8] for one in world.service.events if one.kind == "upload")
    everywhere = (f"{key} {name}" for key in world.sets() for name in world.up(key))
    return Rest(tuple(everywhere), tuple(sorted(uploads.items())))


@cache
def undisturbed(scene: Scene) -> Rest:
    with scratch() as home:
        world = scene.make(home())
        assert settle(world, scene) == []
        world.end()
        return at_rest(world)


def begin(point: Point, home) -> World:
    """Make the world of a point, in which the write in question will end as told."""
    world = point.scene.make(home)
    # Who makes two of one, or one after all doubt is over, can fill a set; at rest it has no more than its limit.
    world.checks.tolerates_full = point.outcome in UNASKED
    fault = OUTCOMES[point.outcome]
    if fault is not None:
        world.fail_next(point.kind, fault, after=point.nth - 1)
    return world


def moments(point: Point) -> list[str]:
    """Name the moments of a pass that nothing ends, but in which the write in question goes as told."""
    with scratch() as home:
        world = begin(point, home())
        world.sync(wait=0, **point.scene.opening)
        world.end()
        return world.fuse.told


def violations(point: Point, home) -> list[str]:
    """Crash there, recover, and tell what is not as it would be without a crash."""
    return play(point, home).broken


@dataclass(frozen=True)
class Played:
    """`came`: whether the recovery came to the moment of its own crash. `stood`: how things were after the first."""

    broken: list[str]
    came: bool = True
    stood: str = ""


def play(point: Point, home) -> Played:
    world = begin(point, home)
    try:
        world.crash_at("moment", point.moment, wait=0, **point.scene.opening)
        stood = "" if point.second else f"{point.outcome in LATER and point.outcome} {standing(world)}"
        world.remote.heal()
        if point.outcome == "late":
            # Between the first look of the recovery and the second, at the latest as it ends: within the time of doubt.
            world.remote.before("list", lambda: None)
            world.remote.before("list", world.remote.deliver)
        if point.second and not world.crash_at("moment", point.second, **point.scene.how):
            return Played([], came=False)
        return Played([f"{', '.join(point.words)}: {each}" for each in _recovery(world, point)], stood=stood)
    except AssertionError as broken:
        return Played([f"{', '.join(point.words)}: {broken}"])
    finally:
        world.end()


def _recovery(world: World, point: Point) -> Iterator[str]:
    if point.outcome == "late" and point.second:
        world.remote.deliver()
    world.sync(**point.scene.how)
    if point.outcome == "late":
        world.remote.deliver()
    yield from settle(world, point.scene)
    if point.outcome == VERY_LATE:
        world.remote.deliver()
        yield from settle(world, point.scene)
    yield from _compared(world, point)


def _compared(world: World, point: Point) -> Iterator[str]:
    plain, now = undisturbed(point.scene), at_rest(world)
    if now.up != plain.up:
        yield f"up is {now.up}, not {plain.up}"
    more = Counter(dict(now.uploads))
    more.subtract(dict(plain.uploads))
    # What takes effect twice, or after all doubt was over, is there twice for a while: no client can prevent it.
    allowed = int(point.outcome in UNASKED)
    if sum(max(0, extra) for extra in more.values()) > allowed:
        yield f"uploaded more than once: {dict(more)}"
    left = [each for key in world.sets() for each in world.records(key) if each.split()[0] in OPEN]
    if left:
        yield f"left open: {left}"


def variants(scene: Scene) -> Iterator[Point]:
    """Yield what the service can do with each write of a scene."""
    plain = moments(Point(scene))
    yield Point(scene)
    for kind in ("POST", "DELETE"):
        writes = sum(name.split()[0] == kind for name in plain)
        for nth in range(1, writes + 1):
            yield from (Point(scene, kind, nth, each) for each in OUTCOMES if each != AS_IT_WAS)


def rows(scene: Scene) -> Iterator[tuple[str, Point]]:
    """Yield every point of a scene with its name."""
    for variant in variants(scene):
        yield from rows_of(variant)


def rows_of(variant: Point) -> Iterator[tuple[str, Point]]:
    """Yield the points of one course of things; a write in question matters from its own moment on."""
    names = moments(variant)
    start = _moment_of(variant, names)
    ends = ["the pass begins", *names], [*names, "the pass ends"]
    for number, (before, after) in enumerate(zip(*ends, strict=True), 1):
        if number > start:
            yield f"{before} | {after}", replace(variant, moment=number)


def _moment_of(variant: Point, names: list[str]) -> int:
    if not variant.nth:
        return 0
    found = [number for number, name in enumerate(names, 1) if name.split()[0] == variant.kind]
    return found[variant.nth - 1]


def doubled(point: Point, home) -> Iterator[tuple[Point, list[str]]]:
    """Crash the recovery at its first, second, ... moment, until it comes to its end."""
    for second in count(1):
        twice = replace(point, second=second)
        played = play(twice, home())
        if not played.came:
            return
        yield twice, played.broken


def main() -> int:
    asked = _arguments()
    report = Report("crash_matrix")
    scenes = [SCENES[asked.scene]] if asked.scene else ROWS
    with scratch() as home, fast():
        if asked.moment:
            kind, nth, outcome = asked.write or ("", "0", AS_IT_WAS)
            point = Point(scenes[0], kind, int(nth), outcome, asked.moment, asked.second)
            report.case(violations(point, home()), *point.replay)
            return report.end()
        for scene in scenes:
            _play(scene, home, report, double=asked.double)
    return report.end(double=asked.double)


def _play(scene: Scene, home, report: Report, *, double: bool) -> None:
    before, points, met = report.cases, list(rows(scene)), set()
    for name, point in points:
        if not point.nth:
            say(f"{scene.name}: {point.moment:3} {name}")
        played = play(point, home())
        report.case(played.broken, *point.replay)
        if double and played.stood not in met:
            met.add(played.stood)
            for twice, broken in doubled(point, home):
                report.case(broken, *twice.replay)
    say(f"{scene.name}: {len(points)} rows, {report.cases - before} cases")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns.crash_matrix", description=__doc__)
    parser.add_argument("--scene", choices=[scene.name for scene in ROWS])
    parser.add_argument("--double", action="store_true", help="crash the recoveries as well")
    parser.add_argument("--write", nargs=3, metavar=("KIND", "NTH", "OUTCOME"))
    parser.add_argument("--moment", type=int, default=0, help="play this one point alone")
    parser.add_argument("--second", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
