"""A service that misbehaves as it was told to, around one that does not."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterable
from urllib.parse import urlencode

import flask
from werkzeug.wrappers import Request, Response

from syncd.sandbox import asked
from syncd.sandbox.answers import image_document, refusal
from syncd.sandbox.pictures import re_encoded
from syncd.sandbox.service import ImageService
from syncd.sandbox.values import ApiError, Image
from syncd.sandbox.wishes import Misbehaviour

_API = "/api/"
_PAGE = "<!DOCTYPE html><html><body><h1>Welcome to our network</h1></body></html>"


class Faults:
    """The two hooks of `create_app` for one service. Safe to call from many threads."""

    def __init__(
        self,
        service: ImageService,
        wanted: Misbehaviour,
        *,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._service = service
        self._wanted = wanted
        self._now, self._sleep = now, sleep
        self._dice = random.Random(wanted.dice)  # noqa: S311 - nothing secret hangs on it
        self._deleted: list[tuple[float, Image]] = []
        self._lock = threading.Lock()

    def before(self, request: Request) -> Response | None:
        """Let a request wait, and refuse it where the dice say so."""
        wanted = self._wanted
        if wanted.latency:
            self._sleep(wanted.latency)
        if not request.path.startswith(_API):
            return None
        if self._falls(wanted.too_many):
            return _refused(429, "Too many requests", {"Retry-After": "1"})
        if self._falls(wanted.unavailable):
            return _refused(503, "The service is down for a moment")
        if wanted.page_cap:
            _cap_page(request, wanted.page_cap)
        if request.method == "DELETE":
            request.environ["sandbox.doomed"] = self._image(request.path.rpartition("/")[2])
        return None

    def after(self, request: Request, true: Response) -> Response | None:
        """Give another answer than the true one, though everything took effect."""
        wanted = self._wanted
        if not request.path.startswith(_API):
            return self._picture(true) if wanted.re_encode and true.status_code == 200 else None
        if request.environ.get("sandbox.doomed") is not None and true.status_code == 200:
            with self._lock:
                self._deleted.append((self._now(), request.environ["sandbox.doomed"]))
        if self._falls(wanted.html):
            return Response(_PAGE, 200, content_type="text/html")
        if self._falls(wanted.lost):
            return _cut(true, 0)
        if self._falls(wanted.cut):
            return _cut(true, len(true.get_data()) // 2)
        return self._listing(request) if wanted.lag and _is_listing(request, true) else None

    def _falls(self, share: float) -> bool:
        if not share:
            return False
        with self._lock:
            return self._dice.random() < share

    def _image(self, image_id: str) -> Image | None:
        try:
            return self._service.image(image_id)
        except ApiError:
            return None

    @staticmethod
    def _picture(true: Response) -> Response:
        return Response(re_encoded(true.get_data()), 200, content_type=true.content_type)

    def _listing(self, request: Request) -> Response:
        """Answer as things were `lag` seconds ago."""
        page = asked.page(request)
        model_id = request.path.split("/")[3]
        then = self._now() - self._wanted.lag
        with self._lock:
            self._deleted = [(when, image) for when, image in self._deleted if when > then]
            gone = [image for _, image in self._deleted if image.model_id == model_id]
        there = [*self._service.images(model_id, page.type), *(one for one in gone if page.type in (None, one.type))]
        seen = sorted((image for image in there if image.created <= then), key=lambda image: image.number)
        return _page(request, page, seen)


def _refused(status: int, words: str, headers: dict[str, str] | None = None) -> Response:
    body = flask.json.dumps(refusal(words, words))
    return Response(body, status, headers, content_type="application/json")


def _cut(true: Response, length: int) -> Response:
    """Return the beginning of an answer, after which the connection ends."""
    body = true.get_data()
    answer = Response(body[:length], true.status_code, content_type=true.content_type)
    answer.headers["Content-Length"] = str(max(1, len(body)))
    return answer


def _cap_page(request: Request, most: int) -> None:
    size = request.args.get("pageSize", str(asked.PAGE_SIZE))
    if _is_listing(request) and size.isascii() and size.isdigit() and int(size) > most:
        request.environ["QUERY_STRING"] = urlencode({**request.args.to_dict(), "pageSize": most})


def _is_listing(request: Request, true: Response | None = None) -> bool:
    listing = request.method == "GET" and request.path.startswith(f"{_API}models/") and request.path.endswith("/images")
    return listing and (true is None or true.status_code == 200)


def _page(request: Request, page: asked.Page, images: Iterable[Image]) -> Response:
    here = f"{request.scheme}://{request.host}/"
    shown = list(images)[(page.number - 1) * page.size : page.number * page.size]
    document = {
        "page": page.number,
        "pageSize": page.size,
        "result": [image_document(image, here) for image in shown],
        "status": "OK",
    }
    return Response(flask.json.dumps(document), 200, content_type="application/json")
