"""One decoding process, seen from the one that asks it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from select import POLLIN, poll
from socket import SHUT_RDWR, socket, socketpair
from time import monotonic

from syncd.images import freed
from syncd.images.wire import Broken, Fields, hear, tell
from syncd.model.affinity import spread

START_SECONDS = 60.0
"""How long a busy machine may take to start one."""

_PATIENCE = 6
"""So many times the seconds of a picture are waited at most."""

_START = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from syncd.images.worker import main; main()"
_HOUSE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_KEPT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
# One thread does the decoding, and nothing of an array library is used but arrays.
_ENVIRONMENT = {"MALLOC_ARENA_MAX": "2", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", **freed.ENVIRONMENT}


class Child:
    """Started, ready, and asked one thing at a time. MemoryError where this machine has not the means to start it."""

    def __init__(self) -> None:
        try:
            self._link, theirs = socketpair()
        except OSError as error:
            raise MemoryError("no process could be started to decode it") from error
        self._cpu = self._spent = 0.0
        self.used = monotonic()
        """When it was asked last, by the monotonic clock."""
        with theirs:
            try:
                self._process = _started(theirs)
            except OSError as error:
                self._link.close()
                raise MemoryError("no process could be started to decode it") from error
        self._link.settimeout(START_SECONDS)
        try:
            hear(self._link, 0)
        except (Broken, TimeoutError) as error:
            self.end()
            raise MemoryError("no process could be started to decode it") from error
        self.used = monotonic()

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    def ask(self, fields: Fields, data: bytes, most: int, seconds: float) -> tuple[Fields, bytes]:
        """Return its answer, with at most so many bytes. Raises Broken, and TimeoutError.

        Seconds in which it gets less than half of a core, as this machine is busy, count half or less.
        """
        if self.ended:
            raise Broken
        self._link.settimeout(seconds)
        tell(self._link, fields, data)
        self._wait(seconds)
        answer, made = hear(self._link, most)
        cpu = answer.get("cpu")
        self._cpu = cpu if isinstance(cpu, float) else self._cpu
        self.used = monotonic()
        return answer, made

    def _wait(self, seconds: float) -> None:
        answers = poll()
        answers.register(self._link, POLLIN)
        for _ in range(_PATIENCE):
            if answers.poll(seconds * 1000):
                return
            if self._spent_now() - self._cpu >= seconds / 2:
                break
        raise TimeoutError

    def _spent_now(self) -> float:
        """Return its seconds of a core; endless where the system does not tell."""
        try:
            with open(f"/proc/{self.pid}/stat", "rb") as told:
                ticks = told.read().rpartition(b")")[2].split()[11:13]
            return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
        except OSError:
            return float("inf")

    def cut(self) -> None:
        """Let whoever asks it be told that it is gone, from whatever thread: that one then ends it.

        Not by its number, which may be another's once it was asked how it went.
        """
        with suppress(OSError):
            self._link.shutdown(SHUT_RDWR)

    def end(self) -> tuple[int, float]:
        """End it; returns how it ended (minus the signal), and its seconds of a core since its last answer.

        One that ended before, or whose end of the line is closed, keeps its own end.
        """
        self._link.close()
        if self._process.returncode is None:
            # A process that is gone, and that no one has asked how it went, still has its number.
            os.kill(self._process.pid, signal.SIGKILL)
            _, status, used = os.wait4(self._process.pid, 0)
            self._process.returncode = os.waitstatus_to_exitcode(status)
            self._spent = used.ru_utime + used.ru_stime - self._cpu
        return self._process.returncode, self._spent

    @property
    def ended(self) -> bool:
        """Whether it was ended here."""
        return self._process.returncode is not None


def _started(theirs: socket) -> subprocess.Popen[bytes]:
    paths = json.dumps([_HOUSE, *filter(None, sys.path)])
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    # The key may stand in our environment: what decodes strange bytes must not find it there.
    with spread():
        return subprocess.Popen(  # noqa: S603 - our own interpreter, and nothing that a stranger wrote
            [sys.executable, "-I", "-S", "-c", _START, paths],
            stdin=theirs.fileno(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**environment, **_ENVIRONMENT},
            cwd="/",
            start_new_session=True,
        )
