"""`python -m tests.harness.launcher`: starts the command as a process of its own, as often as it is told on stdin.

What Python takes longest for, the imports, is done once: each process is a fork of this one, with its own number,
arguments, environment and streams, and ends as the command does.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import syncd
from tests.harness.points import Kill, Points

HOUSE = Path(__file__).resolve().parents[2]
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_APPEND


@dataclass(frozen=True)
class Order:
    """A command line, and where it runs. `out`: the file for both streams, or without what goes to `err`.

    `told`: where its points are written; empty: it has none.
    """

    argv: tuple[str, ...]
    environ: dict[str, str]
    cwd: str
    out: str
    told: str = ""
    kill: tuple[str, int] | None = None
    err: str = ""


class Launcher:
    """The side of whoever gives the orders."""

    def __enter__(self) -> Self:
        line = [sys.executable, "-m", "tests.harness.launcher"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self._process = subprocess.Popen(line, cwd=HOUSE, **pipes)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stdin.close()
        self._process.wait(60)
        self._process.stdout.close()

    def start(self, order: Order) -> int:
        """Start a process; returns its number."""
        return self._ask(vars(order))

    def wait(self, pid: int) -> int:
        """Wait for its end; returns its exit code, or minus the signal that ended it."""
        return self._ask({"wait": pid})

    def _ask(self, what: dict[str, object]) -> int:
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


def main() -> None:
    """Do what stdin says until it ends."""
    for module in pkgutil.walk_packages(syncd.__path__, "syncd."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    gc.freeze()
    for line in sys.stdin:
        asked = json.loads(line)
        if "wait" in asked:
            answer = os.waitstatus_to_exitcode(os.waitpid(asked["wait"], 0)[1])
        elif (answer := os.fork()) == 0:
            _become(Order(**asked))
            return
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


def _become(order: Order) -> None:
    """Be the command from here on; only its exit leads out."""
    for number, path in enumerate((os.devnull, order.out, order.err or order.out)):
        place = os.open(path, _WRITE if number else os.O_RDONLY, 0o600)
        os.dup2(place, number)
        os.close(place)
    os.chdir(order.cwd)
    os.environ.clear()
    os.environ.update(order.environ)
    time.tzset()
    if order.told:
        told = os.open(order.told, _WRITE | os.O_CLOEXEC, 0o600)
        Points(told, Kill(*order.kill) if order.kill else None).install()
    sys.argv = ["syncd", *order.argv]
    from syncd.cli.main import main as command

    command()


if __name__ == "__main__":
    main()
