# ruff: noqa: C901, PLR0911, PLR0912 - tables of kinds
"""A history: drawn from one seed, written down as a list of plain events, so that it can be cut and replayed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from tests.simulation.kinds import (
    ALWAYS_ON,
    CONTENTS,
    DELAYS,
    FAULTS,
    GROUPS,
    NAMES,
    POINTS,
    REMOTE,
    REQUESTS,
    STRANGE,
    Event,
)
from tests.simulation.plots import plot


@dataclass(frozen=True, slots=True)
class Setting:
    """What holds for a whole history. `hard`: what the service takes; `window`: service.ambiguity_seconds."""

    keys: tuple[str, ...] = ("m1/modelInput",)
    limit: int = 4
    hard: int = 20
    window: float = 60
    wait: float = 60
    brake: str = "50%"
    page: int | None = None
    order: int | None = None
    filters: bool = True
    reencode: str = ""
    faithful: bool = False
    rotate: bool = False
    elsewhere: tuple[str, ...] = ()
    unmarkable: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """A seed's world and what happens in it."""

    seed: int
    setting: Setting
    events: tuple[Event, ...] = field(repr=False)


def draw(seed: int) -> History:
    """Draw the history of a seed: each draws for itself which kinds of things happen at all, and how often."""
    chance = random.Random(seed)
    setting = _setting(chance, seed)
    return History(seed, setting, tuple(_Drawing(chance, setting).events()))


def _setting(chance: random.Random, seed: int) -> Setting:
    keys = chance.choice(
        [("m1/modelInput",)] * 5 + [("m1/modelInput", "m1/auxiliaryType")] * 2 + [("m1/modelInput", "m2/modelInput")]
    )
    limit = chance.choice((1, 2, 3, 4, 4, 5, 5, 8))
    elsewhere = (keys[-1],)
    return Setting(
        keys,
        limit,
        chance.choice((limit, limit, limit + 1, 20)),
        chance.choice((0, 60, 60, 60)),
        chance.choice((0, 5, 60)),
        chance.choice(("50%", "50%", "1", "2", "0", "100%")),
        chance.choice((None, None, None, 1, 2, 3)),
        chance.choice((None, None, chance.randrange(1000))),
        chance.random() < 0.85,
        chance.choice(("", "", "", "", "pixels", "lossy")),
        seed % 64 == 0,
        chance.random() < 0.15,
        elsewhere if chance.random() < 0.2 else (),
        chance.random() < 0.08,
    )


class _Drawing:
    def __init__(self, chance: random.Random, setting: Setting) -> None:
        self._chance, self._setting = chance, setting
        self._groups = [group for group in GROUPS if group in ALWAYS_ON or chance.random() < 0.3]
        self._weights = [
            (name, weight) for group in self._groups for name, weight in group.items() if chance.random() < 0.75
        ] or [("write", 1)]
        kinds = [kind for kind in REQUESTS if chance.random() < 0.4]
        self._faults = {kind: [one for one in FAULTS[kind] if chance.random() < 0.5] for kind in kinds}
        self._faults = {kind: faults for kind, faults in self._faults.items() if faults}
        self._fault_rate = chance.choice((0, 0.3, 0.6, 0.9))
        self._crash_rate = chance.choice((0, 0.5, 0.8, 0.95))
        self._inside_rate = chance.choice((0, 0.2, 0.5, 0.8))
        self._plot_rate = chance.choice((0.2, 0.4, 0.7))

    def events(self) -> list[Event]:
        chance = self._chance
        made: list[Event] = [self._write() for _ in range(chance.randint(1, 6))]
        made += [self._of(REMOTE) for _ in range(chance.choice((0, 0, 0, 1, 2)))]
        if chance.random() < 0.7:
            made.append(("pass", ""))
        for _ in range(chance.randint(1, 5)):
            if chance.random() < self._plot_rate:
                made += self._plot()
            made += [self._op() for _ in range(chance.choice((0, 1, 1, 2, 3)))]
            made += self._arms()
            made.append(self._pass())
            if chance.random() < 0.1:
                made.append(("heal",))
        return made

    def _arms(self) -> list[Event]:
        chance = self._chance
        made: list[Event] = []
        while self._faults and chance.random() < self._fault_rate and len(made) < 4:
            kind = chance.choice(sorted(self._faults))
            fault = chance.choice(self._faults[kind])
            made.append(("fault", kind, fault, chance.choice((1, 1, 2, 6)), chance.choice(DELAYS)))
        while chance.random() < self._inside_rate and len(made) < 7:
            made.append(("inside", chance.choice(POINTS), chance.choice((1, 1, 2, 3)), self._op()))
        if chance.random() < self._crash_rate:
            made += self._crash()
            while chance.random() < self._crash_rate / 2:
                made += [("pass", ""), *self._crash()]
        return made

    def _crash(self) -> list[Event]:
        """The end of the process at a moment that is named, or at any."""
        chance = self._chance
        if chance.random() < 0.35:
            return [("inside", chance.choice(POINTS), chance.choice((1, 1, 1, 2, 3)), ("crash",))]
        return [("inside", "", int(2 ** chance.uniform(0, 5)), ("crash",))]

    def _plot(self) -> list[Event]:
        return plot(self._chance, self._setting.keys)

    def _pass(self) -> Event:
        chance = self._chance
        return (
            "pass",
            chance.choice(("", "", "", "", "", "", "no-delete", "max-delete", "dry", "one", "twice", "twice")),
        )

    def _op(self) -> Event:
        names, weights = zip(*self._weights, strict=True)
        return self._fill(self._chance.choices(names, weights)[0])

    def _of(self, group: dict[str, float]) -> Event:
        return self._fill(self._chance.choice(sorted(group)))

    def _write(self) -> Event:
        return self._fill("write")

    def _fill(self, name: str) -> Event:
        chance = self._chance
        key = chance.choice(self._setting.keys)
        match name:
            case "write" | "change" | "bad" | "copy" | "swap" | "rename" | "ignored":
                return (name, key, chance.choice(NAMES), chance.choice(NAMES), chance.choice(CONTENTS))
            case "remove" | "lock" | "unlock" | "ignore":
                return (name, key, chance.choice(NAMES))
            case "human upload" | "output":
                return (name, key, chance.choice(STRANGE))
            case "human removal" | "picture gone" | "holes" | "forget":
                return (name, key, chance.randrange(8))
            case "wipe":
                return (name, key, chance.choice((1, 2, 8)))
            case "lag":
                return (name, chance.choice((5, 30, 59, 300)))
            case "pass time":
                return (name, chance.choice((1, 31, 61, 61, 400, 4000)))
            case "jump":
                return (name, chance.choice((-86400, -3600, -61, 61, 3600, 86400)))
            case "approve":
                return (name, chance.choice(("", "", key)))
            case "limit":
                return (name, chance.choice((1, 2, 3, 4, 5)))
            case "disk full":
                return (name, chance.choice((1, 2, 3, 5, 8)))
            case "another process":
                return (name, chance.choice(("nas", "elsewhere")), chance.choice((0, 0, 31)))
            case "suspend":
                return (name, chance.choice((31, 90)))
            case "outage":
                return (name, chance.choice(("not sent", "no answer", "503", "502 before effect", "html 200")))
            case "re-encode":
                return (name, chance.choice(("", "pixels", "lossy")))
            case _:
                return (name, key)
