"""Logs: one line an event on stderr, as text, JSON or with journald's priorities; the API key never in them."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Literal, TextIO

from syncd.cli.options import Options
from syncd.cli.redact import SECRETS, Redaction
from syncd.model.names import shown_text
from syncd.model.time import rfc3339

Level = Literal["debug", "info", "warning", "error"]
Format = Literal["auto", "text", "json"]

CHATTY = ("httpx", "httpcore", "apscheduler", "watchdog", "waitress", "PIL", "werkzeug")
_STEPS = (logging.ERROR, logging.WARNING, logging.INFO, logging.DEBUG)
_PRIORITIES = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def set_up(options: Options, level: Level = "warning", form: Format = "text") -> None:
    """Send all logs to stderr. Each -v tells one step more than `level`, -q only errors; a second call replaces it."""
    handler = Stderr()
    handler.setFormatter(_formatter(form, sys.stderr, os.environ))
    handler.addFilter(Redaction(SECRETS))
    root = logging.getLogger()
    root.handlers[:] = [*(other for other in root.handlers if not isinstance(other, Stderr)), handler]
    root.setLevel(effective_level(options, level))
    for name in CHATTY:
        # They name every request and every run, which is our own log's business.
        logging.getLogger(name).setLevel(logging.WARNING)


def effective_level(options: Options, level: Level) -> int:
    """Return the level that the options make of the configured one."""
    if options.quiet:
        return logging.ERROR
    step = _STEPS.index(logging.getLevelNamesMapping()[level.upper()])
    return _STEPS[min(step + options.verbose, len(_STEPS) - 1)]


class Stderr(logging.Handler):
    """Writes to what sys.stderr is at that moment: a progress bar takes its place for a while."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; a stderr that is gone stops no work."""
        with suppress(OSError, ValueError):
            print(self.format(record), file=sys.stderr, flush=True)


class Text(logging.Formatter):
    """`time level message key=value`; nothing in a message can break the line."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one record."""
        words = f"{_moment(record)} {record.levelname.lower()} {self._words(record)}"
        trace = self._trace(record)
        return f"{words}\n{trace}" if trace else words

    def _words(self, record: logging.LogRecord) -> str:
        fields = (f"{name}={value}" for name, value in _fields(record).items())
        return shown_text(" ".join((record.getMessage(), *fields)))

    def _trace(self, record: logging.LogRecord) -> str:
        if record.exc_info and not record.exc_text:
            record.exc_text = self.formatException(record.exc_info)
        return record.exc_text or ""


class Journal(Text):
    """`<6>message key=value`: journald takes the priority off, and knows the time."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one record, each of its lines with the priority."""
        priority = _PRIORITIES.get(record.levelno, 5)
        lines = (self._words(record), *self._trace(record).splitlines())
        return "\n".join(f"<{priority}>{line}" for line in lines)


class Json(Text):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one record."""
        told = {"time": _moment(record), "level": record.levelname.lower(), "logger": record.name}
        fields = {**told, "message": record.getMessage(), **_fields(record)}
        if trace := self._trace(record):
            fields["traceback"] = trace
        return json.dumps(fields, default=str)


def _formatter(form: Format, stream: TextIO, environ: Mapping[str, str]) -> logging.Formatter:
    if form == "json":
        return Json()
    return Journal() if form == "auto" and under_journald(stream, environ) else Text()


def under_journald(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Tell whether a stream leads to journald: systemd names its device and inode."""
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


def _fields(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}


def _moment(record: logging.LogRecord) -> str:
    return rfc3339(record.created)
