"""A thousand photos at once: syncd beside Syncthing and immich, in turns: `python -m tests.benchmarks.burst [ROUNDS]`.

From the first photo that is written until the last one has arrived: at the service, or in the other folder. All watch
the same tree of folders on one machine and decode nothing; syncd and Syncthing are as quick as they can be set, immich
cannot be set. While one is measured the others are halted. Who is not installed is left out.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from tests.benchmarks import immich, syncthing
from tests.benchmarks.living import Living, cpu, photo
from tests.benchmarks.service import model

SETS, EACH = 50, 20
PATIENCE = 180
REST_SECONDS = 4
Facts = dict[str, float]


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


def burst(root: Path, photos: list[bytes], number: int, arrived: Callable[[], int]) -> Facts:
    before, began = arrived(), time.perf_counter()
    for each, data in enumerate(photos):
        (root / folders(number)[each // EACH] / f"{each % EACH}.jpg").write_bytes(comment(data, b"%d" % number))
    written = time.perf_counter() - began
    until(lambda: arrived() - before >= len(photos))
    return {"all_s": time.perf_counter() - began, "writing_s": written}


class Syncd:
    """The daemon, and a service that costs next to nothing."""

    def __init__(self, home: Path, rounds: int, stack: ExitStack) -> None:
        living = Living(home, SETS * rounds, stack)
        self.root, self.arrived, self._service = living.root, living.sink.uploads, living.sink.process
        self._process = living.run()
        self.leaders = [self._process]

    def begin(self, _: int) -> None:
        self._before = cpu(self._process), cpu(self._service)

    def end(self) -> Facts:
        own, theirs = self._before
        return {"cpu_s": cpu(self._process) - own, "service_cpu_s": cpu(self._service) - theirs}


class Quiet:
    leaders: list[subprocess.Popen]

    def begin(self, _: int) -> None:
        """Nothing to get ready."""

    def end(self) -> Facts:
        return {}


class Pair(Quiet):
    """Two of Syncthing."""

    def __init__(self, home: Path, stack: ExitStack) -> None:
        self.root, self._there, self.leaders = stack.enter_context(syncthing.pair(home))

    def begin(self, number: int) -> None:
        until(lambda: all((self._there / folder).is_dir() for folder in folders(number)))

    def arrived(self) -> int:
        found = 0
        for folder in self._there.glob("models/*/modelInput"):
            with os.scandir(folder) as entries:
                found += sum(not entry.name.startswith(".") for entry in entries)
        return found


class Immich(Quiet):
    """`immich upload --watch`."""

    def __init__(self, home: Path, stack: ExitStack) -> None:
        self.root, served, process = immich.watching(home, stack)
        self.arrived, self.leaders = served.uploads, [process]


def send_signal(peers: Iterable[Syncd | Quiet], what: signal.Signals) -> None:
    """Halt these, or let them go on: what one has left to do must not slow down the next."""
    for leader in (leader for peer in peers for leader in peer.leaders):
        os.killpg(leader.pid, what)


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    photos = [photo(number) for number in range(SETS * EACH)]
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        home = Path(name)
        peers: dict[str, Syncd | Pair | Immich] = {"syncd": Syncd(home, rounds, stack)}
        if shutil.which(syncthing.PROGRAM):
            peers["syncthing"] = Pair(home, stack)
        if shutil.which(immich.PROGRAM):
            peers["immich"] = Immich(home, stack)
        stack.callback(send_signal, peers.values(), signal.SIGCONT)
        taken: dict[str, list[Facts]] = {peer: [] for peer in peers}
        time.sleep(REST_SECONDS)
        for number in range(rounds):
            for peer, one in peers.items():
                send_signal(peers.values(), signal.SIGSTOP)
                send_signal([one], signal.SIGCONT)
                for folder in folders(number):
                    (one.root / folder).mkdir(parents=True)
                time.sleep(REST_SECONDS)
                one.begin(number)
                taken[peer].append(burst(one.root, photos, number, one.arrived) | one.end())
    ours = median(one["all_s"] for one in taken["syncd"])
    facts: dict[str, object] = {"photos": len(photos), "rounds": rounds}
    for peer, found in taken.items():
        facts[peer] = {what: [round(one[what], 2) for one in found] for what in found[0]}
        facts[peer]["syncd_to_it"] = round(ours / median(one["all_s"] for one in found), 2)
    sys.stdout.write(json.dumps(facts) + "\n")


if __name__ == "__main__":
    main()
