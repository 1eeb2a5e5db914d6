"""How the watching stands, in words for people."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from syncd.model.names import shown
from syncd.watch.limits import WATCHES, remedy


class Mode(StrEnum):
    """NATIVE: the system tells of every change. POLL: some place at least is looked at again and again."""

    NATIVE = "native"
    POLL = "poll"


@dataclass(frozen=True, slots=True)
class WatchState:
    """`why`: a sentence; `remedy`: what a person may do, "" where nothing is amiss; `folders`: how many are watched."""

    mode: Mode
    why: str
    remedy: str = ""
    folders: int = 0


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is polled."""

    words: str
    remedy: str = ""


WISHED = Reason('dataset.watch is "poll"')


def network(kind: str) -> Reason:
    """Say that others can change a place without this system knowing."""
    return Reason(f"{kind} is a network file system, where this machine is not told what others change")


def used_up(name: str, needed: int, limit: int) -> Reason:
    """Say which limit of the system is reached. `limit` 0: it is not known."""
    what = f"{needed} folders are to be watched" if name == WATCHES else "folders are to be watched"
    allowed = f" (fs.inotify.{name} is {limit})" if limit else ""
    return Reason(f"{what}, and the system allows no more{allowed}", remedy(name, needed, limit))


def no_events(error: OSError) -> Reason:
    """Say that the system gives no events at all."""
    return Reason(f"the system tells of no changes ({os.strerror(error.errno or 0)})")


@dataclass(frozen=True, slots=True)
class Standing:
    """What is to be told: `folders` that are watched, places that are polled, not wholly watched, or not there."""

    folders: int
    polled: Mapping[bytes, Reason]
    short: Mapping[bytes, Reason]
    missing: Sequence[bytes]
    interval: float

    def told(self) -> WatchState:
        """Put it into words."""
        mode = Mode.POLL if self.polled else Mode.NATIVE
        reasons = dict.fromkeys([*self.polled.values(), *self.short.values()])
        remedies = " ".join(reason.remedy for reason in reasons if reason.remedy)
        return WatchState(mode, ". ".join(self._sentences()) + ".", remedies, self.folders)

    def _sentences(self) -> Iterator[str]:
        if self.folders or not self.polled:
            yield f"The system tells of changes in {self.folders} folders"
        for reason in dict.fromkeys(self.polled.values()):
            named = _all_of(path for path, each in self.polled.items() if each == reason)
            yield f"Looked at every {self.interval:.0f} s: {named}; {reason.words}"
        for reason in dict.fromkeys(self.short.values()):
            named = _all_of(path for path, each in self.short.items() if each == reason)
            yield f"Watched in part: {named}; {reason.words}"
        if self.missing:
            yield f"Not there: {_all_of(self.missing)}"


def _all_of(paths: Iterable[bytes]) -> str:
    first, *others = paths
    return shown(first) + (f" and {len(others)} others" if others else "")
