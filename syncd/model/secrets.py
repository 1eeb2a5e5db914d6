"""Takes secrets out of texts, in each of the forms in which they get into one."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

MASK = "***"


class Secrets:
    """What must not be shown or stored, wherever it turns up."""

    def __init__(self, *secrets: str) -> None:
        self._forms: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """Take a secret out of every text from now on. Blanks are none: without them no text can be read."""
        if not secret.strip():
            return
        self._forms |= _forms(secret)
        # The longest first, or a part of it would be found and the rest left.
        longest_first = sorted(self._forms, key=lambda form: (-len(form), form))
        self._pattern = re.compile("|".join(map(re.escape, longest_first)))

    def redact(self, text: str) -> str:
        """Return the text with a mask for each secret."""
        return self._pattern.sub(MASK, text) if self._pattern else text

    def occur_in(self, text: str) -> bool:
        """Tell whether a secret stands there. Of JSON, only where nothing is escaped that need not be."""
        return any(form in text for form in self._forms)

    def redacted(self, value: object) -> object:
        """Return a JSON value with a mask for each secret in its texts and names."""
        match value:
            case str():
                return self.redact(value)
            case list():
                return [self.redacted(one) for one in value]
            case dict():
                return {self.redact(name): self.redacted(one) for name, one in value.items()}
        return value


def _forms(secret: str) -> set[str]:
    escaped = _escaped({secret})
    # Twice: the repr of a structure that holds a JSON text.
    return {
        *escaped,
        *_escaped(escaped),
        quote(secret, safe=""),
        quote(secret),
        quote_plus(secret),
        secret.encode().hex(),
        *_base64_forms(secret.encode()),
    }


def _escaped(texts: set[str]) -> set[str]:
    dumped = {json.dumps(text)[1:-1] for text in texts}
    return texts | dumped | {text.replace("/", "\\/") for text in dumped} | {repr(text)[1:-1] for text in texts}


def _base64_forms(secret: bytes) -> Iterator[str]:
    for offset in range(3):
        # Base64 packs three bytes at a time: what stands before the secret decides which of three forms it takes.
        # The characters that also hold bits of its neighbours are left off.
        start, end = (offset * 8 + 5) // 6, (offset + len(secret)) * 8 // 6
        coded = base64.b64encode(bytes(offset) + secret)[start:end].decode()
        if len(coded) >= 8:
            yield coded
            yield coded.translate(str.maketrans("+/", "-_"))
