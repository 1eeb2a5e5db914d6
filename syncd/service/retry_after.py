"""The header that says when to come again, in both its forms."""

from __future__ import annotations

import re

from syncd.service.dates import http_date

SHORTEST = 1.0
LONGEST = 3600.0

_SECONDS = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?")


def retry_after(value: str | None, wall: float) -> float | None:
    """Return the seconds to wait, between 1 s and 1 h; None where the header is absent or means nothing.

    A date is measured against `wall`, seconds since 1970.
    """
    if value is None:
        return None
    text = value.strip()
    seconds = float(text) if _SECONDS.fullmatch(text) else _until(text, wall)
    return None if seconds is None else min(LONGEST, max(SHORTEST, seconds))


def _until(text: str, wall: float) -> float | None:
    moment = http_date(text)
    return None if moment is None else moment - wall
