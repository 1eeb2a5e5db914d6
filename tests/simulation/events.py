# ruff: noqa: C901, PLR0911, PLR0912 - tables of kinds
"""A history: drawn from one seed, written down as a list of plain events, so that it can be cut and replayed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

NAMES = ("a1.jpg", "a2.jpg", "a10.jpg", "b.jpg", "C.JPG", "d.png")
CONTENTS = ("A", "B", "C", "D", "E", "F", "G")
STRANGE = (*CONTENTS[:4], "X", "Y", "Z")

Event = tuple[object, ...]

DELAYS = (5, 30, 90, 400, 4000)

REQUESTS = ("list", "model", "POST", "inspect", "DELETE", "picture")
ANY_FAULT = ("not sent", "no answer", "html 200", "502 before effect", "503", "429 with Retry-After", "429 with a date")
ANSWER_FAULTS = ("lost answer", "reset", "cut", "502 after effect", "html after effect", "shapeless")
FAULTS = {
    "list": (*ANY_FAULT, "404 html", "409", "shapeless before effect", "cut", "lost answer", "shapeless"),
    "model": (*ANY_FAULT, "404 html", "404", "shapeless", "lost answer"),
    "inspect": (*ANY_FAULT, "404 html", "404", "409", "shapeless", "cut", "lost answer"),
    "DELETE": (*ANY_FAULT, *ANSWER_FAULTS, "404 html", "409", "400", "403 html", "shapeless before effect", "late"),
    "picture": ("not sent", "no answer", "404 html", "503", "cut", "lost answer", "html 200"),
    "POST": (
        *ANY_FAULT, *ANSWER_FAULTS, *ANSWER_FAULTS, "404 html", "409", "400", "413", "422", "403 html", "late", "late",
        "late", "doubled", "doubled and lost", "replayed", "shapeless before effect",
    ),
}  # fmt: skip
"""Which answers may be bent, and how; `401` and `403` come by their own event, for all requests alike."""


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
    )


FILES = {
    "write": 6, "change": 4, "remove": 5, "rename": 3, "swap": 2, "copy": 2, "bad": 2, "lock": 1.5, "unlock": 1,
    "ignored": 1, "ignore": 0.5, "empty": 1, "drop folder": 1, "lock folder": 0.7,
}  # fmt: skip
ROOTS = {"unmount": 1, "vanish": 0.7, "mount": 2, "replace root": 1, "re-mark": 1, "unmark": 0.7}
REMOTE = {"human upload": 2, "human removal": 2, "wipe": 1, "output": 0.5}
SERVER = {"backup": 1, "restore": 1.5}
MODELS = {"model away": 1, "model back": 1.5, "model deleted": 0.5}
LISTINGS = {"lag": 1, "holes": 1.5, "empty list": 1, "freeze": 1, "thaw": 2}
PICTURES = {"picture gone": 1, "pictures back": 0.7, "re-encode": 0.7}
CLOCK = {"pass time": 4, "jump": 1, "reboot": 1.5}
STATE = {"lose state": 1, "keep state": 1.5, "roll back": 1.5, "damage state": 0.7, "disk full": 0.7}
PEOPLE = {"approve": 3, "forget": 1, "retry": 1}
KEYS = {"other key": 1, "own key": 1.5, "key rejected": 0.7, "key accepted": 1.5}
OTHERS = {"another process": 2, "stale lease": 1, "suspend": 1}
LIMITS = {"limit": 1}
GROUPS = (FILES, ROOTS, REMOTE, SERVER, MODELS, LISTINGS, PICTURES, CLOCK, STATE, PEOPLE, KEYS, OTHERS, LIMITS)
ALWAYS_ON = (FILES, PEOPLE, CLOCK)

POINTS = (
    *(f"request {kind}" for kind in ("list", "model", "POST", "POST", "inspect", "DELETE", "DELETE", "picture")),
    *(f"answer {kind}" for kind in ("list", "POST", "POST", "inspect", "DELETE")),
    "commit", "commit begin", "commit tombstone", "commit apply", "commit finish", "commit gone", "after",
    "after begin", "after tombstone", "after apply", "after finish", "after cancel", "read", "read", "nap",
)  # fmt: skip
"""Moments inside a pass at which something else may happen."""


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
        self._crash_rate = chance.choice((0, 0.3, 0.8, 0.95))
        self._inside_rate = chance.choice((0, 0.2, 0.5, 0.8))
        self._plot_rate = chance.choice((0, 0.2, 0.5))

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
        if chance.random() < 0.5:
            return [("inside", chance.choice(POINTS), chance.choice((1, 1, 1, 2, 3)), ("crash",))]
        return [("inside", "", int(2 ** chance.uniform(0, 5.6)), ("crash",))]

    def _plot(self) -> list[Event]:
        """A few events whose coming together chance alone would seldom bring about."""
        chance, key = self._chance, self._chance.choice(self._setting.keys)
        name, other = chance.sample(NAMES, 2)
        what = chance.choice(CONTENTS)
        write, go = ("write", key, name, other, what), ("pass", "")
        match chance.randrange(12):
            case 0:
                return [write, ("fault", "POST", "late", 1, chance.choice(DELAYS)), go, ("pass time", 61), go,
                        ("pass time", 400)]  # fmt: skip
            case 1:
                return [write, ("fault", "POST", "doubled", 1, 5), go]
            case 2:
                return [write, ("fault", "POST", "doubled and lost", 1, 5), go,
                        ("inside", "answer inspect", 2, ("human removal", key, chance.randrange(8)))]  # fmt: skip
            case 3:
                again = [("fault", "POST", "no answer", 1, 5), ("pass", "one"), ("pass time", 61)]
                return [write, *again * chance.choice((2, 5, 5, 6))]
            case 4:
                return [("backup", key), write, ("remove", key, other), go, ("restore", key)]
            case 5:
                return [write, go, ("keep state", key), ("change", key, name, other, chance.choice(CONTENTS)), go,
                        ("roll back", key)]  # fmt: skip
            case 6:
                return [("remove", key, name), ("inside", "after tombstone", 1, write)]
            case 7:
                return [("remove", key, name), ("fault", "DELETE", "late", 1, chance.choice(DELAYS)), go, write]
            case 8:
                return [write, ("fault", "POST", "lost answer", 1, 5), ("empty list", key), go, ("pass time", 61), go]
            case 9:
                return [("write", key, name, name, what), ("write", key, other, other, what), go, ("remove", key, name)]
            case 10:
                return [write, go, ("inside", "request inspect", 1, ("another process", "elsewhere", 31)),
                        ("remove", key, name)]  # fmt: skip
            case _:
                return [write, go, ("wipe", key, chance.choice((1, 2, 8))), ("lock", key, other)]

    def _pass(self) -> Event:
        chance = self._chance
        return ("pass", chance.choice(("", "", "", "", "", "", "no-delete", "max-delete", "dry", "one")))

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
            case "re-encode":
                return (name, chance.choice(("", "pixels", "lossy")))
            case _:
                return (name, key)
