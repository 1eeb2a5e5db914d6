"""The rules of the image service."""

from __future__ import annotations

import hashlib
import secrets
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Lock

from syncd.sandbox.formats import sniff
from syncd.sandbox.keep import Folder, Memory
from syncd.sandbox.shelf import Shelf
from syncd.sandbox.values import (
    LIMIT,
    TRAINING_IMAGES,
    ApiError,
    Event,
    EventKind,
    Image,
    ImageType,
    Model,
    Traits,
)


class ImageService:
    """Models and their images, safe to call from many threads. Whatever it refuses is an ApiError.

    With a `data_dir` everything is kept there and found again; without one it lives in memory. `new_id` makes the ids
    and the secret part of addresses, `now` tells the time in seconds since 1970: given both, a run repeats itself.
    """

    def __init__(
        self,
        data_dir: Path | str | None = None,
        *,
        api_key: str | None = None,
        new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
        now: Callable[[], float] = time.time,
        training_seconds: float = 20,
    ) -> None:
        self.api_key = api_key or secrets.token_urlsafe(24)
        self._shelf = Shelf(Memory() if data_dir is None else Folder(Path(data_dir)), new_id)
        self._new_id = new_id
        self._now = now
        self._training_seconds = training_seconds
        self._events: list[Event] = []
        self._lock = Lock()

    # Models

    def create_model(self, model_id: str | None = None, name: str = "Sandbox", traits: Traits | None = None) -> Model:
        """Add a model, under a given id if one is wanted; ValueError where that id is taken or cannot be one."""
        with self._lock:
            chosen = self._shelf.fresh_id() if model_id is None else self._shelf.free_id(model_id)
            now = self._now()
            model = Model(chosen, self._shelf.next_number(), traits or Traits(name), now, now)
            return self._put_model(model, "model-created")

    def update_model(self, model_id: str, traits: Traits) -> Model:
        """Say something else about a model."""
        with self._lock:
            model = replace(self._living(model_id), traits=traits, updated=self._now())
            return self._put_model(model, "model-updated")

    def delete_model(self, model_id: str) -> None:
        """Delete a model and its images. It is still told of, with the status `deleted`."""
        with self._lock:
            model = replace(self._living(model_id), status="deleted", ready_at=None, updated=self._now())
            self._put_model(model, "model-deleted")
            for image in self._shelf.images(model_id, tuple(ImageType)):
                self._shelf.drop_image(image)

    def models(self) -> list[Model]:
        """Return the models that are not deleted, oldest first."""
        with self._lock:
            return [self._as_of_now(model) for model in self._shelf.models() if model.status != "deleted"]

    def model(self, model_id: str) -> Model:
        """Return a model, be it deleted."""
        with self._lock:
            return self._as_of_now(self._shelf.model(model_id))

    def train(self, model_id: str) -> None:
        """Begin a training, which is over after `training_seconds`."""
        with self._lock:
            model, now = self._living(model_id), self._now()
            if model.status == "training":
                raise ApiError(409, "The model is being trained already")
            have = self._shelf.count(model_id, ImageType.MODEL_INPUT)
            if have not in TRAINING_IMAGES:
                raise ApiError(400, f"Training wants 12 to {LIMIT} modelInput images; the model has {have}")
            ready_at = now + self._training_seconds
            self._put_model(replace(model, status="training", updated=now, ready_at=ready_at), "model-updated")

    # Images

    def upload(self, model_id: str, image_type: ImageType, picture: bytes) -> Image:
        """Add an image as the API does."""
        return self._add(model_id, image_type, picture, "upload")

    def add_image(self, model_id: str, image_type: str, picture: bytes) -> Image:
        """Add an image as if someone else had: any type, `output` among them, and told apart in the events."""
        return self._add(model_id, ImageType(image_type), picture, "seeded")

    def delete_image(self, image_id: str) -> None:
        """Delete an image as the API does."""
        self._delete(image_id, "delete")

    def remove_image(self, image_id: str) -> None:
        """Delete an image as if someone else had."""
        self._delete(image_id, "removed")

    def image(self, image_id: str) -> Image:
        """Return an image."""
        with self._lock:
            return self._shelf.image(image_id)

    def images(self, model_id: str, image_type: str | None = None) -> list[Image]:
        """Return the images of a model, all or those of one type, oldest first."""
        types = (ImageType(image_type),) if image_type else tuple(ImageType)
        with self._lock:
            return self._shelf.images(self._living(model_id).id, types)

    def picture(self, image_id: str) -> bytes:
        """Return the bytes of an image, as they were sent."""
        with self._lock:
            return self._shelf.picture(image_id)

    @property
    def events(self) -> list[Event]:
        """What took effect since the start, in order."""
        with self._lock:
            return list(self._events)

    def _add(self, model_id: str, image_type: ImageType, picture: bytes, kind: EventKind) -> Image:
        image_format, sha256 = sniff(picture), hashlib.sha256(picture).hexdigest()
        with self._lock:
            self._living(model_id)
            if image_format is None:
                raise ApiError(400, "The file is not an image of an accepted format (jpg, jpeg, webp, png, heic)")
            if image_type is not ImageType.OUTPUT and self._shelf.count(model_id, image_type) >= LIMIT:
                raise ApiError(400, f"The model has {LIMIT} images of type {image_type} already")
            identity = self._shelf.fresh_id(), self._shelf.next_number()
            image = Image(*identity, model_id, image_type, self._now(), image_format, self._new_id(), sha256)
            self._shelf.put_image(image, picture)
            self._events.append(Event(kind, image.id, model_id, image_type, sha256))
            return image

    def _delete(self, image_id: str, kind: EventKind) -> None:
        with self._lock:
            image = self._shelf.image(image_id)
            self._shelf.drop_image(image)
            self._events.append(Event(kind, image.id, image.model_id, image.type, image.sha256))

    # Called with the lock held.

    def _put_model(self, model: Model, kind: EventKind) -> Model:
        self._shelf.put_model(model)
        self._events.append(Event(kind, model.id, model.id))
        return model

    def _living(self, model_id: str) -> Model:
        model = self._as_of_now(self._shelf.model(model_id))
        if model.status == "deleted":
            raise ApiError(404, "The model is deleted", f"model {model_id}")
        return model

    def _as_of_now(self, model: Model) -> Model:
        if model.ready_at is None or self._now() < model.ready_at:
            return model
        return replace(model, status="ready", updated=model.ready_at, ready_at=None)
