"""A daemon as a real process, for as long as a block lasts."""

import json
import signal
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

from tests.end_to_end.bench import COMMAND, UNPRIVILEGED, Bench
from tests.harness import canary

PATIENCE = 30


def until(holds, seconds=PATIENCE):
    """Wait until something holds; fail where it never does."""
    deadline = time.monotonic() + seconds
    while not (told := holds()):
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.01)
    return told


class Living:
    """The process, and what it logged so far."""

    def __init__(self, process: subprocess.Popen, log: Path) -> None:
        self.process = process
        self._log = log

    @property
    def text(self) -> str:
        return self._log.read_text()

    @property
    def lines(self) -> list[dict]:
        return [json.loads(line) for line in self.text.splitlines(keepends=True) if line[0] + line[-2:] == "{}\n"]

    def told(self, message: str) -> list[dict]:
        return [one for one in self.lines if one["message"] == message]

    def ends(self, seconds=PATIENCE) -> int:
        return self.process.wait(seconds)

    def stop(self, number=signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.ends()


@contextmanager
def daemon(bench: Bench, *, started: bool = True, **environ):
    """Run `syncd run` with quick reactions, unless the bench is configured otherwise; it is killed at the end."""
    defaults = {"dataset": {"settle_seconds": 0.2}, "deletes": {"grace_seconds": 0.5}, "log": {"format": "json"}}
    defaults["status"] = {"listen": ""}
    for section, values in defaults.items():
        bench.configure(**{section: values | bench.settings.get(section, {})})
    line = [*([] if bench.privileged else UNPRIVILEGED), COMMAND, "run"]
    path = bench.home / "daemon.log"
    with path.open("w") as log:
        process = subprocess.Popen(
            line, cwd=bench.home, env=bench.environment(environ), stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        living = Living(process, path)
        try:
            if started:
                until(lambda: living.told("started") or process.poll() is not None)
            yield living
        finally:
            bench.lines.update(canary.command_lines([process.pid]))
            if process.poll() is None:
                process.kill()
            process.wait()
            assert bench.key not in living.text
            assert "Traceback" not in living.text
