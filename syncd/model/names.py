r"""File names: bytes here, ordered as people count, escaped wherever they are shown.

Two forms leave the program: `plain` for JSON (only bytes that are not UTF-8 become `\xNN`) and `shown` for
people (control and direction characters too, so that a name can neither forge a line nor hide its ending).
"""

from __future__ import annotations

import json
import os
import re
import unicodedata
from functools import lru_cache

_DIGITS = re.compile(r"([0-9]+)")
_ESCAPED = re.compile(rb"\\x([0-9a-fA-F]{2})")
_HIDING = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})

NaturalKey = tuple[tuple[str | int, ...], bytes]


@lru_cache(maxsize=1024)
def natural_key(name: bytes) -> NaturalKey:
    """Order names as people do: runs of ASCII digits as numbers, the rest casefolded, ties by bytes."""
    parts = _DIGITS.split(os.fsdecode(name))
    # split() alternates text and digits, so that position alone says what is compared with what.
    return tuple(int(part) if place % 2 else part.casefold() for place, part in enumerate(parts)), name


def plain(path: bytes) -> str:
    r"""Write a path for machines: UTF-8 as it is, any other byte as `\xNN`."""
    return path.decode("utf-8", "backslashreplace")


def unplain(text: str) -> bytes:
    r"""Read back what `plain` wrote: `\xNN` becomes the byte."""
    return _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), os.fsencode(text))


def relative(path: bytes, root: bytes | None) -> bytes:
    """Return a path as it stands in output: below root relative to it, else absolute."""
    if root is not None and path.startswith(root.rstrip(b"/") + b"/"):
        return path[len(root.rstrip(b"/")) + 1 :]
    return path


def shown(path: bytes) -> str:
    """Write a path for people: nothing in it can move the cursor, break the line or turn its direction."""
    return shown_text(plain(path))


def shown_text(text: str, limit: int = 0) -> str:
    """Escape foreign text for people; with a limit, cut it to that many characters."""
    safe = "".join(
        _visible(character) if unicodedata.category(character) in _HIDING else character for character in text
    )
    return safe if not limit or len(safe) <= limit else safe[: limit - 1] + "…"


def shown_json(document: str) -> str:
    """Write what hides in the texts of a JSON document in JSON's own escapes: it means the same to every reader."""
    hiding = {one for one in set(document) if one != "\n" and unicodedata.category(one) in _HIDING}
    return document.translate({ord(one): json.dumps(one)[1:-1] for one in hiding}) if hiding else document


def _visible(character: str) -> str:
    # By its bytes, so that what is shown can be given back as a PATH.
    return "".join(f"\\x{byte:02x}" for byte in character.encode("utf-8", "surrogatepass"))
