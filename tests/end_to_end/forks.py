"""Commands that are waited for, as forks of one process in which the imports are done.

Each is a process of its own, from the command's first line to its exit. What is started to be watched, stopped or
killed, and what has not all rights, is the installed command itself.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock

from tests.harness.launcher import Launcher, Order


class Forks:
    """Hands out processes, one at a time."""

    def __init__(self, launcher: Launcher) -> None:
        self._launcher, self._busy = launcher, Lock()

    def run(
        self, arguments: Sequence[str | bytes], cwd: Path, environ: Mapping[str, str]
    ) -> tuple[int, bytes, bytes] | None:
        """Return the exit code and what was said on both streams; None while another one runs."""
        if not self._busy.acquire(blocking=False):
            return None
        try:
            with tempfile.TemporaryDirectory(prefix="syncd-forks-") as place:
                out, err = (os.path.join(place, name) for name in ("out", "err"))
                argv = tuple(map(os.fsdecode, arguments))
                code = self._launcher.wait(self._launcher.start(Order(argv, dict(environ), str(cwd), out, err=err)))
                return code, Path(out).read_bytes(), Path(err).read_bytes()
        finally:
            self._busy.release()
