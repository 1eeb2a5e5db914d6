"""Answers to `syncd flush`: once every set that it asked for was passed over, and nothing more can be done at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock

from syncd.errors import ExitCode, worst
from syncd.model.sets import SetKey


@dataclass(slots=True)
class _Question:
    asked_at: float
    missing: set[str]
    codes: list[ExitCode] = field(default_factory=list)


class Flushing:
    """The questions that wait for an answer. Any thread. Moments are uptimes, in seconds."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._open: dict[int, _Question] = {}

    def ask(self, asked: Mapping[int, Iterable[str]], now: float) -> set[str]:
        """Take in what is asked by now; returns the sets that new questions are about."""
        with self._lock:
            self._open = {number: one for number, one in self._open.items() if number in asked}
            new = {number: set(scopes) for number, scopes in asked.items() if number not in self._open}
            self._open |= {number: _Question(now, scopes) for number, scopes in new.items()}
            return set().union(*new.values())

    def learn(self, key: SetKey, began: float, code: ExitCode, *, over: bool) -> None:
        """Take in that a pass over a set ended; `over`: nothing is to be done for it until something happens."""
        with self._lock:
            for one in self._open.values():
                if over and began >= one.asked_at and str(key) in one.missing:
                    one.missing.discard(str(key))
                    one.codes.append(code)

    def forget(self, existing: Iterable[SetKey]) -> None:
        """Wait for no set that does not exist any more."""
        there = set(map(str, existing))
        with self._lock:
            for one in self._open.values():
                one.missing &= there

    def answers(self) -> dict[int, ExitCode]:
        """Return the answers that are complete, until they are `answered`."""
        with self._lock:
            return {number: worst(one.codes) for number, one in self._open.items() if not one.missing}

    def answered(self, number: int) -> None:
        """Forget a question."""
        with self._lock:
            self._open.pop(number, None)
