"""How a set stood after its last pass, in words: for `status` and for the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.model.counted import count
from syncd.model.sets import ImageType

if TYPE_CHECKING:
    from syncd.store import SetStatus

COUNTS = ("up", "pending", "waiting", "rejected", "refused", "held", "foreign", "duplicate", "failed")
"""What is counted of a set, in the order in which it is told."""

HELD_REMEDY = (
    "`syncd sync --dry-run` shows why; `syncd approve PATH` lets them go, `syncd forget PATH` keeps the images"
)

TRAINING_LEAST = 12
"""Training images that the service wants before it trains a model."""


def training_ready(one: SetStatus) -> bool | None:
    """Tell whether a model has the images that training takes; None for reference images."""
    if one.key.image_type is not ImageType.MODEL_INPUT:
        return None
    return one.remote >= TRAINING_LEAST


def state_words(one: SetStatus) -> list[str]:
    """Say what is up, what is not, and whether the set is left alone; nothing for an empty set of references."""
    words = [f"{one.counts[word]} {word}" for word in COUNTS if one.counts.get(word)]
    if one.halt is not None:
        words.insert(0, f"halted: {one.halt.name.value}")
    if training_ready(one) is False:
        words.append(f"{count(TRAINING_LEAST - one.remote, 'image')} short of training")
    elif training_ready(one):
        words.append("ready to train")
    return words
