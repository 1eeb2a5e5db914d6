"""What every campaign tells at its end: of which program, on which machine, how many cases, what broke."""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from syncd.engine import heartbeat
from tests.simulation.quick import quick

HOUSE = Path(__file__).resolve().parents[2]


@contextmanager
def scratch() -> Iterator[Callable[[], Path]]:
    """Hand out new folders, in memory where the machine has such a place."""
    memory = "/dev/shm"
    place = memory if os.access(memory, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="campaign-", dir=place) as home:
        numbers = iter(range(1_000_000_000))
        yield lambda: Path(home) / str(next(numbers))


@contextmanager
def fast(*, whole_way: Callable[[], bool] = lambda: False) -> Iterator[None]:
    """Do what comes out the same in every case once. While `whole_way` says so SQLAlchemy does all that it does."""
    # A heart that beats by the machine's clock would make a case another one on a busy machine.
    with quick(lambda: None, whole_way), patch.object(heartbeat, "RENEW_SECONDS", 3600.0):
        yield


def say(*words: object) -> None:
    """Write a line to stdout at once: a campaign is watched while it runs."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def commit() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=HOUSE, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "no git"


class Report:
    """Counts cases, and prints each violation with the line that plays it again."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._began = time.monotonic()
        self.cases = 0
        self.violations = 0

    def case(self, broken: Iterable[str], *replay: str) -> None:
        self.cases += 1
        for one in broken:
            self.violations += 1
            say(f"VIOLATION {one}\n  {self.line(*replay)}")

    def line(self, *replay: str) -> str:
        return f"python -m tests.campaigns.{self._module} {shlex.join(replay)}"

    def end(self, **more: object) -> int:
        """Print the sum, and return the exit code."""
        facts = {
            "commit": commit(),
            "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
            "cases": self.cases,
            **more,
            "violations": self.violations,
            "wall time": f"{time.monotonic() - self._began:.0f} s",
        }
        for name, value in facts.items():
            say(f"{name}: {value}")
        return int(self.violations > 0)
