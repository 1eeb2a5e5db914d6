"""Takes secrets out of texts, in each of the forms in which they get into one."""

from __future__ import annotations

import base64
import json
import logging
import re
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

MASK = "***"


class Secrets:
    """What must not be shown. One for the process: a secret is one wherever it turns up."""

    def __init__(self) -> None:
        self._forms: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def add(self, secret: str) -> None:
        """Take a secret out of every text from now on."""
        self._forms |= _forms(secret)
        # The longest first, or a part of it would be found and the rest left.
        longest_first = sorted(self._forms, key=lambda form: (-len(form), form))
        self._pattern = re.compile("|".join(map(re.escape, longest_first)))

    def redact(self, text: str) -> str:
        """Return the text with a mask for each secret."""
        return self._pattern.sub(MASK, text) if self._pattern else text


SECRETS = Secrets()


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


def _forms(secret: str) -> set[str]:
    escaped = _escaped({secret})
    # Twice: the repr of a structure that holds a JSON text.
    return {
        *escaped,
        *_escaped(escaped),
        quote(secret, safe=""),
        quote(secret),
        quote_plus(secret),
        *_base64_forms(secret.encode()),
    }


def _escaped(texts: set[str]) -> set[str]:
    return texts | {json.dumps(text)[1:-1] for text in texts} | {repr(text)[1:-1] for text in texts}


def _base64_forms(secret: bytes) -> Iterator[str]:
    for offset in range(3):
        # Base64 packs three bytes at a time: what stands before the secret decides which of three forms it takes.
        # The characters that also hold bits of its neighbours are left off.
        start, end = (offset * 8 + 5) // 6, (offset + len(secret)) * 8 // 6
        coded = base64.b64encode(bytes(offset) + secret)[start:end].decode()
        if len(coded) >= 8:
            yield coded
            yield coded.translate(str.maketrans("+/", "-_"))
