"""The service as a WSGI application: who is let in, what is answered when something is wrong, and room for faults."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable
from functools import partial
from io import BytesIO
from typing import IO, TYPE_CHECKING

import flask
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from syncd.sandbox import openapi
from syncd.sandbox.answers import refusal
from syncd.sandbox.routes import ImageId, host_url, image_routes, model_routes, picture_routes
from syncd.sandbox.service import ImageService
from syncd.sandbox.values import REQUEST_BYTES, ApiError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PREFIX = "/api"
API_VERSION = "1"

Before = Callable[[Request], Response | None]
"""Sees a request first, without reading its body; what it answers is sent instead, and nothing takes effect."""

After = Callable[[Request, Response], Response | None]
"""Sees the true answer, when everything took effect; what it answers is sent instead."""


def create_app(service: ImageService, *, before: Before | None = None, after: After | None = None) -> WSGIApplication:
    """Return the service as a WSGI application, the API below `/api` and the pictures below `/files`.

    What `before` or `after` raise leaves the application as it is.
    """
    app = _Application(__name__, static_folder=None)
    app.url_map.merge_slashes = False
    app.url_map.converters["image_id"] = ImageId
    # Only for a request that does not say its length; `_admit` refuses the others.
    app.config["MAX_CONTENT_LENGTH"] = REQUEST_BYTES
    app.before_request(partial(_admit, service.api_key))
    app.register_error_handler(ApiError, _refused)
    app.register_error_handler(HTTPException, _failed)
    for routes in (model_routes(service), image_routes(service)):
        app.register_blueprint(routes, url_prefix=PREFIX)
    app.register_blueprint(picture_routes(service))
    app.add_url_rule(openapi.PATH, "openapi", lambda: openapi.document(f"{host_url()}{PREFIX[1:]}"), methods=["GET"])
    return _Hooked(app, before, after) if before or after else app


class _Request(flask.Request):
    def _get_file_stream(self, *_: object, **__: object) -> IO[bytes]:
        # A request is below 20 MB: memory is faster than the temporary file that would be made.
        return BytesIO()


class _Application(flask.Flask):
    request_class = _Request


class _Hooked:
    """Lets others answer in the service's place."""

    def __init__(self, app: WSGIApplication, before: Before | None, after: After | None) -> None:
        self._app = app
        self._before = before
        self._after = after

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if self._before and (answer := self._before(request)):
            return answer
        true = Response.from_app(self._app, request.environ, buffered=True)
        return (self._after and self._after(request, true)) or true


def _admit(api_key: str) -> None:
    request = flask.request
    if not request.path.startswith(f"{PREFIX}/"):
        return
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {api_key}".encode()):
        raise ApiError(401, "The API key is missing or invalid")
    if request.headers.get("API-Version") != API_VERSION:
        raise ApiError(400, f"The header API-Version is not {API_VERSION}")
    if (request.content_length or 0) >= REQUEST_BYTES:
        raise ApiError(413, f"The request is not below {REQUEST_BYTES} bytes")


def _refused(error: ApiError) -> tuple[dict[str, object], int]:
    return refusal(error.message, error.err), error.status


def _failed(error: HTTPException) -> Response:
    # The library's own answer keeps its headers (Allow, say); only its page is not for programs.
    answer = Response.force_type(error.get_response(flask.request.environ), flask.request.environ)
    document = refusal(error.description or error.name, error.name)
    answer.set_data(flask.json.dumps(document))
    answer.content_type = "application/json"
    return answer
