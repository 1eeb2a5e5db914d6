"""`python -m tests.campaigns.fault_at_n`: the first, second, ... call of a kind fails, until a pass is done before it.

System calls on files, SQLite's statements and commits, requests, looks at the clock; once, or from that one on.
"""

from __future__ import annotations

import argparse
import errno
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from itertools import count

from syncd.errors import SyncdError
from tests.campaigns import seams
from tests.campaigns.crash_matrix import Rest, at_rest, settle, undisturbed
from tests.campaigns.report import Report, fast, say, scratch
from tests.campaigns.scenes import SCENES, Scene
from tests.world import World

ERRNOS = {name: getattr(errno, name) for name in ("EIO", "ENOSPC", "EROFS", "EACCES", "ESTALE")}
DRY = "files, in a dry run"
FAMILIES = {
    "files": tuple(ERRNOS),
    DRY: tuple(ERRNOS),
    "database": tuple(seams.DATABASE),
    "http": seams.HTTP,
    "clock": tuple(seams.CLOCK),
}
CODES = {"files": {1, 4, 5, 78}, DRY: {0, 1, 4, 5, 78}, "database": {78}, "http": {4, 5}, "clock": {5}}
"""What a pass may end with besides what it ends with undisturbed."""


@dataclass(frozen=True)
class Case:
    """In this scene the `nth` call of the family fails like this. `lasting`: and all after it."""

    scene: Scene
    family: str
    kind: str
    nth: int
    lasting: bool = False

    @property
    def replay(self) -> list[str]:
        what = ["--scene", self.scene.name, "--family", self.family, "--kind", self.kind]
        return [*what, "--nth", str(self.nth), *(["--lasting"] if self.lasting else [])]

    @property
    def words(self) -> str:
        return f"{self.scene.name}, {self.family} {self.kind} at {self.nth}{' and on' if self.lasting else ''}"


@dataclass(frozen=True)
class Outcome:
    """`hit` names the call that failed, empty where the pass ended before it."""

    hit: str
    broken: tuple[str, ...]


def play(case: Case, home) -> Outcome:
    world = case.scene.make(home)
    # The faulty pass is that of a new process: it opens the state as well.
    world.end()
    seam = seams.Seam(case.nth, lasting=case.lasting)
    try:
        broken = [*_faulty(world, case, seam), *(_healed(world, case) if seam.hit else ())]
    except AssertionError as law:
        broken = [str(law)]
    finally:
        world.end()
    return Outcome(seam.hit, tuple(f"{case.words} ({seam.hit}): {each}" for each in broken))


def _faulty(world: World, case: Case, seam: seams.Seam) -> Iterator[str]:
    # Each kind asks for patience of its own; what no wait can mend must not need one.
    try:
        with _installed(world, case, seam):
            world.sync(dry_run=case.family == DRY, **case.scene.opening)
        code = int(world.code or 0)
    except SyncdError as error:
        code = int(error.exit_code)
    except AssertionError:
        raise
    except Exception as error:  # noqa: BLE001 - the very thing that must not come out
        yield f"ended with {type(error).__name__}: {error}"
        return
    # Nothing is held of images that only the lost state knew to be ours.
    if code != (0 if _began_anew(world) else case.scene.code) and code not in CODES[case.family]:
        yield f"ended with exit code {code}"
    if case.family == DRY:
        yield from (
            f"a dry run changed something: {each}" for each in world.asked if each.split()[0] in ("POST", "DELETE")
        )
    elif code == 0 and not (case.scene.first or _began_anew(world)) and at_rest(world).up != undisturbed(case.scene).up:
        yield f"says that all is done, and up is {at_rest(world).up}"


def _installed(world: World, case: Case, seam: seams.Seam) -> AbstractContextManager[None]:
    match case.family:
        case "files" | "files, in a dry run":
            return seams.files(seam, ERRNOS[case.kind])
        case "database":
            return _fresh_process(world, seams.database(seam, case.kind))
        case "http":
            return seams.http(seam, case.kind, world)
        case _:
            return seams.clock(seam, case.kind, world)


@contextmanager
def _fresh_process(world: World, inner: AbstractContextManager[None]) -> Iterator[None]:
    """A connection that fails belongs to the process whose database fails; the next one has its own."""
    try:
        with inner:
            yield
    finally:
        world.end()


def _healed(world: World, case: Case) -> Iterator[str]:
    if case.nth % 2:
        # Half of the cases go on in the same process, as a daemon does.
        world.end()
    yield from settle(world, replace(case.scene, code=0) if _began_anew(world) else case.scene)
    plain, now = undisturbed(case.scene), at_rest(world)
    if _began_anew(world):
        yield from _uploaded_again(plain, now)
        return
    if now.up != plain.up:
        yield f"up is {now.up}, not {plain.up}"
    if now.uploads != plain.uploads:
        yield f"uploads are {now.uploads}, not {plain.uploads}"


def _began_anew(world: World) -> bool:
    """Whether the state was found damaged when it was opened, so that it was set aside."""
    return any(world.state.parent.glob("*.damaged-*"))


def _uploaded_again(plain: Rest, now: Rest) -> Iterator[str]:
    """A state lost costs no upload; what only it knew to be ours stays, as foreign, and may take a slot."""
    more = Counter(dict(now.uploads))
    more.subtract(dict(plain.uploads))
    if any(extra > 0 for extra in more.values()):
        yield f"uploaded again after the state was lost: {dict(more)}"


def sweep(first: Case, kinds: Sequence[str], home, step: int) -> Iterator[tuple[Case, Outcome]]:
    """Play the first call, then each `step`th, until a pass is done before it; the kinds take turns."""
    for nth in count(first.nth, step):
        case = replace(first, nth=nth, kind=kinds[nth % len(kinds)])
        outcome = play(case, home())
        yield case, outcome
        if not outcome.hit:
            return


def main() -> int:
    asked = _arguments()
    report = Report("fault_at_n")
    # A statement fails where SQLAlchemy gives it to SQLite.
    with scratch() as home, fast(whole_way=seams.database_fails):
        if asked.nth:
            case = Case(SCENES[asked.scene], asked.family, asked.kind, asked.nth, asked.lasting)
            report.case(play(case, home()).broken, *case.replay)
            return report.end()
        for scene in [SCENES[asked.scene]] if asked.scene else SCENES.values():
            for family in [asked.family] if asked.family else FAMILIES:
                for kinds in _kinds(family, asked):
                    _sweep(scene, family, kinds, home, report, asked)
    return report.end()


def _kinds(family: str, asked: argparse.Namespace) -> list[Sequence[str]]:
    if asked.kind:
        return [[asked.kind]]
    return [[kind] for kind in FAMILIES[family]] if asked.every_kind else [FAMILIES[family]]


def _sweep(scene: Scene, family: str, kinds: Sequence[str], home, report: Report, asked: argparse.Namespace) -> None:
    for lasting in (False, True):
        if lasting and family == "clock":
            continue
        calls = 0
        for case, outcome in sweep(Case(scene, family, kinds[0], 1, lasting), kinds, home, asked.step):
            report.case(outcome.broken, *case.replay)
            calls = case.nth
        say(f"{scene.name}, {family} {' or '.join(kinds)}{' and on' if lasting else ''}: {calls - 1} calls")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns.fault_at_n", description=__doc__)
    parser.add_argument("--scene", choices=SCENES)
    parser.add_argument("--family", choices=FAMILIES)
    parser.add_argument("--kind")
    parser.add_argument("--every-kind", action="store_true", help="fail each call in every way, not in turns")
    parser.add_argument("--step", type=int, default=1, help="play only each so-many-th call")
    parser.add_argument("--nth", type=int, default=0, help="play this one call alone")
    parser.add_argument("--lasting", action="store_true", help="with --nth: all calls after it fail as well")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
