"""`python -m tests.campaigns.wire_faults`: whatever a network can do, at each endpoint, once and for ever.

The real client on real sockets, through a proxy in front of the sandbox; a whole pass each, then the wire is whole.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from functools import cache
from io import StringIO

from syncd.cli.console import Console
from syncd.cli.options import Options
from syncd.cli.plans import document, show
from syncd.errors import SyncdError
from syncd.model.clock import MachineClock
from syncd.service import ImageService
from tests.campaigns import wire_kinds as kinds
from tests.campaigns.crash_matrix import at_rest, settle, undisturbed
from tests.campaigns.proxy import Proxy
from tests.campaigns.report import Report, say, scratch
from tests.campaigns.scenes import SCENES, Scene
from tests.harness.remote import KEY
from tests.world import World

ENDPOINTS = {
    "list": "list",
    "inspect": "inspect",
    "model": "model",
    "upload": "POST",
    "delete": "DELETE",
    "picture": "picture",
}
REFUSE = "refuse"
"""From the first request to the endpoint on nobody listens."""
KINDS = (REFUSE, *kinds.KINDS)
TIMES = {"once": 1, "for ever": math.inf}
SHORT, LONG = 0.3, 30.0
"""Seconds for an answer: where the peer keeps still, and elsewhere."""


class WireWorld(World):
    """A world whose client speaks to the proxy. Its engine keeps the given clock; sockets know only the machine's."""

    proxy: Proxy
    timeout = LONG

    def client(self) -> ImageService:
        address = f"{self.proxy.origin}/api"
        return ImageService(address, lambda: self.key, MachineClock(), timeout_seconds=self.timeout)

    @contextmanager
    def through(self, proxy: Proxy) -> Iterator[Proxy]:
        self.proxy = proxy
        try:
            yield proxy
        finally:
            proxy.close()


@dataclass(frozen=True)
class Case:
    kind: str
    endpoint: str
    times: str

    @property
    def scene(self) -> Scene:
        # A picture decides what an upload without an answer has become.
        return SCENES["unanswered upload" if self.endpoint == "picture" else "everything at once"]

    @property
    def words(self) -> str:
        return f"{self.kind}, {self.endpoint}, {self.times}"

    @property
    def replay(self) -> list[str]:
        return ["--kind", self.kind, "--endpoint", self.endpoint, "--times", self.times]


@dataclass(frozen=True)
class Played:
    code: int
    requests: int
    broken: tuple[str, ...]


@cache
def usual(scene: Scene) -> tuple[str, ...]:
    """Return what the pass of a scene asks for when nothing disturbs it."""
    with scratch() as home:
        world = scene.make(home())
        world.sync(**scene.how)
        world.end()
        return tuple(world.asked)


def play(case: Case, home) -> Played:
    world = _made(case, home)
    log, told, broken = StringIO(), [], []
    code, requests = -1, 0
    try:
        with _logged(log), world.through(_proxy(world, case)) as proxy:
            world.timeout = SHORT if case.kind in kinds.HANGING else LONG
            code = _pass(world, case, told)
            requests = proxy.requests
        broken += _wrong(world, case, code, proxy)
        broken += _leaks(world, [*told, log.getvalue()])
        broken += _healed(world, case)
    except AssertionError as law:
        broken.append(str(law))
    except Exception as error:  # noqa: BLE001 - the very thing that must not come out
        broken.append(f"ended with {type(error).__name__}: {error}")
    finally:
        world.end()
    return Played(code, requests, tuple(f"{case.words}: {each}" for each in broken))


def _made(case: Case, home) -> WireWorld:
    made: list[WireWorld] = []

    def world(*given, **how) -> WireWorld:
        made.append(WireWorld(*given, **how))
        made[0].proxy = Proxy(made[0].remote)
        return made[0]

    try:
        return case.scene.make(home, world)
    finally:
        made[0].proxy.close()


def _proxy(world: WireWorld, case: Case) -> Proxy:
    endpoint = ENDPOINTS[case.endpoint]
    if case.kind != REFUSE:
        return Proxy(world.remote, endpoint, kinds.KINDS[case.kind], TIMES[case.times])
    asked = [each.split()[0] for each in usual(case.scene)]
    proxy = Proxy(world.remote)
    proxy.listen_for(asked.index(endpoint))
    return proxy


def _pass(world: WireWorld, case: Case, told: list[str]) -> int:
    try:
        done = world.sync(**case.scene.how)
    except SyncdError as error:
        told.append(f"{error.message} {error.remedy}")
        return int(error.exit_code)
    told.append(json.dumps(document(done, unchanged=True)))
    lines = StringIO()
    with redirect_stdout(lines):
        show(Console(Options(verbose=2), {}), done)
    told.append(lines.getvalue() + repr(done))
    return int(world.code or 0)


def _wrong(world: WireWorld, case: Case, code: int, proxy: Proxy) -> Iterator[str]:
    usually = len(usual(case.scene))
    if case.kind != REFUSE and not proxy.faulted:
        yield "the endpoint was never asked"
    if proxy.requests > 5 * usually + 20:
        yield f"asked {proxy.requests} times, usually {usually}"
    if code not in codes(case):
        yield f"ended with exit code {code}, not one of {sorted(codes(case))}"
    if code == 0 and not _is_told_done(case) and at_rest(world).up != undisturbed(case.scene).up:
        yield f"says that all is done, and up is {at_rest(world).up}"


def _is_told_done(case: Case) -> bool:
    """Whether the service itself says that an image is gone; the next pass finds it, and deletes it again."""
    return (case.kind, case.endpoint) in {("204", "delete"), ("404 JSON", "delete"), ("404 JSON", "inspect")}


def codes(case: Case) -> set[int]:
    """Return what contract section 5 allows; 0 only where all is done nevertheless."""
    if case.kind in kinds.KEYLESS and case.endpoint != "picture":
        return {77}
    if case.kind in (REFUSE, *kinds.HANGING, *kinds.SILENT, *kinds.LATER):
        return {0, 4, 5} if case.kind == CUT else {0, 5}
    if case.kind in kinds.REFUSED and case.endpoint == "upload":
        return {1}
    return {0, 4, 5}


LIE = "another's id"
"""All images gone, and others of the same look there: that waits for a person, as it should."""
CUT = "reset in the answer's body"
"""The head came: who answers is there, and what it says is no list."""


def _leaks(world: WireWorld, told: list[str]) -> Iterator[str]:
    if any(KEY in each for each in told):
        yield "the key is in the output"
    if any(KEY.encode() in file.read_bytes() for file in world.state.parent.iterdir()):
        yield "the key is in the state"


def _healed(world: WireWorld, case: Case) -> Iterator[str]:
    world.timeout = LONG
    with world.through(Proxy(world.remote)):
        if case.kind in kinds.REFUSED:
            for key in world.sets():
                world.retry(key)
        broken = settle(world, case.scene)
        if world.code == 4 and case.kind == LIE:
            world.approve()
            broken = settle(world, case.scene)
        yield from broken
    plain, now = undisturbed(case.scene), at_rest(world)
    if now.up != plain.up:
        yield f"up is {now.up}, not {plain.up}"
    if now.uploads != plain.uploads:
        yield f"uploads are {now.uploads}, not {plain.uploads}"


@contextmanager
def _logged(log: StringIO) -> Iterator[None]:
    handler, root = logging.StreamHandler(log), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def cases() -> Iterator[Case]:
    for kind in KINDS:
        for endpoint in ENDPOINTS:
            for times in ("for ever",) if kind == REFUSE else TIMES:
                yield Case(kind, endpoint, times)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns.wire_faults", description=__doc__)
    parser.add_argument("--kind", choices=KINDS)
    parser.add_argument("--endpoint", choices=ENDPOINTS)
    parser.add_argument("--times", choices=TIMES)
    asked = parser.parse_args()
    report, table = Report("wire_faults"), {}
    with scratch() as home:
        for case in cases():
            wanted = (asked.kind or case.kind, asked.endpoint or case.endpoint, asked.times or case.times)
            if (case.kind, case.endpoint, case.times) == wanted:
                table[case] = played = play(case, home())
                report.case(played.broken, *case.replay)
    _print(table)
    return report.end(kinds=len({case.kind for case in table}))


def _print(table: dict[Case, Played]) -> None:
    """Print the exit codes and numbers of requests: once/for ever."""
    say(f"{'exit code (requests)':45}", *(f"{each:>16}" for each in ENDPOINTS))
    for kind in dict.fromkeys(case.kind for case in table):
        cells = []
        for endpoint in ENDPOINTS:
            found = [table.get(Case(kind, endpoint, times)) for times in TIMES]
            cells.append(" ".join(f"{one.code}({one.requests})" for one in found if one))
        say(f"{kind:45}", *(f"{each:>16}" for each in cells))


if __name__ == "__main__":
    sys.exit(main())
