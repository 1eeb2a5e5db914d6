"""What whoever starts the sandbox wants of it, as `kind=value`: how it misbehaves, and what it holds at first."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

from syncd.sandbox.values import LIMIT


@dataclass(frozen=True, slots=True)
class Misbehaviour:
    """How the service fails those who count on it.

    Seconds: `latency` before each answer, `lag` until a listing shows an upload or a delete. Shares of the requests
    from 0 to 1: `too_many` (429 with Retry-After: 1) and `unavailable` (503) do nothing; of `html` (a page with 200),
    `lost` (no answer) and `cut` (half an answer) all took effect. `page_cap`: images a page at most; 0: no further
    cap. `re_encode`: pictures come back as other bytes, with the same pixels. `dice` makes the shares fall otherwise.
    """

    latency: float = 0
    too_many: float = 0
    unavailable: float = 0
    html: float = 0
    lost: float = 0
    cut: float = 0
    lag: float = 0
    page_cap: int = 0
    re_encode: int = 0
    dice: int = 0


@dataclass(frozen=True, slots=True)
class Seeds:
    """What is there at first: so many `models`; `foreign` images of each uploaded type, and `output` ones, in each."""

    models: int = 1
    foreign: int = 0
    output: int = 0


_SHARES = frozenset({"too_many", "unavailable", "html", "lost", "cut"})
_NAMES = {"429": "too_many", "503": "unavailable"}
_MOST = {"models": 1000, "foreign": LIMIT, "output": 1000, "page_cap": 100, "re_encode": 1}

MISBEHAVIOUR = "latency=S, 429, 503, html, lost, cut=SHARE (0 to 1), lag=S, page-cap=N, re-encode=1, dice=N"
SEEDS = "models=N, foreign=N, output=N"

Wish = TypeVar("Wish", Misbehaviour, Seeds)


def wishes(made: Wish, written: Iterable[str]) -> Wish:
    """Read `kind=value` texts, several of them parted by commas; ValueError says what is wrong with one."""
    values: dict[str, Any] = {}
    for one in (part.strip() for text in written for part in text.split(",")):
        kind, _, value = one.partition("=")
        name = _NAMES.get(kind, kind.replace("-", "_"))
        known = {field.name: field.default for field in fields(made)}
        if name not in known:
            raise ValueError(f"{kind!r} is no kind{_nearest(kind, known)}")
        values[name] = _number(one, name, value, whole=name in ("page_cap", "re_encode", "dice", *_MOST))
    return replace(made, **values)


def _nearest(kind: str, known: Iterable[str]) -> str:
    turned = {name: written for written, name in _NAMES.items()}
    words = [turned.get(name, name.replace("_", "-")) for name in known]
    near = difflib.get_close_matches(kind, words, n=1, cutoff=0.5)
    return f"; {near[0]!r} is" if near else f"; there are {', '.join(words)}"


def _number(written: str, name: str, value: str, *, whole: bool) -> float:
    most = 1.0 if name in _SHARES else _MOST.get(name, math.inf)
    try:
        number = int(value) if whole else float(value)
    except ValueError:
        number = -1
    if not 0 <= number <= most or math.isinf(number):
        kind = "a whole number" if whole else "a number"
        raise ValueError(f"{written!r}: the value is {kind} from 0" + (f" to {most:g}" if most < math.inf else " on"))
    return number
