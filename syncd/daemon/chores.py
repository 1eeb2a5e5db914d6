"""What the workers do beside sets: keys of the queue as sets are, so that none of them is done twice at once."""

from __future__ import annotations

from enum import Enum

from syncd.model.sets import SetKey


class Chore(Enum):
    """LOOK: find the sets that there are, and those that changed. LIST: find the sets whose listing is old.

    KEEP: drop what was kept for a time only, and copy the state. SHOW: write into the state that we are here.
    """

    LOOK = "look"
    LIST = "list"
    KEEP = "keep"
    SHOW = "show"


Key = SetKey | Chore
"""What the queue hands out."""
