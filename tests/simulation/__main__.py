# ruff: noqa: T201 - a program of its own
"""`python -m tests.simulation`: one seed told, or many histories and how often each rare state was reached."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.simulation.events import draw
from tests.simulation.play import play, shrunk, stage


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--histories", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--out", type=Path, help="keep results here; a run that was stopped goes on")
    parser.add_argument("--no-shrink", action="store_true")
    asked = parser.parse_args()
    if asked.seed is not None:
        with stage() as home:
            return tell(asked.seed, home, shrink=not asked.no_shrink)
    from tests.simulation.many import many

    return many(asked.first, asked.histories, asked.jobs, asked.out)


def tell(seed: int, home, *, shrink: bool) -> int:
    history = draw(seed)
    played = play(history, home, tell=not shrink)
    if played.broken and shrink:
        history = shrunk(history, home)
        played = play(history, home, tell=True)
    print(history.setting)
    for event in history.events:
        print("  ", event)
    print(*played.told, *played.broken or ["every invariant held"], sep="\n")
    return bool(played.broken)


if __name__ == "__main__":
    sys.exit(main())
