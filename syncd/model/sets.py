"""Which image set something belongs to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

SERVICE_LIMIT = 20
"""Images of one type that a model holds at most, by the service's documentation."""

_ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._:~-]{0,127}")
_IMAGE_ID = re.compile(r"[\w-][\w .:~+=@,!-]{0,511}(?<! )")


class ImageType(StrEnum):
    """The two types that may be uploaded, in the words of the upload call and of the folder names."""

    MODEL_INPUT = "modelInput"
    AUXILIARY = "auxiliaryType"


@dataclass(frozen=True, slots=True, order=True)
class SetKey:
    """One image set: a folder here, a list of at most 20 images there."""

    model_id: str
    image_type: ImageType

    def __str__(self) -> str:
        return f"{self.model_id}/{self.image_type}"


def is_id(text: str) -> bool:
    """Tell whether text may stand as one segment of a request path; a path, a dot or a blank may not."""
    return _ID.fullmatch(text) is not None


def is_image_id(text: str) -> bool:
    """Tell whether text may stand as the last segment of a request path, in which blanks and accents are encoded.

    The service alone makes these ids and says nothing of how: a blank or an accent is harmless. What would be another
    path to whoever decodes one too early, or twice, is not.
    """
    return _IMAGE_ID.fullmatch(text) is not None
