"""Histories that broke something once, in the program or in this reference, whatever a seed means by now."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from tests.simulation.events import Event, History, Setting

FILE = Path(__file__).with_name("remembered.jsonl")


def remembered() -> Iterator[History]:
    """Read them, one a line."""
    for line in FILE.read_text().splitlines():
        told = json.loads(line)
        setting = {name: tuple(value) if isinstance(value, list) else value for name, value in told["setting"].items()}
        yield History(told["seed"], Setting(**setting), tuple(map(_event, told["events"])))


def as_line(history: History) -> str:
    """Write one down."""
    setting = {name: getattr(history.setting, name) for name in Setting.__slots__}
    return json.dumps({"seed": history.seed, "setting": setting, "events": history.events})


def _event(told: list[object]) -> Event:
    return tuple(_event(one) if isinstance(one, list) else one for one in told)
