"""A remote image, for machines and for people."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from syncd.model.names import shown_text

if TYPE_CHECKING:
    from syncd.model.remote import RemoteImage


def document(image: RemoteImage) -> dict[str, object]:
    """Write an image as the service tells of it, with id and type as they are used here, and the set's names."""
    named = {"model_id": image.model_id, "image_type": image.type}
    return {**image.raw, "id": image.id, "type": image.type, **named}


def people(image: RemoteImage) -> list[tuple[str, str]]:
    """Write an image as rows of name and value, without what is empty."""
    told = {"id": image.id, "model": image.model_id, "type": image.type, "created": image.created_at, "url": image.url}
    others = {name: value for name, value in image.raw.items() if name not in _TOLD}
    return [(shown_text(name, 40), _text(value)) for name, value in {**told, **others}.items() if value]


_TOLD = frozenset({"id", "modelID", "type", "createdAt", "url"})


def _text(value: object) -> str:
    return shown_text(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), 300)
