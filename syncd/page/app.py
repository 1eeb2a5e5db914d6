"""The page as a WSGI application: `/`, `/metrics` and `/healthz`. It shows, and changes nothing."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import flask
from werkzeug.exceptions import HTTPException

from syncd.errors import StateError
from syncd.page import admission
from syncd.page.health import health
from syncd.page.metrics import CONTENT_TYPE, metrics
from syncd.page.outlook import Outlook
from syncd.page.view import view

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_HEADERS = {
    # Nothing runs, nothing is fetched from elsewhere, and no other page may show this one inside its own.
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def create_app(outlook: Outlook, token: str | None = None) -> WSGIApplication:
    """Return the application. With a token, only who sends it is let in."""
    app = flask.Flask(__name__, static_folder=None)
    app.before_request(partial(_admit, token))
    app.after_request(_guarded)
    app.register_error_handler(HTTPException, _plain)
    app.register_error_handler(StateError, _unread)
    app.add_url_rule("/", "page", lambda: flask.render_template("page.html", **view(outlook)))
    app.add_url_rule("/style.css", "style", _style)
    app.add_url_rule("/metrics", "metrics", lambda: _metrics(outlook))
    app.add_url_rule("/healthz", "healthz", lambda: health(outlook))
    return app


def _admit(token: str | None) -> None:
    if (refused := admission.refusal(flask.request, token)) is not None:
        raise refused


def _style() -> flask.Response:
    return flask.Response(flask.render_template("style.css"), content_type="text/css; charset=utf-8")


def _metrics(outlook: Outlook) -> flask.Response:
    found = metrics(outlook.facts(), alive=not outlook.ailment())
    return flask.Response(found, content_type=CONTENT_TYPE)


def _guarded(response: flask.Response) -> flask.Response:
    response.headers.update(_HEADERS)
    return response


def _plain(error: HTTPException) -> flask.typing.ResponseReturnValue:
    if error.response is not None:
        return error.response
    words = f"{error.code} {error.name}. {error.description or ''}".rstrip()
    return flask.Response(f"{words}\n", error.code, content_type="text/plain; charset=utf-8")


def _unread(error: StateError) -> flask.Response:
    words = f"The state cannot be read: {error.message}\n{error.remedy}\n"
    return flask.Response(words, 503, content_type="text/plain; charset=utf-8")
