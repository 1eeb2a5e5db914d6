"""The daemon beside a service that costs next to nothing, both in processes of their own; and photos for it."""

import os
import random
import subprocess
import sys
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path

from PIL import Image

from tests.benchmarks.service import KEY, model
from tests.end_to_end.bench import COMMAND

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
SIDES = (252, 189)


def photo(number: int) -> bytes:
    """A JPEG of about 58 kB, unlike all others."""
    noise = Image.frombytes("RGB", SIDES, random.Random(number).randbytes(3 * SIDES[0] * SIDES[1]))
    out = BytesIO()
    noise.save(out, "JPEG", quality=95)
    return out.getvalue()


def cpu(process: subprocess.Popen) -> float:
    """Return the seconds that a process has computed."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Sink:
    """The service, and what it tells of itself."""

    def __init__(self, models: int, stack: ExitStack, of: str = "tests.benchmarks.sink") -> None:
        line = [sys.executable, "-m", of, str(models)]
        pipe = subprocess.PIPE
        self.process = stack.enter_context(subprocess.Popen(line, stdin=pipe, stdout=pipe, text=True))
        stack.callback(self.process.terminate)
        self.url = self.process.stdout.readline().strip()

    def requests(self) -> int:
        return int(self._asked("requests"))

    def uploads(self) -> int:
        return int(self._asked("uploads"))

    def last(self) -> tuple[float, float]:
        """Return when the last upload began to arrive, and when it was answered."""
        began, answered = self._asked("last").split()
        return float(began), float(answered)

    def _asked(self, word: str) -> str:
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()


class Living:
    """A home with photos, the service for its sets, and the daemon once it is started."""

    def __init__(self, home: Path, models: int, stack: ExitStack) -> None:
        self.sink = Sink(models, stack)
        self.root = home / "photos"
        self.root.mkdir()
        self._home, self._stack = home, stack
        self._environ = {"PATH": os.environ["PATH"], "HOME": str(home), "SYNCD_API_KEY": KEY}
        (home / "syncd.toml").write_text(CONFIG.format(url=self.sink.url))

    def folder(self, number: int) -> Path:
        """Return the folder of a set, which is there from now on."""
        folder = self.root / "models" / model(number) / "modelInput"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def sync(self) -> None:
        subprocess.run([COMMAND, "sync"], cwd=self._home, env=self._environ, check=True, stdout=subprocess.DEVNULL)

    def run(self) -> subprocess.Popen:
        log = self._stack.enter_context((self._home / "log").open("w"))
        line = [COMMAND, "run"]
        made = subprocess.Popen(line, cwd=self._home, env=self._environ, stderr=log, start_new_session=True)
        self._stack.enter_context(made)
        self._stack.callback(made.terminate)
        return made
