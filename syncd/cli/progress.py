"""How far a command is: a bar for someone who watches a terminal, nothing for everyone else."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Protocol

from syncd.cli.options import Options

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID


class Progress(Protocol):
    """What a command tells while it works. Calls may come from any thread."""

    def start(self, total_files: int, total_bytes: int, doing: str = "") -> None:
        """Begin with what there is to do; without bytes the files alone are counted."""
        ...

    def advance(self, files: int = 0, bytes: int = 0) -> None:  # noqa: A002 - the unit is the best name
        """Add what has been done since the last call."""
        ...

    def stop(self) -> None:
        """End, and leave the terminal as it was. Harmless when not started."""
        ...


class NoProgress:
    """Shows nothing."""

    def start(self, total_files: int, total_bytes: int, doing: str = "") -> None:
        """Begin."""

    def advance(self, files: int = 0, bytes: int = 0) -> None:  # noqa: A002
        """Pass on."""

    def stop(self) -> None:
        """End."""


class Bar:
    """A bar on stderr: files and bytes done, and the time left."""

    def __init__(self, *, color: bool) -> None:
        self._color = color
        self._shown: RichProgress | None = None
        self._task: TaskID | None = None
        self._files = 0
        self._total = 0
        self._counted = False
        self._doing = ""
        self._lock = threading.Lock()

    def start(self, total_files: int, total_bytes: int, doing: str = "") -> None:
        """Draw the empty bar: what is done, how far, the rate, the time left."""
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
            TransferSpeedColumn,
        )

        self.stop()
        self._files, self._total, self._counted, self._doing = 0, total_files, not total_bytes, doing
        console = Console(file=sys.stderr, no_color=not self._color)
        rates = () if self._counted else (DownloadColumn(), TransferSpeedColumn())
        shape = TextColumn("{task.description}"), BarColumn(), *rates, TimeRemainingColumn()
        self._shown = Progress(*shape, console=console, transient=True, redirect_stdout=False)
        self._task = self._shown.add_task(self._words(), total=total_bytes or total_files)
        self._shown.start()

    def advance(self, files: int = 0, bytes: int = 0) -> None:  # noqa: A002
        """Draw on."""
        with self._lock:
            self._files += files
            if self._shown is not None and self._task is not None:
                step = files if self._counted else bytes
                self._shown.update(self._task, advance=step, description=self._words())

    def stop(self) -> None:
        """Take the bar away."""
        if self._shown is not None:
            self._shown.stop()
            self._shown = None

    def _words(self) -> str:
        return f"{self._doing} {self._files} of {self._total}".strip()


def progress(options: Options) -> Progress:
    """Return the progress that these options and this stderr allow."""
    if options.quiet or options.json or not sys.stderr.isatty():
        return NoProgress()
    return Bar(color=options.color)
