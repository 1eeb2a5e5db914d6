"""How large a request gets, known before it is framed."""

from __future__ import annotations

FRAMING_BYTES = 512
"""What the multipart form adds to a file: always the same, so that judging and sending agree on what fits."""


def request_size(file_size: int) -> int:
    """Return the bytes of the whole request body for a file of so many bytes."""
    return file_size + FRAMING_BYTES
