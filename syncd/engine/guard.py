"""The service as one pass uses it: once it rejects the key, it is asked nothing more."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from syncd.engine.world import Service
from syncd.errors import KeyRejected
from syncd.model.remote import Listing, RemoteImage, RemoteModel
from syncd.model.sets import SetKey
from syncd.service.framing import UploadBody

Answer = TypeVar("Answer")
_LOG = logging.getLogger(__name__)


class Guard:
    """Passes everything on until the first KeyRejected, which then is the answer to all: nothing is sent."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._rejected: KeyRejected | None = None

    def model(self, model_id: str) -> RemoteModel:
        """Return one model."""
        return self._ask(lambda: self._service.model(model_id))

    def list_set(self, key: SetKey, *, settled: bool = False) -> Listing:
        """Return the complete listing of a set."""
        return self._ask(lambda: self._service.list_set(key, settled=settled))

    def overlooks(self, key: SetKey, found: Listing) -> bool:
        """Tell whether a listing lacks images."""
        return self._ask(lambda: self._service.overlooks(key, found))

    def inspect(self, image_id: str) -> RemoteImage:
        """Return one image."""
        return self._ask(lambda: self._service.inspect(image_id))

    def upload(self, key: SetKey, body: UploadBody, intend: Callable[[], None]) -> RemoteImage:
        """Send one picture."""
        return self._ask(lambda: self._service.upload(key, body, intend))

    def delete(self, image_id: str, intend: Callable[[], None]) -> bool:
        """Delete one image."""
        return self._ask(lambda: self._service.delete(image_id, intend))

    def picture(self, image: RemoteImage) -> bytes:
        """Return the bytes behind an image's `url`."""
        return self._ask(lambda: self._service.picture(image))

    def _ask(self, request: Callable[[], Answer]) -> Answer:
        if self._rejected is not None:
            raise self._rejected
        try:
            return request()
        except KeyRejected as error:
            # A pass tells of it as of a halt, in which there is no place for where it was.
            _LOG.debug("key not accepted", exc_info=error)
            self._rejected = error
            raise
