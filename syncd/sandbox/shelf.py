"""What the service holds, and finding it again in one step. No rules and no lock: both are the service's."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable

from syncd.sandbox.keep import Keeper
from syncd.sandbox.values import ApiError, Image, ImageType, Model

_FILE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._~-]{0,127}")


class Shelf:
    """Models and images by id, images also by set; every change is kept before it counts."""

    def __init__(self, keeper: Keeper, new_id: Callable[[], str]) -> None:
        self._keeper = keeper
        self._new_id = new_id
        models, images = keeper.load()
        self._models = {model.id: model for model in models}
        self._images: dict[str, Image] = {}
        self._sets: defaultdict[tuple[str, ImageType], dict[str, Image]] = defaultdict(dict)
        for image in images:
            self._hold(image)
        self._number = max([0, *(model.number for model in models), *(image.number for image in images)])

    def models(self) -> list[Model]:
        """Return all models, oldest first."""
        return sorted(self._models.values(), key=lambda model: model.number)

    def model(self, model_id: str) -> Model:
        """Return a model, or refuse with 404."""
        if model_id not in self._models:
            raise ApiError(404, "There is no such model", f"model {model_id}")
        return self._models[model_id]

    def put_model(self, model: Model) -> None:
        """Hold a model, in place of an earlier one with its id."""
        self._keeper.save_model(model)
        self._models[model.id] = model

    def image(self, image_id: str) -> Image:
        """Return an image, or refuse with 404."""
        if image_id not in self._images:
            raise ApiError(404, "There is no such image", f"image {image_id}")
        return self._images[image_id]

    def images(self, model_id: str, types: tuple[ImageType, ...]) -> list[Image]:
        """Return the images of a model that have one of these types, oldest first."""
        found = [image for one in types for image in self._sets[model_id, one].values()]
        return sorted(found, key=lambda image: image.number)

    def count(self, model_id: str, image_type: ImageType) -> int:
        """Tell how many images a set has."""
        return len(self._sets[model_id, image_type])

    def put_image(self, image: Image, picture: bytes) -> None:
        """Hold an image and its bytes."""
        self._keeper.save_image(image, picture)
        self._hold(image)

    def drop_image(self, image: Image) -> None:
        """Hold an image no longer."""
        self._keeper.drop_image(image)
        del self._images[image.id], self._sets[image.model_id, image.type][image.id]

    def picture(self, image_id: str) -> bytes:
        """Return the bytes of an image."""
        return self._keeper.picture(self.image(image_id))

    def next_number(self) -> int:
        """Return a number above all before it."""
        self._number += 1
        return self._number

    def fresh_id(self) -> str:
        """Make an id that nothing has."""
        made = self._new_id()
        while made in self._models or made in self._images:
            made = self._new_id()
        return self.free_id(made)

    def free_id(self, wanted: str) -> str:
        """Return a wanted id; ValueError where it is taken or cannot name a file."""
        if not _FILE_NAME.fullmatch(wanted) or wanted in self._models or wanted in self._images:
            raise ValueError(f"{wanted!r} is taken, or cannot be the id of anything")
        return wanted

    def _hold(self, image: Image) -> None:
        self._images[image.id] = self._sets[image.model_id, image.type][image.id] = image
