"""Everything that can come back over a wire instead of the true answer, by name."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from email.utils import formatdate

import httpx

from tests.campaigns.proxy import Fault, Turn, written
from tests.harness.answers import html, nok

DRIP_SECONDS = 0.04
ELSEWHERE = "http://192.0.2.1/portal"


def _instead(answer: Callable[[Turn], httpx.Response]) -> Fault:
    """Read the request, do nothing of it, answer this."""

    def act(turn: Turn) -> None:
        turn.body()
        turn.send(written(answer(turn)))
        turn.stays = True

    return act


def _bytes_instead(status: int, body: bytes, kind: str = "application/json", **headers: str) -> Fault:
    given = {"content-type": kind, **headers}
    return _instead(lambda _: httpx.Response(status, headers=given, content=body))


def _with_body(change: Callable[[bytes], bytes], *headers: str) -> Fault:
    """Do it, and answer with another body."""

    def act(turn: Turn) -> None:
        true = turn.true()
        turn.send(written(true, change(true.content), *headers))

    return act


def _raw(change: Callable[[httpx.Response], bytes], *, stays: bool = False) -> Fault:
    """Do it, and send these bytes, then close."""

    def act(turn: Turn) -> None:
        turn.send(change(turn.true()))
        turn.stays = stays

    return act


def _resets(how: Callable[[Turn], object]) -> Fault:
    def act(turn: Turn) -> None:
        how(turn)
        turn.reset()

    return act


def _hangs(how: Callable[[Turn], object]) -> Fault:
    def act(turn: Turn) -> None:
        how(turn)
        turn.pause()

    return act


def _drips(start: Callable[[bytes], int]) -> Fault:
    """Do it, and answer in time up to some byte, then byte by byte."""

    def act(turn: Turn) -> None:
        answer = written(turn.true())
        turn.send(answer[: start(answer)])
        for at in range(start(answer), len(answer)):
            if turn.pause(DRIP_SECONDS):
                return
            turn.send(answer[at : at + 1])

    return act


def _head_end(answer: bytes) -> int:
    return answer.index(b"\r\n\r\n") + 4


def _half_head(turn: Turn) -> None:
    turn.send(written(turn.true())[:20])


def _half_body(turn: Turn) -> None:
    answer = written(turn.true())
    turn.send(answer[: _head_end(answer) + (len(answer) - _head_end(answer)) // 2])


def _chunked(body: bytes, end: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"%x\r\n" % (len(body) + 5) + body[: len(body) // 2] + end


def _closed_length(true: httpx.Response) -> bytes:
    return b"HTTP/1.0 %d OK\r\nContent-Type: application/json\r\n\r\n" % true.status_code + true.content


def _changed(change: Callable[[dict], object]) -> Fault:
    def act(body: bytes) -> bytes:
        try:
            document = json.loads(body)
        except ValueError:
            return body  # a picture
        return json.dumps(change(document)).encode()

    return _with_body(act)


def _wrong_types(document: dict) -> dict:
    wrong = {"id": 7, "url": ["x"], "modelID": {}, "type": 3.5, "createdAt": True, "name": [], "status": {}}
    result = document.get("result")
    many = [wrong for _ in result] if isinstance(result, list) else wrong
    return {**document, "result": many, "page": "one", "pageSize": {}}


def _another(document: dict) -> dict:
    result = document.get("result")
    changed = [{**one, "id": "x" + one["id"]} for one in result] if isinstance(result, list) else None
    return {**document, "result": changed or {**(result or {}), "id": "somebody-elses"}}


def _early(answer: httpx.Response) -> Fault:
    """Answer at the head of the request, and read no more of it."""
    return lambda turn: turn.send(written(answer, None, "Connection: close"))


def _quoting_the_key(status: int) -> Fault:
    return _instead(lambda turn: nok(status, f"no such key: {turn.key}, sent as Bearer {turn.key}"))


def _two(true: httpx.Response) -> bytes:
    poison = b'{"status":"OK","page":1,"pageSize":20,"result":[]}'
    return written(true) + written(httpx.Response(200, headers={"content-type": "application/json"}), poison)


def _then_closed(turn: Turn) -> None:
    turn.send(written(turn.true(), None, "Connection: keep-alive"))


SILENT: dict[str, Fault] = {
    "reset before the request is read": _resets(lambda _: None),
    "reset in the request": _resets(Turn.half),
    "reset before the answer": _resets(Turn.true),
    "reset in the answer's head": _resets(_half_head),
    "reset in the answer's body": _resets(_half_body),
    "closed before the request is read": lambda _: None,
    "closed before the answer": Turn.true,
    "keep-alive, closed before the next request": _then_closed,
}
HANGING: dict[str, Fault] = {
    "hang: nothing is read": _hangs(lambda _: None),
    "hang: read, not done": _hangs(Turn.body),
    "hang: done, not answered": _hangs(Turn.true),
    "hang in the answer's head": _hangs(_half_head),
    "hang in the answer's body": _hangs(_half_body),
    "slow head": _drips(lambda _: 9),
    "slow body": _drips(_head_end),
}
BENT: dict[str, Fault] = {
    "JSON cut": _with_body(lambda body: body[: len(body) // 2]),
    "shorter than Content-Length": _raw(lambda true: written(true, length=len(true.content) + 50)),
    "longer than Content-Length": _raw(lambda true: written(true, length=max(0, len(true.content) - 5)), stays=True),
    "chunked, cut": _raw(lambda true: _chunked(true.content, b"")),
    "chunked, garbage": _raw(lambda true: _chunked(true.content, b"zz\r\n!!\r\n")),
    "gzip although not asked": _with_body(gzip.compress, "Content-Encoding: gzip"),
    "wrong types": _changed(_wrong_types),
    "another's id": _changed(_another),
    "NaN": _changed(lambda document: {**document, "page": float("nan"), "pageSize": float("inf")}),
    "duplicate keys": _with_body(lambda body: body.rstrip()[:-1] + b',"result":null}'),
    "invalid UTF-8": _with_body(lambda body: body.replace(b"OK", b"O\xff\xfe")),
    "byte order mark": _with_body(lambda body: b"\xef\xbb\xbf" + body),
    "UTF-16": _with_body(lambda body: body.decode("latin-1").encode("utf-16")),
    "status NOK": _changed(lambda document: {**document, "status": "NOK"}),
    "100 Continue, many times": _raw(lambda true: b"HTTP/1.1 100 Continue\r\n\r\n" * 20 + written(true), stays=True),
    "junk before the answer": _raw(lambda true: b"\0\0ICY 200 what?\r\n\r\n" + written(true)),
    "two answers": _raw(_two, stays=True),
    "HTTP/1.0, closed": _raw(_closed_length),
    "a megabyte of headers": _raw(lambda true: written(true, None, *("X-Junk: " + "x" * 1000 for _ in range(1000)))),
}
"""It was done, and the answer is not as it should be."""
SHAPELESS: dict[str, Fault] = {
    "HTML 200": _instead(lambda _: html(200)),
    "HTML 404": _instead(lambda _: html(404)),
    "HTML 403": _instead(lambda _: html(403)),
    "HTML 400": _instead(lambda _: html(400)),
    "HTML 502": _instead(lambda _: html(502)),
    "HTML 503": _instead(lambda _: html(503)),
    "empty 200": _bytes_instead(200, b""),
    "204": _instead(lambda _: httpx.Response(204)),
    "301 to elsewhere": _bytes_instead(301, b"", "text/html", location=ELSEWHERE),
    "302 to a portal": _bytes_instead(302, b"moved", "text/html", location=ELSEWHERE),
    "307 to itself": _bytes_instead(307, b"", "text/html", location="/api/ping"),
    "a megabyte of garbage": _bytes_instead(200, bytes(range(256)) * 4096),
    "five megabytes of blanks": _bytes_instead(200, b" " * 5_000_000),
    "deep JSON": _bytes_instead(200, b"[" * 200_000),
    "deep objects": _bytes_instead(200, b'{"result":' * 100_000),
    "a list": _bytes_instead(200, b"[1, 2, 3]"),
    "a number": _bytes_instead(200, b"1" * 10_000),
    "null": _bytes_instead(200, b"null"),
}
"""Nothing was done, and what comes is no answer of the service."""
LATER: dict[str, Fault] = {
    **{f"{status} JSON": _instead(lambda _, status=status: nok(status, "busy")) for status in range(500, 505)},
    "429 with seconds": _instead(lambda _: nok(429, "slow", Retry_After="3")),
    "429 with a date": _instead(lambda _: nok(429, "slow", Retry_After=formatdate(4e9, usegmt=True))),
    "429 with garbage": _instead(lambda _: nok(429, "slow", Retry_After="soon, -1; \t")),
    "429 with a huge number": _instead(lambda _: nok(429, "slow", Retry_After="9" * 400)),
    "409": _instead(lambda _: nok(409, "conflict")),
    "500 that quotes the key": _quoting_the_key(500),
}
KEYLESS: dict[str, Fault] = {
    "401 HTML": _instead(lambda _: html(401)),
    "401 JSON": _instead(lambda _: nok(401, "who are you")),
    "401 that quotes the key": _quoting_the_key(401),
    "403 JSON": _instead(lambda _: nok(403, "not you")),
}
NOT_FOUND: dict[str, Fault] = {"404 JSON": _instead(lambda _: nok(404, "no such thing"))}
REFUSED: dict[str, Fault] = {
    "400 that quotes the key": _quoting_the_key(400),
    "413 before the body is read": _early(html(413)),
    "415": _instead(lambda _: nok(415, "not this")),
    "422": _instead(lambda _: nok(422, "not so")),
}
KINDS = {**SILENT, **HANGING, **BENT, **SHAPELESS, **LATER, **KEYLESS, **NOT_FOUND, **REFUSED}
