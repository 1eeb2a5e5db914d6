"""A daemon under a random writer, random faults and random kills; at the end the remote equals the folders.

python -m tests.campaigns.daemon_soak --minutes 5 --seed 1
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from hashlib import sha256
from pathlib import Path

from tests.end_to_end.bench import COMMAND, DELETE, INSPECT, LIST, SHOW_MODEL, UPLOAD, Bench, bench_in, cut, html, nok
from tests.samples import jpeg

MODELS = ("m42", "m43", "m44")
SETS = tuple(f"models/{model}/{kind}" for model in MODELS for kind in ("modelInput", "auxiliaryType"))
PATIENCE = 300
FAULTS = (
    ("refuse", LIST, nok(503)),
    ("refuse", LIST, nok(429, **{"Retry-After": "1"})),
    ("refuse", LIST, html(502)),
    ("bend", LIST, cut),
    ("refuse", UPLOAD, nok(503)),
    ("refuse", UPLOAD, html(502)),
    ("bend", UPLOAD, nok(500)),
    ("bend", UPLOAD, cut),
    ("bend", UPLOAD, lambda *_: threading.Event().wait(2) or None),
    ("refuse", DELETE, nok(503)),
    ("bend", DELETE, nok(500)),
    ("bend", DELETE, cut),
    ("refuse", INSPECT, nok(503)),
    ("refuse", SHOW_MODEL, nok(503)),
)


class Soak:
    """One run. `done` counts what happened."""

    def __init__(self, bench: Bench, seed: int) -> None:
        self.bench = bench
        self.chance = random.Random(seed)
        self.done: Counter[str] = Counter()
        self.over = threading.Event()
        self.died: list[str] = []
        self.log = (bench.home / "daemon.log").open("w")
        self.process = self.start()
        self._photo = 0

    def start(self) -> subprocess.Popen:
        environ = self.bench.environment({})
        return subprocess.Popen([COMMAND, "run"], cwd=self.bench.home, env=environ, stdout=self.log, stderr=self.log)

    def write(self) -> None:
        """Change the folders, until it is over."""
        chance = random.Random(self.chance.random())
        while not self.over.wait(chance.expovariate(4)):
            what = chance.choice(
                (self.add, self.add, self.add, self.slowly, self.change, self.drop, self.move, self.copy)
            )
            try:
                what(chance)
                self.done[what.__name__] += 1
            except (FileNotFoundError, shutil.SameFileError):
                continue

    def folder(self, chance: random.Random) -> Path:
        path = self.bench.root / chance.choice(SETS)
        path.mkdir(parents=True, exist_ok=True)
        return path

    def some(self, chance: random.Random) -> Path:
        files = sorted(self.folder(chance).iterdir())
        if not files:
            raise FileNotFoundError
        return chance.choice(files)

    def photo(self) -> bytes:
        self._photo += 1
        return jpeg(self._photo, (64, 48))

    def add(self, chance: random.Random) -> None:
        folder = self.folder(chance)
        if len(list(folder.iterdir())) < 24:
            (folder / f"{chance.randrange(100)}.jpg").write_bytes(self.photo())

    def slowly(self, chance: random.Random) -> None:
        data = self.photo()
        with (self.folder(chance) / f"slow{chance.randrange(9)}.jpg").open("wb") as file:
            for start in range(0, len(data), len(data) // 4):
                file.write(data[start : start + len(data) // 4])
                file.flush()
                self.over.wait(0.2)

    def change(self, chance: random.Random) -> None:
        path = self.some(chance)
        aside = path.with_suffix(".tmp")
        aside.write_bytes(self.photo())
        aside.replace(path)

    def drop(self, chance: random.Random) -> None:
        self.some(chance).unlink()

    def move(self, chance: random.Random) -> None:
        path = self.some(chance)
        path.rename(self.folder(chance) / f"moved{chance.randrange(50)}.jpg")

    def copy(self, chance: random.Random) -> None:
        path = self.some(chance)
        shutil.copyfile(path, self.folder(chance) / f"copy{chance.randrange(9)}.jpg")

    def hurt(self) -> None:
        """Answer wrongly now and then, until it is over."""
        chance = random.Random(self.chance.random())
        while not self.over.wait(chance.expovariate(0.5)):
            how, what, reply = chance.choice(FAULTS)
            getattr(self.bench, how)(what, reply, times=chance.randint(1, 4))
            self.done["faults"] += 1

    def kill(self) -> None:
        """Kill the daemon now and then, until it is over."""
        while not self.over.wait(self.chance.uniform(2, 15)):
            match self.chance.randrange(4):
                case 0:
                    self.process.send_signal(signal.SIGTERM)
                    self.process.wait(15)
                    self.done["terminated"] += 1
                case 1:
                    self.process.send_signal(signal.SIGSTOP)
                    self.over.wait(self.chance.uniform(0.5, 4))
                    self.process.send_signal(signal.SIGCONT)
                    self.done["stopped for a while"] += 1
                    continue
                case _:
                    self.process.kill()
                    self.process.wait()
                    self.done["killed"] += 1
            self.process = self.start()

    def settle(self) -> dict[str, str]:
        """Let it come to rest, and tell what is not as it should be."""
        self.bench.straighten()
        deadline = time.monotonic() + PATIENCE
        while (wrong := self.differences()) and time.monotonic() < deadline:
            self.bench.run("approve")
            self.bench.run("flush", "--timeout", "20")
        return wrong

    def differences(self) -> dict[str, str]:
        found = {}
        for name in SETS:
            _, model, kind = name.split("/")
            here, there = self.contents(name), self.bench.remote(kind, model)
            if len(set(there)) < len(there):
                found[name] = "an image is up twice"
            elif not set(there) <= here or len(there) != min(20, len(here)):
                found[name] = f"{len(here)} contents here, {len(set(there) - here)} of {len(there)} there are others"
        return found

    def contents(self, name: str) -> set[str]:
        folder = self.bench.root / name
        data = [path.read_bytes() for path in folder.iterdir()] if folder.is_dir() else []
        return {sha256(each).hexdigest() for each in data if each}


def run(minutes: float, seed: int) -> int:
    with tempfile.TemporaryDirectory() as home, bench_in(Path(home)) as bench:
        for model in MODELS[1:]:
            bench.service.create_model(model, model)
        bench.configure(
            service={"timeout_seconds": 5, "ambiguity_seconds": 2},
            dataset={"settle_seconds": 0.3},
            deletes={"grace_seconds": 1, "max_delete": "100%"},
            schedule={"rescan_seconds": 10, "listing_seconds": 20},
            status={"listen": ""},
        )
        soak = Soak(bench, seed)
        # A writer that died would leave a run that proves nothing.
        threading.excepthook = lambda died: soak.died.append(repr(died.exc_value))
        threads = [threading.Thread(target=each, daemon=True) for each in (soak.write, soak.hurt, soak.kill)]
        for each in threads:
            each.start()
        soak.over.wait(minutes * 60)
        soak.over.set()
        for each in threads:
            each.join()
        wrong = soak.settle()
        soak.process.send_signal(signal.SIGTERM)
        code = soak.process.wait(20)
        facts = {
            "minutes": minutes,
            "seed": seed,
            **soak.done,
            "uploads": bench.did("upload"),
            "deletes": bench.did("delete"),
        }
        facts |= {"requests": len(bench.requests), "exit code": code, "wrong": wrong, "died": soak.died}
        sound = not wrong and not soak.died and code == 143
        if not sound:
            sys.stderr.write((bench.home / "daemon.log").read_text()[-4000:])
    sys.stdout.write(json.dumps(facts) + "\n")
    return 0 if sound else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3)))
    given = parser.parse_args()
    return run(given.minutes, given.seed)


if __name__ == "__main__":
    sys.exit(main())
