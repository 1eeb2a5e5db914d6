"""Numbers of things, in words."""

from __future__ import annotations


def count(number: int, noun: str, plural: str = "") -> str:
    """Write a number of things: `1 image`, `2,000 images`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
