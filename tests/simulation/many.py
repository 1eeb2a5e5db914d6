# ruff: noqa: T201 - a program of its own
"""Many histories side by side, and the table of how often each rare state was reached."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Collection, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

from syncd.model.words import HaltName
from tests.simulation.play import Played, play_seed, stage

PORTION = 25

RARE = (
    "adopted begun", "adopted unknown", "late twin", "late effect", "lapsed", "missing", "gone", "resurrected",
    "resurrected as surplus", "revived", "cancelled delete", "refused after unknown answers", "held set-emptied",
    "held too-many-deletes", "held unreadable", "another process on nas", "another process on elsewhere", "error state",
    "detail not deleted: its other copy is gone", "detail not deleted: its photo is back",
    "detail not deleted: the root is no longer the one we know",
    "detail not deleted: a file cannot be read now", "detail not told apart from a photo of ours yet",
    "detail equal to an image of ours, but not sent by us", "detail its picture could not be compared",
    "detail its file is gone, and whether it went up is not known yet",
    "detail not in the listing, and not proven gone yet", "pass in an outage", "dry run, then run", "made room",
    "unmarked root",
    *(f"halt {name}" for name in HaltName),
)  # fmt: skip
"""What a great run must have come to, each at least once."""

CRASHES = (
    *(f"request {kind}" for kind in ("list", "model", "POST", "inspect", "DELETE", "picture")),
    *(f"answer {kind}" for kind in ("list", "model", "POST", "inspect", "DELETE", "picture")),
    *(f"commit {name}" for name in ("begin", "finish", "unanswered", "unsent", "refuse", "tombstone", "gone", "cancel",
                                    "apply", "other")),
    *(f"after {name}" for name in ("begin", "finish", "unanswered", "unsent", "refuse", "tombstone", "gone", "cancel",
                                   "apply")),
    "read", "nap", "reboot",
)  # fmt: skip


@dataclass
class Tally:
    """What became of many histories."""

    histories: int = 0
    passes: int = 0
    checks: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    crashes: Counter[str] = field(default_factory=Counter)
    broken: dict[int, str] = field(default_factory=dict)

    def add(self, played: Played) -> None:
        self.histories += 1
        self.passes += played.passes
        self.checks += played.checks
        self.seen += played.seen
        self.crashes += played.crashes
        if played.broken:
            self.broken[played.history.seed] = played.broken[0]

    def merge(self, other: Tally) -> None:
        self.histories += other.histories
        self.passes += other.passes
        self.checks += other.checks
        self.seen += other.seen
        self.crashes += other.crashes
        self.broken |= other.broken


def portion(seeds: range) -> Tally:
    """Play some seeds in this process."""
    tally = Tally()
    with stage() as home:
        for seed in seeds:
            try:
                tally.add(play_seed(seed, home))
            except Exception as error:  # noqa: BLE001 - whatever it is, its seed is told
                tally.broken[seed] = f"{type(error).__name__}: {error}"
    return tally


def many(first: int, count: int, jobs: int, out: Path | None = None) -> int:
    """Play many seeds, tell how it goes and what was reached; 1 where anything broke or a rare state never came.

    `out` keeps what each portion came to, a line each, so that a run that is stopped goes on where it was.
    """
    began, total, kept = time.monotonic(), Tally(), _kept(out)
    for start, part in kept.items():
        if first <= start < first + count:
            total.merge(part)
    for start, part in _portions(first, count, jobs, kept.keys()):
        total.merge(part)
        if out is not None:
            with out.open("a") as file:
                file.write(json.dumps({"start": start, **vars(part)}) + "\n")
        for seed, text in part.broken.items():
            print(f"\nseed {seed}: {text}\n  {replay(seed)}", flush=True)
        print(_line(total, count, time.monotonic() - began), end="\r", file=sys.stderr, flush=True)
    return _told(total, time.monotonic() - began)


def replay(seed: int) -> str:
    return f"python -m tests.simulation --seed {seed}"


def _kept(out: Path | None) -> dict[int, Tally]:
    if out is None or not out.exists():
        return {}
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    return {line.pop("start"): _tally(line) for line in lines}


def _tally(line: dict) -> Tally:
    seen, crashes = Counter(line.pop("seen")), Counter(line.pop("crashes"))
    broken = {int(seed): text for seed, text in line.pop("broken").items()}
    return Tally(**line, seen=seen, crashes=crashes, broken=broken)


def _portions(first: int, count: int, jobs: int, kept: Collection[int]) -> Iterator[tuple[int, Tally]]:
    starts = [start for start in range(first, first + count, PORTION) if start not in kept]
    parts = [range(start, min(start + PORTION, first + count)) for start in starts]
    if jobs == 1:
        yield from zip(starts, map(portion, parts), strict=True)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from zip(starts, pool.map(portion, parts), strict=True)


def _line(total: Tally, count: int, seconds: float) -> str:
    speed = total.histories / max(seconds, 0.001)
    return f"{total.histories} of {count} histories, {speed:.1f}/s, {len(total.broken)} broken "


def _told(total: Tally, seconds: float) -> int:
    print(f"\n{total.histories} histories, {total.passes} passes, {total.checks} POSTs and DELETEs checked, "
          f"{sum(total.crashes.values())} crashes, {seconds:.0f} s")  # fmt: skip
    rows = [(name, total.seen[name]) for name in RARE] + [(f"crash: {name}", total.crashes[name]) for name in CRASHES]
    for name, times in rows:
        print(f"{times:8} {name}{'' if times else '   <- never'}")
    print(f"{len(total.broken)} broken: {sorted(total.broken)}")
    return int(bool(total.broken) or any(not times for _, times in rows))
