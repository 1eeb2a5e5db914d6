"""A thousand photos at once: syncd beside a pair of Syncthing, in turns: `python -m tests.benchmarks.burst [ROUNDS]`.

From the first photo that is written until the last one has arrived: at the service, or in the other folder. Both are
as quick as they can be set, watch the same tree of folders on one machine, and decode nothing.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from tests.benchmarks import syncthing
from tests.benchmarks.daemon import cpu, photo
from tests.benchmarks.service import KEY, model
from tests.end_to_end.bench import COMMAND

SETS, EACH = 50, 20
PATIENCE = 180
CONFIG = """
[service]
base_url = "{url}"
[dataset]
root = "photos"
settle_seconds = 0
[images]
verify = "structure"
[status]
listen = ""
"""


def comment(data: bytes, text: bytes) -> bytes:
    """The same JPEG with a comment: another content."""
    return data[:2] + b"\xff\xfe" + (len(text) + 2).to_bytes(2, "big") + text + data[2:]


def folders(number: int) -> list[str]:
    return [f"models/{model(number * SETS + each)}/modelInput" for each in range(SETS)]


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.02)


def burst(root: Path, photos: list[bytes], number: int, arrived: Callable[[], int]) -> dict[str, float]:
    before, began = arrived(), time.perf_counter()
    for each, data in enumerate(photos):
        (root / folders(number)[each // EACH] / f"{each % EACH}.jpg").write_bytes(comment(data, b"%d" % number))
    written = time.perf_counter() - began
    until(lambda: arrived() - before >= len(photos))
    return {"all_s": time.perf_counter() - began, "writing_s": written}


class Syncd:
    """The daemon, and the service in a process of its own."""

    def __init__(self, home: Path, rounds: int, stack: ExitStack) -> None:
        line = [sys.executable, "-m", "tests.benchmarks.sink", str(SETS * rounds)]
        pipe = subprocess.PIPE
        self.service = stack.enter_context(subprocess.Popen(line, stdin=pipe, stdout=pipe, text=True))
        stack.callback(self.service.terminate)
        (home / "syncd.toml").write_text(CONFIG.format(url=self.service.stdout.readline().strip()))
        self.root = home / "photos"
        self.root.mkdir()
        environ = {"PATH": os.environ["PATH"], "HOME": str(home), "SYNCD_API_KEY": KEY}
        log = stack.enter_context((home / "log").open("w"))
        line = [COMMAND, "run"]
        self.process = stack.enter_context(subprocess.Popen(line, cwd=home, env=environ, stderr=log))
        stack.callback(self.process.terminate)

    def arrived(self) -> int:
        self.service.stdin.write("uploads\n")
        self.service.stdin.flush()
        return int(self.service.stdout.readline())

    def cpu(self, before: dict[str, float] | None = None) -> dict[str, float]:
        """Seconds that daemon and service have computed, since then."""
        now = {"cpu_s": cpu(self.process), "service_cpu_s": cpu(self.service)}
        return {what: seconds - (before or {}).get(what, 0) for what, seconds in now.items()}


class Pair:
    """Syncthing."""

    def __init__(self, home: Path, stack: ExitStack) -> None:
        self.root, self.there = stack.enter_context(syncthing.pair(home))

    def arrived(self) -> int:
        found = 0
        for folder in self.there.glob("models/*/modelInput"):
            with os.scandir(folder) as entries:
                found += sum(not entry.name.startswith(".") for entry in entries)
        return found

    def has(self, folder: str) -> bool:
        return (self.there / folder).is_dir()


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    photos = [photo(number) for number in range(SETS * EACH)]
    taken: dict[str, list[dict[str, float]]] = {"syncd": []}
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        home = Path(name)
        syncd = Syncd(home, rounds, stack)
        pair = Pair(home, stack) if shutil.which(syncthing.PROGRAM) else None
        for number in range(rounds):
            for folder in folders(number):
                for one in filter(None, (syncd, pair)):
                    (one.root / folder).mkdir(parents=True)
            if pair is not None:
                until(lambda number=number: all(map(pair.has, folders(number))))
            time.sleep(5)
            before = syncd.cpu()
            taken["syncd"].append(burst(syncd.root, photos, number, syncd.arrived) | syncd.cpu(before))
            if pair is not None:
                time.sleep(2)
                taken.setdefault("syncthing", []).append(burst(pair.root, photos, number, pair.arrived))
                time.sleep(2)
    facts: dict[str, object] = {"photos": len(photos), "rounds": rounds}
    for peer, found in taken.items():
        facts[peer] = {what: [round(one[what], 2) for one in found] for what in found[0]}
    if "syncthing" in taken:
        facts["ratio"] = round(
            median(one["all_s"] for one in taken["syncd"]) / median(one["all_s"] for one in taken["syncthing"]), 2
        )
    sys.stdout.write(json.dumps(facts) + "\n")


if __name__ == "__main__":
    main()
