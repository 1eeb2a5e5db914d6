"""Takes the secrets of the process out of its logs."""

from __future__ import annotations

import logging

from syncd.model.secrets import Secrets

SECRETS = Secrets()
"""One for the process: a secret is one wherever it turns up."""


class Redaction(logging.Filter):
    """Takes secrets out of a log record: its message and arguments, its traceback, its extra fields."""

    def __init__(self, secrets: Secrets) -> None:
        super().__init__()
        self._secrets = secrets

    def filter(self, record: logging.LogRecord) -> bool:
        """Clean the record; it is always let through."""
        redact = self._secrets.redact
        record.msg, record.args = redact(_message(record)), ()
        if record.exc_info:
            record.exc_text = record.exc_text or logging.Formatter().formatException(record.exc_info)
            record.exc_info = None
        for name, value in vars(record).items():
            if value is not None and not isinstance(value, int | float) and redact(str(value)) != str(value):
                setattr(record, name, redact(str(value)))
        return True


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        # A message that does not fit its arguments must not stop the work that it tells of.
        return f"{record.msg} {record.args!r}"
