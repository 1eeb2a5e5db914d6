"""Work that was handed to others side by side."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import Future
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


def all_ended(futures: Collection[Future[T]]) -> Collection[Future[T]]:
    """Wait until every one of these has ended, also where one failed: what they share is in use until then."""
    for future in futures:
        with suppress(Exception):
            future.result()
    return futures
