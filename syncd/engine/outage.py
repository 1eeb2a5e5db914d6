"""A network that is down, noticed once and not for each of hundreds of sets."""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock

from syncd.model.plan import Halt
from syncd.model.sets import SetKey
from syncd.model.words import HaltName

MOST_IN_A_ROW = 5
"""Sets in a row without an answer, after which the rest of a round is not asked."""

NOT_ASKED = Halt(
    HaltName.UNREACHABLE,
    "not asked, as the service did not answer for the sets before it",
    "Check the network and service.base_url; it goes on by itself, or with the next run.",
)


class Outage:
    """Counts the sets in a row that the service did not answer for. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._in_a_row = 0
        self._passed_over: set[SetKey] = set()

    def begin(self, keys: Iterable[SetKey]) -> list[SetKey]:
        """Begin a round; those that were passed over in an earlier one have the first turn."""
        with self._lock:
            self._in_a_row = 0
            # Sets that always fail must not keep the others from being asked at all.
            ordered = sorted(keys, key=lambda key: key not in self._passed_over)
            self._passed_over.clear()
            return ordered

    def forgive(self) -> None:
        """Begin to count anew: whoever was answered while the sets were looked at may change now."""
        with self._lock:
            self._in_a_row = 0

    def passes_over(self, key: SetKey) -> bool:
        """Tell whether a set need not be asked in this round."""
        with self._lock:
            if self._in_a_row < MOST_IN_A_ROW:
                return False
            self._passed_over.add(key)
            return True

    def learn(self, halt: Halt | None, *, answered: bool) -> None:
        """Take in how a set ended: `answered`, the service gave a result; a halt may say that it gave none."""
        with self._lock:
            if halt is not None and halt.name is HaltName.UNREACHABLE:
                self._in_a_row += 1
            elif answered:
                self._in_a_row = 0
