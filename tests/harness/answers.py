"""What may come back instead of the true answer, by name."""

from __future__ import annotations

import json

import httpx

HTML = b"<html><body>Welcome to this network. Please log in.</body></html>"


def nok(status: int, message: str = "no", **headers: str) -> httpx.Response:
    body = {"status": "NOK", "message": message, "err": message, "result": None}
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, headers={"content-type": "application/json", **names}, content=json.dumps(body))


def html(status: int) -> httpx.Response:
    return httpx.Response(status, headers={"content-type": "text/html"}, content=HTML)


class _Cut(httpx.SyncByteStream):
    def __init__(self, start: bytes) -> None:
        self._start = start

    def __iter__(self):
        yield self._start
        raise httpx.ReadError("reset")


def cut(true: httpx.Response) -> httpx.Response:
    body = true.read()
    return httpx.Response(true.status_code, headers={"content-type": "application/json"}, stream=_Cut(body[:9]))


def _raise(error: Exception):
    raise error


BEFORE = {
    "not sent": lambda: _raise(httpx.ConnectError("connection refused")),
    "no answer": lambda: _raise(httpx.ReadTimeout("no answer")),
    "html 200": lambda: html(200),
    "502 before effect": lambda: html(502),
    "503": lambda: nok(503, "busy"),
    "429 with Retry-After": lambda: nok(429, "slow down", Retry_After="7"),
    "401": lambda: nok(401, "the key is invalid"),
    "403": lambda: nok(403, "the key is invalid"),
    "404": lambda: nok(404, "no such thing"),
    "404 html": lambda: html(404),
    "413": lambda: html(413),
    "400": lambda: nok(400, "this is no picture"),
    "409": lambda: nok(409, "conflict"),
    "shapeless before effect": lambda: httpx.Response(200, json=["what"]),
}
"""Nothing took effect."""

AFTER = {
    "lost answer": lambda _: _raise(httpx.ReadTimeout("no answer")),
    "reset": lambda _: _raise(httpx.ReadError("reset by peer")),
    "cut": cut,
    "502 after effect": lambda _: html(502),
    "html after effect": lambda _: html(200),
    "shapeless": lambda _: httpx.Response(200, json={"status": "OK", "result": {}}),
}
"""It took effect, and the answer does not tell."""

LATE = "late"
"""No answer, and the effect comes when `deliver` is called."""

REPLAYED = "replayed"
"""Nothing took effect, and the answer is that of the upload before."""

TWICE = {"twice": lambda true: true, "twice, answer lost": AFTER["lost answer"]}
"""A proxy repeats what it carries: it takes effect two times."""
