"""One account of the service: the sandbox's own rules, and what it takes to list wrongly, restore and tell origins."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from syncd.sandbox import ApiError, ImageService
from syncd.sandbox.values import Image, ImageType

OURS, HUMAN = "ours", "human"


@dataclass
class Made:
    """Where an image came from. `sent`: true seconds; `era`: how often the state had forgotten its set by then."""

    image: Image
    by: str
    sent: float
    era: int
    boot: str = ""
    up: bool = True
    landed: float = 0.0
    restored: bool = False
    step: int = 0


@dataclass
class Lies:
    """What is wrong with listings. `lag` seconds; `frozen` at a true time; `holes` are ids left out."""

    lag: float = 0
    frozen: float | None = None
    empty: bool = False
    holes: set[str] = field(default_factory=set)

    @property
    def any(self) -> bool:
        return bool(self.lag or self.frozen is not None or self.empty or self.holes)


class Cloud:
    """Holds images; `hard` is how many of a type it takes. Times are true seconds, whatever any clock shows."""

    def __init__(self, service: ImageService, hard: int) -> None:
        self.service, self.hard = service, hard
        self.made: dict[str, Made] = {}
        self.lies = Lies()
        self.gone_pictures: set[str] = set()
        self._spans: list[tuple[str, float, float | None]] = []
        self._backup: list[tuple[Image, bytes]] | None = None
        self._away: set[str] = set()

    def images(self, key: str) -> list[Image]:
        model_id, _, kind = key.partition("/")
        return self.service._shelf.images(model_id, (ImageType(kind),))

    def add(self, key: str, picture: bytes, by: str, now: float, **more: object) -> Image:
        """Add an image; ApiError where the service says no."""
        model_id, _, kind = key.partition("/")
        self._living(model_id)
        if by == OURS:
            if len(self.images(key)) >= self.hard:
                raise ApiError(400, f"The model has {self.hard} images of type {kind} already")
            image = self.service.upload(model_id, ImageType(kind), picture)
        else:
            image = self.service.add_image(model_id, kind, picture)
        self.made[image.id] = Made(image, by, landed=now, **{"sent": now, "era": 0, **more})
        self._spans.append((image.id, now, None))
        return image

    def remove(self, image_id: str, now: float) -> None:
        """Take an image away; ApiError where there is none."""
        self._living(self.service.image(image_id).model_id)
        self.service.remove_image(image_id)
        self.made[image_id].up = False
        self._spans = [(one, start, now if one == image_id and end is None else end) for one, start, end in self._spans]

    def find(self, image_id: str) -> Image:
        image = self.service.image(image_id)
        self._living(image.model_id)
        return image

    def listed(self, model_id: str, kind: str, now: float) -> list[Image]:
        """Return what a listing shows of one type: the truth, or a lie."""
        self._living(model_id)
        lies = self.lies
        if lies.empty and kind != "output":
            return []
        if not lies.lag and lies.frozen is None:
            found = self.images(f"{model_id}/{kind}")
        else:
            found = self._as_of(model_id, kind, now - lies.lag if lies.frozen is None else lies.frozen)
        return [one for one in found if one.id not in lies.holes]

    def backup(self) -> None:
        self._backup = [(made.image, self.service.picture(one)) for one, made in self.made.items() if made.up]

    def restore(self, now: float) -> bool:
        """Bring back what was backed up, and lose what came since; False where there is no backup."""
        if self._backup is None:
            return False
        kept = {image.id for image, _ in self._backup}
        for image_id in [one for one, made in self.made.items() if made.up and one not in kept]:
            self.remove(image_id, now)
        for image, picture in self._backup:
            made = self.made[image.id]
            if not made.up:
                self.service._shelf.put_image(image, picture)
                made.up, made.restored = True, True
                self._spans.append((image.id, now, None))
        return True

    def model(self, model_id: str):
        self._living(model_id, deleted_is_there=True)
        return self.service.model(model_id)

    def take_model(self, model_id: str, how: str) -> None:
        self._away.add(f"{how} {model_id}")

    def bring_models_back(self) -> None:
        self._away.clear()

    def is_deleted(self, model_id: str) -> bool:
        return f"deleted {model_id}" in self._away

    def there(self, model_id: str) -> bool:
        return not {f"away {model_id}", f"deleted {model_id}"} & self._away

    def _living(self, model_id: str, *, deleted_is_there: bool = False) -> None:
        if f"away {model_id}" in self._away or (f"deleted {model_id}" in self._away and not deleted_is_there):
            raise ApiError(404, "There is no such model", f"model {model_id}")

    def _as_of(self, model_id: str, kind: str, then: float) -> list[Image]:
        spans = [one for one, start, end in self._spans if start <= then and (end is None or end > then)]
        images = [self.made[one].image for one in dict.fromkeys(spans)]
        return [one for one in images if (one.model_id, one.type) == (model_id, kind)]

    def shuffled(self, images: list[Image], order: int | None) -> list[Image]:
        if order is None:
            return images
        return random.Random(f"{order} {len(images)}").sample(images, len(images))
