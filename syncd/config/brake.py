"""How the brake is written: `N` or `N%`. Apart from the schema, so that the command line reads it without pydantic."""

from __future__ import annotations

import re

from syncd.model.plan import MaxDelete

_WRITTEN = re.compile(r"(?P<number>\d{1,9}(?:\.\d{1,6})?)(?P<percent>%?)", re.ASCII)

ALLOWED = "a whole number such as 10, or a percentage from 0% to 100%"


def max_delete(written: object) -> MaxDelete:
    """Read `N` or `N%` (an int stands for N); ValueError names what is allowed."""
    found = _WRITTEN.fullmatch(str(written).strip()) if isinstance(written, str | int) else None
    if found is None or isinstance(written, bool):
        raise ValueError(f"must be {ALLOWED}")
    number, percent = float(found["number"]), bool(found["percent"])
    if (percent and number > 100) or (not percent and not number.is_integer()):
        raise ValueError(f"must be {ALLOWED}")
    return MaxDelete(number, percent)
