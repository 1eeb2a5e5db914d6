"""What is worth a word about good pictures of a set: told, and never enforced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from syncd.model.local import Judgement, Likeness
from syncd.model.names import natural_key, shown
from syncd.model.words import QUALITY
from syncd.plan.near import twins

SMALL_PIXELS = 512
"""A picture whose shorter side is below this gives a model little to learn from."""

NEAR_DUPLICATE, SMALL = "near-duplicate", "small"

WORDS = {
    SMALL: "small, a side below 512 pixels: take a larger copy",
    "blurred": "blurred: take a sharper one",
    "dark": "dark nearly everywhere: brighten it, or take another",
    "bright": "blown out nearly everywhere: darken it, or take another",
}
"""Each warning for people, with what to do."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A warning about one file, and its words."""

    name: bytes
    warning: str
    detail: str


def remarks(files: Mapping[bytes, Judgement]) -> tuple[Remark, ...]:
    """Tell of the accepted files of one set, by their names, what makes them poor to learn from.

    Equal bytes are to be left out: they are duplicates.
    """
    good = sorted(((name, one) for name, one in files.items() if one.accepted), key=lambda each: natural_key(each[0]))
    same = twins((name, one.likeness) for name, one in good if one.likeness is not None)
    return tuple(remark for name, one in good for remark in _of(name, one, same.get(name)))


def _of(name: bytes, judgement: Judgement, twin: bytes | None) -> Iterable[Remark]:
    if twin is not None:
        yield Remark(name, NEAR_DUPLICATE, f"the same picture as {shown(twin)}, nearly: keep the better of the two")
    for warning in (*_small(judgement.likeness), *QUALITY):
        if warning == SMALL or warning in judgement.warnings:
            yield Remark(name, warning, WORDS[warning])


def _small(likeness: Likeness | None) -> tuple[str, ...]:
    return (SMALL,) if likeness is not None and min(likeness.width, likeness.height) < SMALL_PIXELS else ()
