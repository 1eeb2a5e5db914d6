"""One line in the log for each change in how a set stands, and for each pass that did something; else none."""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from threading import Lock

from syncd.engine.report import counts
from syncd.model.counted import count
from syncd.model.names import shown
from syncd.model.plan import Operation, Outcome, SetPlan
from syncd.model.sets import SetKey
from syncd.model.words import Action, HaltName, Reason
from syncd.store import SetStatus

COMMON = frozenset({HaltName.UNREACHABLE, HaltName.KEY_REJECTED, HaltName.STATE_UNWRITABLE, HaltName.LEASED})
"""Halts that do not concern a single set, and are told once for all of them, or not at all."""

UNSEEN = frozenset({HaltName.ROOT_MISSING, HaltName.ROOT_CHANGED, HaltName.ROOT_CLAIMED, HaltName.FOLDER_UNREADABLE})
"""Halts of sets whose folders are not seen as they are."""

_TOLD = ("up", "pending", "waiting", "rejected", "refused", "held", "foreign", "duplicate", "failed")
_SENT = frozenset({Action.UPLOAD, Action.REPLACE})
_DONE = {
    Action.UPLOAD: "uploaded",
    Action.REPLACE: "replaced",
    Action.DELETE: "deleted",
    Action.ADOPT: "adopted",
    Action.RENAMED: "renamed",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How a set stands, in a word and in numbers; `why` and `remedy` where a person is wanted."""

    word: str
    numbers: Mapping[str, int]
    why: str = ""
    remedy: str = ""


def standing_of(plan: SetPlan) -> Standing:
    """Say how a set stands after a pass."""
    numbers = _numbers(plan)
    if plan.halt is not None:
        return Standing(plan.halt.name.value, numbers, plan.halt.detail, plan.halt.remedy)
    if numbers.get("held"):
        why = next(one.detail for one in plan.operations if one.action is Action.HELD)
        return Standing("held", numbers, why, f"syncd approve {shown(plan.folder)}")
    word = "open" if numbers.get("pending") or numbers.get("failed") else "in sync"
    return Standing(word, numbers)


def _numbers(plan: SetPlan) -> dict[str, int]:
    """Count how images stand; an upload that failed for good is not pending."""
    counted = Counter(counts(plan))
    failed = sum(one.action in _SENT for one in _failures(plan))
    counted.update({"pending": -failed, "failed": failed})
    return {word: counted[word] for word in _TOLD if counted[word] > 0}


def _failures(plan: SetPlan) -> list[Operation]:
    """Return what failed, and will not go better by itself."""
    failed = [one for one in plan.operations if one.outcome is Outcome.FAILED]
    return [one for one in failed if not one.temporary and not one.unknown]


def remembered(status: SetStatus) -> Standing:
    """Say how a set stood when the state was last written."""
    numbers = {word: status.counts[word] for word in _TOLD if status.counts.get(word)}
    if status.halt is not None:
        return Standing(status.halt.name.value, numbers)
    if status.last_success is None and not numbers:
        return Standing("new", {})
    word = "held" if numbers.get("held") else "open" if numbers.get("pending") or numbers.get("failed") else "in sync"
    return Standing(word, numbers)


_EMPTY = Standing("in sync", {})
"""A set without images is no news: there may be thousands."""


class Journal:
    """Remembers how each set stood. Any thread. Paths are told relative to `root`."""

    def __init__(self, log: logging.Logger, root: bytes | None) -> None:
        self._log = log
        self._root = root
        self._lock = Lock()
        self._before: dict[SetKey, Standing] = {}
        self._failed: dict[SetKey, frozenset[tuple[bytes, str]]] = {}
        self._summary = ""

    def know(self, statuses: Iterable[SetStatus]) -> None:
        """Take for known how sets stood when this process began."""
        with self._lock:
            stood = ((status.key, remembered(status)) for status in statuses)
            self._before = {key: _EMPTY if standing == _EMPTY else standing for key, standing in stood}
            self._summary = ""

    def summary(self) -> str:
        """Say in a line how all sets stand."""
        with self._lock:
            if not self._summary:
                words = Counter(standing.word for standing in self._before.values())
                parts = ", ".join(f"{words[word]} {word}" for word in sorted(words))
                self._summary = f"{count(words.total(), 'set')}: {parts}" if parts else "no sets yet"
            return self._summary

    def keep(self, existing: Collection[SetKey]) -> None:
        """Forget sets that do not exist any more."""
        with self._lock:
            self._before = {key: standing for key, standing in self._before.items() if key in existing}
            self._failed = {key: failed for key, failed in self._failed.items() if key in existing}
            self._summary = ""

    def is_any_unseen(self, existing: Collection[SetKey]) -> bool:
        """Tell whether the folder of any of these sets is not seen as it is."""
        with self._lock:
            return any(standing.word in UNSEEN for key, standing in self._before.items() if key in existing)

    def learn(self, plan: SetPlan) -> None:
        """Take in how a pass over a set ended, and tell it where that is news."""
        now, done = standing_of(plan), _done(plan)
        if (plan.halt is not None and plan.halt.name in COMMON) or (is_growing(plan) and not done):
            return
        with self._lock:
            before, self._before[plan.key] = self._before.get(plan.key), _EMPTY if now == _EMPTY else now
            self._summary = ""
            news = self._new_failures(plan)
        before = before or _EMPTY
        self._tell_failures(news)
        if done or (before.word, before.numbers) != (now.word, now.numbers):
            self._tell(plan, now, done)

    def _new_failures(self, plan: SetPlan) -> dict[tuple[bytes, str], Action]:
        """Remember what the service refused, and the like, and return what was not told yet."""
        found = {(os.path.join(plan.folder, one.name or b""), one.detail): one.action for one in _failures(plan)}
        told = self._failed.pop(plan.key, frozenset())
        if found:
            self._failed[plan.key] = frozenset(found)
        return {one: action for one, action in found.items() if one not in told}

    def _tell_failures(self, news: Mapping[tuple[bytes, str], Action]) -> None:
        # Once: nothing else would tell of it before it is looked at again.
        for (path, why), action in news.items():
            fields = {"path": self.name(path), "why": why, "remedy": f"syncd explain {shown(path)}"}
            # What was sent in vain too often is refused from now on.
            word = Action.UPLOAD if action is Action.REFUSED else action
            self._log.warning(f"{word.value} failed", extra=fields)

    def _tell(self, plan: SetPlan, now: Standing, done: Mapping[str, int]) -> None:
        fields: dict[str, object] = {"set": self.name(plan.folder), **done, **now.numbers}
        if now.why:
            fields |= {"why": now.why, "remedy": now.remedy}
        if plan.halt is not None:
            self._log.warning("set halted", extra={"halt": now.word, **fields})
        elif now.word == "held":
            self._log.warning("set holds deletes", extra=fields)
        elif now.word == "open":
            self._log.info("set not in sync yet", extra=fields)
        else:
            self._log.info("set in sync", extra=fields)

    def name(self, path: bytes) -> str:
        """Return a folder, or a file in one, as people know it."""
        inside = self._root is not None and path.startswith(os.path.join(self._root, b""))
        return shown(os.path.relpath(path, self._root) if inside and self._root is not None else path)


def is_growing(plan: SetPlan) -> bool:
    """Tell whether somebody is writing in a set, so that it is looked at again in any case."""
    failed = [one for one in plan.operations if one.action is Action.FAILED]
    return bool(failed) and all(one.reason is Reason.CHANGED_WHILE_READING for one in failed)


def _done(plan: SetPlan) -> dict[str, int]:
    done: dict[str, int] = {}
    for one in plan.operations:
        if one.outcome is Outcome.DONE and one.action in _DONE:
            done[_DONE[one.action]] = done.get(_DONE[one.action], 0) + 1
    return done
