"""Where in a TOML text a key stands; tomllib tells lines for faults of syntax alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

Place = tuple[str | int, ...]

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")


def lines_of(text: str) -> Mapping[Place, int]:
    """Map each table and key, entries of arrays of tables counted from 0, to the line (from 1) it first stands on."""
    found: dict[Place, int] = {}
    entries: Counter[Place] = Counter()
    table: Place = ()
    for number, line in enumerate(text.split("\n"), 1):
        if header := _HEADER.match(line):
            table = _parts(header[2])
            if header[1] == "[[":
                entries[table] += 1
                found.setdefault(table, number)
                table = (*table, entries[table] - 1)
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            place = (*table, *_parts(key[1]))
            for length in range(len(table) + 1, len(place) + 1):
                found.setdefault(place[:length], number)
    return found


def line_of(place: Place, lines: Mapping[Place, int]) -> int | None:
    """Return the line of a key, or of the nearest table around it."""
    return next((lines[place[:length]] for length in range(len(place), 0, -1) if place[:length] in lines), None)


def _parts(dotted: str) -> Place:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))
