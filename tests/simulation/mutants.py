# ruff: noqa: T201 - a program of its own
"""`python -m tests.simulation.mutants`: guards of the program broken, one by one and in pairs; histories must tell."""

from __future__ import annotations

import argparse
import inspect
import sys
import textwrap
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import reduce
from importlib import import_module
from itertools import chain, combinations

from tests.simulation.directed import histories
from tests.simulation.events import History, draw
from tests.simulation.play import play, stage
from tests.simulation.remembered import remembered

MOST = 400
"""Seeds in which a mutant must be caught that no history written for it shows."""


@dataclass(frozen=True)
class Mutant:
    """A place (`module:function`) where `old` reads `new`."""

    place: str
    old: str
    new: str

    @property
    def name(self) -> str:
        return f"{self.place.removeprefix('syncd.')}: {' '.join(self.old.split())[:50]} -> {self.new.strip()[:30]}"

    @contextmanager
    def planted(self) -> Iterator[None]:
        module_name, _, path = self.place.partition(":")
        module = import_module(module_name)
        function = inspect.unwrap(reduce(getattr, path.split("."), module))
        source = textwrap.dedent(inspect.getsource(function))
        if self.old not in source:
            raise LookupError(f"{self.place} does not read {self.old!r} any more")
        source = "\n".join(line for line in source.replace(self.old, self.new, 1).split("\n") if line[:1] != "@")
        space: dict[str, object] = {}
        exec(compile(source, self.name, "exec", flags=_FUTURE), vars(module), space)
        before, function.__code__ = function.__code__, space[function.__name__].__code__
        try:
            yield
        finally:
            function.__code__ = before


_FUTURE = __import__("__future__").annotations.compiler_flag


def caught(planted: tuple[Mutant, ...], told: Iterable[tuple[str, History]]) -> tuple[str, str] | None:
    """Return the name of the first of these histories that breaks with the mutants in place, and how.

    Of several mutants fewer may not break the same law there: each of them has to count.
    """
    for name, history in told:
        broken = _broken(planted, history)
        if broken and not any(_law(_broken(few, history)) == _law(broken) for few in _fewer(planted)):
            return name, broken
    return None


def _broken(planted: tuple[Mutant, ...], history: History) -> str:
    with ExitStack() as stack:
        for mutant in planted:
            stack.enter_context(mutant.planted())
        played = play(history, stack.enter_context(stage()))
    return played.broken[0] if played.broken else ""


def _fewer(planted: tuple[Mutant, ...]) -> Iterable[tuple[Mutant, ...]]:
    return combinations(planted, len(planted) - 1) if len(planted) > 1 else ()


def _law(broken: str) -> str:
    return broken.partition(":")[0]


def every(most: int) -> Iterator[tuple[str, History]]:
    """Return the histories that are written down, those that once broke a rule, then so many that are drawn."""
    yield from histories().items()
    yield from ((f"once broken {history.seed}", history) for history in remembered())
    yield from ((f"seed {seed}", draw(seed)) for seed in range(most))


def main() -> int:
    from tests.simulation.guards import PAIRS, SINGLES

    parser = argparse.ArgumentParser(prog="python -m tests.simulation.mutants", description=__doc__)
    parser.add_argument("--most", type=int, default=MOST)
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    score = total = 0
    for planted in chain(((one,) for one in SINGLES), PAIRS):
        name = " + ".join(one.name for one in planted)
        if asked.only not in name:
            continue
        total += 1
        try:
            found = caught(planted, every(asked.most))
        except LookupError as error:
            print(f"LOST    {error}", flush=True)
            continue
        score += found is not None
        print(f"caught  {name} | {found[0]} | {found[1][:90]}" if found else f"MISSED  {name}", flush=True)
    print(f"{score} of {total} caught")
    return int(score < total)


if __name__ == "__main__":
    sys.exit(main())
