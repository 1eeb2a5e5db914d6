"""Dates as HTTP headers write them."""

from __future__ import annotations

from datetime import UTC
from email.utils import parsedate_to_datetime


def http_date(text: str) -> float | None:
    """Return the moment in seconds since 1970; None for what is no date."""
    try:
        moment = parsedate_to_datetime(text)
        # A date without a zone is in UTC, as HTTP has it.
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
