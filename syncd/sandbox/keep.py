"""Where models, images and pictures are kept: in a folder, or in memory alone.

In the folder each model and each image is one small JSON file and each picture one file, so that a request writes
only what it changes. Files appear whole (written aside, then renamed) but are not forced to the disk: they outlive
the process, not a power cut.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol, TypeVar

from syncd.sandbox.formats import Format
from syncd.sandbox.values import Image, ImageType, Model, Traits

Kept = TypeVar("Kept")


class Keeper(Protocol):
    """What the service needs of a place to keep things."""

    def load(self) -> tuple[list[Model], list[Image]]:
        """Return what was kept before."""
        ...

    def save_model(self, model: Model) -> None:
        """Keep a model, in place of an earlier one with its id."""
        ...

    def save_image(self, image: Image, picture: bytes) -> None:
        """Keep an image and its bytes."""
        ...

    def drop_image(self, image: Image) -> None:
        """Keep an image no longer."""
        ...

    def picture(self, image: Image) -> bytes:
        """Return the bytes of a kept image."""
        ...


class Memory:
    """Keeps pictures as long as the process lives."""

    def __init__(self) -> None:
        self._pictures: dict[str, bytes] = {}

    def load(self) -> tuple[list[Model], list[Image]]:
        """Return nothing: nothing was kept before."""
        return [], []

    def save_model(self, model: Model) -> None:
        """Do nothing: whoever calls holds its models itself."""

    def save_image(self, image: Image, picture: bytes) -> None:
        """Keep the bytes."""
        self._pictures[image.id] = picture

    def drop_image(self, image: Image) -> None:
        """Let go of the bytes."""
        del self._pictures[image.id]

    def picture(self, image: Image) -> bytes:
        """Return the bytes of an image."""
        return self._pictures[image.id]


class Folder:
    """Keeps everything below one folder, which it makes when it is not there."""

    def __init__(self, path: Path) -> None:
        self._models, self._images, self._pictures = path / "models", path / "images", path / "pictures"
        for folder in (self._models, self._images, self._pictures):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def load(self) -> tuple[list[Model], list[Image]]:
        """Return what was kept; ValueError names a file that is not the service's own."""
        return list(_documents(self._models, _model)), list(_documents(self._images, _image))

    def save_model(self, model: Model) -> None:
        """Write the model's file."""
        _write(self._models / f"{model.id}.json", _encoded(model))

    def save_image(self, image: Image, picture: bytes) -> None:
        """Write the picture first: what has a JSON file is complete."""
        _write(self._picture_of(image), picture)
        _write(self._document_of(image), _encoded(image))

    def drop_image(self, image: Image) -> None:
        """Remove the JSON file first, for the same reason."""
        self._document_of(image).unlink(missing_ok=True)
        self._picture_of(image).unlink(missing_ok=True)

    def picture(self, image: Image) -> bytes:
        """Read the bytes of an image."""
        return self._picture_of(image).read_bytes()

    def _document_of(self, image: Image) -> Path:
        return self._images / f"{image.id}.json"

    def _picture_of(self, image: Image) -> Path:
        return self._pictures / f"{image.id}.{image.format}"


def _write(path: Path, data: bytes) -> None:
    aside = path.with_name(f"{path.name}.new")
    aside.write_bytes(data)
    os.replace(aside, path)


def _documents(folder: Path, decode: Callable[[dict[str, Any]], Kept]) -> Iterator[Kept]:
    for path in folder.glob("*.json"):
        try:
            yield decode(json.loads(path.read_bytes()))
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(f"{path} was not written by the sandbox") from error


def _encoded(value: Model | Image) -> bytes:
    return json.dumps(asdict(value)).encode()


def _model(kept: dict[str, Any]) -> Model:
    return Model(**{**kept, "traits": Traits(**kept["traits"])})


def _image(kept: dict[str, Any]) -> Image:
    return Image(**{**kept, "type": ImageType(kept["type"]), "format": Format(kept["format"])})
