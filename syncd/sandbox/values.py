"""What the service knows, as frozen values, and the one way it says no."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from syncd.sandbox.formats import Format

LIMIT = 20
"""Images of one uploaded type that a model holds at most."""

REQUEST_BYTES = 20_000_000
"""A whole upload request, framing included, stays below this."""

TRAINING_IMAGES = range(12, LIMIT + 1)
"""How many modelInput images a training wants."""


class ImageType(StrEnum):
    """The type of an image. `output` is made by the service and is never uploaded."""

    MODEL_INPUT = "modelInput"
    AUXILIARY = "auxiliaryType"
    OUTPUT = "output"


ModelStatus = Literal["new", "training", "ready", "deleted"]


@dataclass(frozen=True, slots=True)
class Traits:
    """What a caller says about a model."""

    name: str
    age: float = 30
    gender: str = "Female"
    ethnicity: str | None = None
    eye_color: str | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """A model. `number` orders models by age; times in seconds since 1970; `ready_at` ends its training."""

    id: str
    number: int
    traits: Traits
    created: float
    updated: float
    status: ModelStatus = "new"
    ready_at: float | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """An image. `number` orders images by age; `token` is the secret part of its address; `sha256` of its bytes."""

    id: str
    number: int
    model_id: str
    type: ImageType
    created: float
    format: Format
    token: str
    sha256: str

    @property
    def file_name(self) -> str:
        """The last segment of its address."""
        return f"{self.token}.{self.format}"


EventKind = Literal["upload", "delete", "seeded", "removed", "model-created", "model-updated", "model-deleted"]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that took effect.

    `upload`, `delete` and the `model-…` kinds came over the API; `seeded` and `removed` by a call in this process.
    """

    kind: EventKind
    id: str
    model_id: str
    type: ImageType | None = None
    sha256: str | None = None


class ApiError(Exception):
    """The service says no: an HTTP status, a sentence for people, and a detail."""

    def __init__(self, status: int, message: str, err: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.err = err or message
