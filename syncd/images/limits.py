"""How much of a picture is looked at, and at most."""

from __future__ import annotations

DECODED_PIXELS = 60_000_000
"""Above this a picture is not decoded: it would take seconds and gigabytes."""

MAX_PIXELS = 210_000_000
"""Above this a picture is rejected, whatever its bytes; the largest phone photos have 200 million."""

READ_BYTES = 100_000_000
"""A file of more bytes is not read, even where a copy of it might fit."""
