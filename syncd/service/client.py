"""The image service as the rest of syncd sees it: values in, values or our errors out."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Self

import httpx

from syncd import __version__
from syncd.errors import UnexpectedAnswer, UsageError
from syncd.model.clock import Clock
from syncd.model.names import shown_text
from syncd.model.remote import Listing, RemoteImage, RemoteModel
from syncd.model.sets import SERVICE_LIMIT, ImageType, SetKey, is_id, is_image_id
from syncd.service import answers, listing
from syncd.service.api import Api
from syncd.service.dates import http_date
from syncd.service.framing import UploadBody
from syncd.service.gate import Gate
from syncd.service.hosts import Hosts, Resolve, base, resolve
from syncd.service.line import Line
from syncd.service.pace import Pace
from syncd.service.pictures import Pictures
from syncd.service.transport import PoolTransport

CONNECT_SECONDS = 10.0
PICTURE_PATIENCE = 5
"""A picture may take so many times as long as an answer."""

_FILTERS = {ImageType.MODEL_INPUT: "input", ImageType.AUXILIARY: "auxiliaryType"}
_AGENT = f"syncd/{__version__}"


class ImageService:
    """The remote service. Synchronous, for any number of threads; raises only syncd.errors.

    `key` is asked at each request, so that it may rotate. Times in seconds; a rate of 0 is no cap. A `transport`
    given carries everything instead of sockets. Never redirects, never repeats a request.
    """

    def __init__(
        self,
        base_url: str,
        key: Callable[[], str],
        clock: Clock,
        *,
        timeout_seconds: float = 60,
        connect_seconds: float = CONNECT_SECONDS,
        picture_hosts: Sequence[str] = (),
        max_concurrency: int = 64,
        requests_per_second: float = 0,
        bytes_per_second: float = 0,
        transport: httpx.BaseTransport | None = None,
        resolver: Resolve = resolve,
    ) -> None:
        _hush()
        url = base(base_url)
        self._clock = clock
        self._keeps_sizes, self._longest = True, 0
        self._gate = Gate(max_concurrency, clock)
        self._paces = Pace(requests_per_second, clock), Pace(bytes_per_second, clock)
        self._transports = [transport] if transport else _transports(max_concurrency, clock)
        api, pictures = (Line(each, self._gate, *self._paces) for each in (self._transports[0], self._transports[-1]))
        timeout = {"connect": min(connect_seconds, timeout_seconds), "read": timeout_seconds}
        timeout |= {"write": timeout_seconds, "pool": timeout_seconds}
        self._api = Api(url, key, api, clock, agent=_AGENT, timeout=timeout)
        self._pictures = Pictures(
            pictures,
            Hosts(url, picture_hosts, resolver),
            clock,
            agent=_AGENT,
            timeout=timeout,
            patience=timeout_seconds * PICTURE_PATIENCE,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def turn_away(self) -> None:
        """Send away who waits for a turn, and who comes; what is under way goes on."""
        for pace in self._paces:
            pace.close()
        self._gate.close()

    def close(self) -> None:
        """Turn away who waits for a turn, and close all connections."""
        self.turn_away()
        for transport in self._transports:
            transport.close()

    def ping(self) -> float | None:
        """Ask whether the service answers in its own words; returns its time (seconds since 1970), if it tells it."""
        _, headers = self._api.ask("ping", what="its health")
        return http_date(headers.get("date", ""))

    def models(self) -> tuple[RemoteModel, ...]:
        """Return the models of the account, each id once; one that makes no sense hides no other."""
        what = "the models"
        found = answers.items(self._api.get("models", what=what).get("result"), what)
        return tuple({model.id: model for model in answers.models(found, what)}.values())

    def model(self, model_id: str) -> RemoteModel:
        """Return one model. Raises NotFound where the service says so."""
        what = f"model {_checked(model_id)}"
        model = answers.model(self._api.get(f"models/{model_id}", what=what).get("result"), what)
        _require(model.id == model_id, what)
        return model

    def list_set(self, key: SetKey, *, settled: bool = False) -> Listing:
        """Return the complete listing of a set, or raise: there is no part of a listing.

        `settled`: where it took several pages, list until two listings agree. NotFound: there is no such model.
        """
        wanted = str(key.image_type)

        def keep(image: RemoteImage) -> bool:
            # Who ignores the filter also sends what the service generated, and the other type.
            return image.type == wanted

        found = (listing.settled if settled else listing.once)(self._turn(key), self._clock, keep)
        return self.list_set(key, settled=True) if settled and self.overlooks(key, found) else found

    def overlooks(self, key: SetKey, found: Listing) -> bool:
        """Tell whether a listing lacks images, as the service names a page size that it does not keep.

        Asks for one page more where that can be: no other page was longer, and the set is not full. Once told, every
        later listing counts a page by what follows it.
        """
        may_go_on = self._longest <= found.trusted > 0 and len(found.images) < SERVICE_LIMIT
        if may_go_on and listing.goes_on(self._turn(key), found):
            self._keeps_sizes = False
        return not self._keeps_sizes and found.trusted > 0

    def _turn(self, key: SetKey) -> listing.Turn:
        wanted = str(key.image_type)

        def turn(number: int) -> listing.Page:
            page = self._page(key.model_id, _FILTERS[key.image_type], number)
            return replace(page, images=tuple(replace(image, type=image.type or wanted) for image in page.images))

        return turn

    def list_model(self, model_id: str) -> Listing:
        """Return all images of a model, `output` included, with the types that the service names."""
        return listing.once(lambda number: self._page(model_id, "all", number), self._clock)

    def inspect(self, image_id: str) -> RemoteImage:
        """Return one image. Raises NotFound only where the service itself says so."""
        what = f"image {image_id}"
        image = answers.image(self._api.get(_path_of(image_id), what=what).get("result"), what)
        _require(image.id == image_id, what)
        return image

    def upload(self, key: SetKey, body: UploadBody, intend: Callable[[], None] = lambda: None) -> RemoteImage:
        """Send one picture, once, and return its image.

        `intend` is called when its turn has come, before its first byte; what it raises is raised, and nothing is sent.
        Refused: no for good. KeyRejected, NotFound (the model), Conflict, Unreachable: it did not happen.
        Ambiguous: nobody knows; only looking can tell.
        """
        _checked(key.model_id)
        return self._api.upload(key, body, intend)

    def delete(self, image_id: str, intend: Callable[[], None] = lambda: None) -> bool:
        """Delete one image; False where the service says that there was none. Repeating it does no harm.

        `intend` is called when its turn has come, before its first byte; what it raises is raised, and nothing is sent.
        """
        return self._api.delete(_path_of(image_id), f"image {image_id}", intend)

    def picture(self, image: RemoteImage) -> bytes:
        """Return the bytes behind an image's `url`, fetched without the key.

        UnexpectedAnswer: not allowed, gone or too large. Unreachable: it may come later.
        """
        if image.url is None:
            raise UnexpectedAnswer("The image has no picture: the service names no url.", "The image is left alone.")
        return self._pictures.fetch(image.url)

    def _page(self, model_id: str, image_type: str, number: int) -> listing.Page:
        what = f"the images of model {_checked(model_id)}"
        query = {"imageType": image_type, "pageNum": str(number), "pageSize": str(listing.PAGE_SIZE)}
        answer = self._api.get(f"models/{model_id}/images", query, what=what)
        found = answers.items(answer.get("result"), what)
        images = tuple(answers.image(item, what, model_id=model_id) for item in found)
        self._longest = max(self._longest, len(images))
        return listing.Page(images, answers.page_size(answer) if self._keeps_sizes else None)


def _transports(most: int, clock: Clock) -> list[httpx.BaseTransport]:
    """Make the API's and the pictures' connections, apart, so that nothing of the one reaches the other."""
    trusting = cache(ssl.create_default_context)
    return [PoolTransport(most, trusting, clock) for _ in ("api", "pictures")]


def _path_of(image_id: str) -> str:
    return f"images/{_checked(image_id, is_image_id)}"


def _checked(text: str, fits: Callable[[str], bool] = is_id) -> str:
    if not fits(text):
        raise UsageError(f"This is no id of the service: {shown_text(text, 100)}", "`syncd models` lists the ids.")
    return text


def _require(same: bool, what: str) -> None:  # noqa: FBT001 - reads as a sentence where it is called
    if not same:
        raise answers.unexpected(what, "it is about another one")


def _hush() -> None:
    """Cap the logs of the HTTP libraries: at their finest they write headers, and so the key."""
    for name in ("httpx", "httpcore"):
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, logging.WARNING))
