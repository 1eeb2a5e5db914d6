"""The page as a WSGI application: `/`, `/metrics` and `/healthz`. It shows, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import flask
from werkzeug.exceptions import HTTPException

from syncd.errors import ConfigError, StateError
from syncd.page import admission
from syncd.page.health import health
from syncd.page.metrics import CONTENT_TYPE, metrics
from syncd.page.outlook import Outlook
from syncd.page.view import view

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication
    from flask.typing import ResponseReturnValue

RENEW_SECONDS = 15
"""After so long a browser asks for the page again, and for one that could not be had."""

_HEADERS = {
    # Nothing runs, nothing is fetched from elsewhere, and no other page may show this one inside its own.
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def create_app(outlook: Outlook, token: Callable[[], str] | None = None) -> WSGIApplication:
    """Return the application. With a token, which may change, only who sends it is let in."""
    app = flask.Flask(__name__, static_folder=None)
    app.before_request(partial(_admit, token))
    app.after_request(_guarded)
    app.register_error_handler(HTTPException, _plain)
    app.register_error_handler(StateError, _unread)
    app.register_error_handler(ConfigError, _locked)
    routes: dict[str, Callable[[Outlook], ResponseReturnValue]]
    routes = {"/": _page, "/style.css": _style, "/metrics": _metrics, "/healthz": health}
    for path, answer in routes.items():
        app.add_url_rule(path, path, partial(answer, outlook), provide_automatic_options=False)
    return app


def _admit(token: Callable[[], str] | None) -> None:
    if (refused := admission.refusal(flask.request, None if token is None else token())) is not None:
        raise refused


def _page(outlook: Outlook) -> flask.Response:
    still = "still" in flask.request.args
    answer = flask.Response(flask.render_template("page.html", **view(outlook), still=still, seconds=RENEW_SECONDS))
    return answer if still else _renewed(answer)


def _renewed(answer: flask.Response) -> flask.Response:
    answer.headers["Refresh"] = str(RENEW_SECONDS)
    return answer


def _style(_: Outlook) -> flask.Response:
    return flask.Response(flask.render_template("style.css"), content_type="text/css; charset=utf-8")


def _metrics(outlook: Outlook) -> flask.Response:
    found = metrics(outlook.facts(), alive=not outlook.ailment())
    return flask.Response(found, content_type=CONTENT_TYPE)


def _guarded(response: flask.Response) -> flask.Response:
    response.headers.update(_HEADERS)
    return response


def _plain(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None:
        return error.response
    words = f"{error.code} {error.name}. {error.description or ''}".rstrip()
    return flask.Response(f"{words}\n", error.code, content_type="text/plain; charset=utf-8")


def _unread(error: StateError) -> flask.Response:
    words = f"The state cannot be read: {error.message}\n{error.remedy}\n"
    return _renewed(flask.Response(words, 503, content_type="text/plain; charset=utf-8"))


def _locked(_: ConfigError) -> flask.Response:
    words = "The token of status.token_file cannot be read, so nobody is let in.\n"
    return flask.Response(words, 503, content_type="text/plain; charset=utf-8")
