"""Copies of the state beside it, made while it is in use."""

from __future__ import annotations

import os
from collections.abc import Callable

from syncd.model.time import Instant
from syncd.store.faults import Translated
from syncd.store.opening import copy_beside, place_of


def back_up(url: str, now: Instant, seconds: float, *, euid: Callable[[], int] = os.geteuid) -> bool:
    """Copy the state to `<its name>.1.bak`, unless that is younger than so many seconds; what was there is `.2.bak`.

    Tells whether it did. Raises StateUnwritable where there is no room.
    """
    place = place_of(url, euid())
    if place is None or place.facts() is None:
        return False
    newest, older = f"{place.path}.1.bak", f"{place.path}.2.bak"
    there = os.path.exists(newest)
    if there and 0 <= now.wall - os.stat(newest).st_mtime < seconds:
        return False
    with place.alone(), Translated(str(place)):
        if there:
            os.replace(newest, older)
        copy_beside(place, newest)
    return True
