"""Freed memory that a decoding process keeps: the system is slow to give pages, and a picture takes thousands."""

from __future__ import annotations

import ctypes

_KEPT_BYTES = 1 << 26
_LARGEST = 1 << 25
"""The largest piece that may be kept at all."""

ENVIRONMENT = {"MALLOC_TRIM_THRESHOLD_": str(_KEPT_BYTES), "MALLOC_MMAP_THRESHOLD_": str(_LARGEST)}
"""Variables that GNU's libc reads as it starts; others know nothing of them, and keep what they like."""


class _Told(ctypes.Structure):
    """The `mallinfo2` of GNU's malloc.h."""

    _names = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"
    _fields_ = tuple((name, ctypes.c_size_t) for name in _names.split())


def kept() -> int:
    """Return how many bytes are kept; 0 where the libc does not tell."""
    try:
        ask = ctypes.CDLL(None).mallinfo2
    except (OSError, AttributeError):
        return 0
    ask.restype = _Told
    return int(ask().fordblks)
