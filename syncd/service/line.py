"""One request out, one answer in: paced, through the gate, read up to a cap. Never repeated, never redirected."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import cast

import httpx

from syncd.model.names import shown_text
from syncd.service.gate import Gate
from syncd.service.pace import Pace

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class Fault(Enum):
    """Why an answer's body is not there."""

    CUT = auto()
    LATE = auto()
    OVERLONG = auto()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `body` None: `fault` says why. `secret` is what no message may quote."""

    status: int
    headers: httpx.Headers = field(repr=False)
    body: bytes | None = field(repr=False)
    fault: Fault | None = None
    secret: str = field(default="", repr=False)

    @property
    def ok(self) -> bool:
        """Whether the status is a success."""
        return 200 <= self.status < 300

    @property
    def congested(self) -> bool:
        """Whether the status says that less at once would be better."""
        return self.status == 429 or self.status >= 500 or self.fault is Fault.LATE


class Silence(Exception):
    """No answer came. `began`: bytes of the request may have taken effect; does not leave this package."""

    def __init__(self, words: str, *, began: bool, timed_out: bool) -> None:
        super().__init__(words)
        self.words = words
        self.began = began
        self.timed_out = timed_out


@dataclass(frozen=True, slots=True)
class Line:
    """A transport behind the gate and the paces that all lines of a service share."""

    transport: httpx.BaseTransport
    gate: Gate
    requests: Pace
    bytes: Pace

    def exchange(
        self, build: Callable[[], httpx.Request], *, cap: int, sent: int = 0, held: int = 0, secret: str = ""
    ) -> Answer:
        """Make one request. `sent` bytes count against the pace, `held` against the gate's budget.

        It is built once its turn has come: what `build` does is done just before the first byte is sent.
        """
        self.requests.take(1)
        self.bytes.take(sent)
        with self.gate.slot(held):
            try:
                answer = _exchange(self.transport, build(), cap, secret)
            except Silence as silence:
                self.gate.learn(congested=silence.timed_out)
                raise
            self.gate.learn(congested=answer.congested)
        return answer


def _exchange(transport: httpx.BaseTransport, request: httpx.Request, cap: int, secret: str) -> Answer:
    try:
        response = transport.handle_request(request)
    except Exception as fault:  # noqa: BLE001 - whatever a library raises here, the request's fate is what counts
        raise Silence(
            _reason(fault), began=not isinstance(fault, _NOT_SENT), timed_out=isinstance(fault, httpx.TimeoutException)
        ) from None
    stream = cast("httpx.SyncByteStream", response.stream)
    body, missing = _read(stream, cap)
    with suppress(Exception):  # the connection is not used again, and the answer is already read
        stream.close()
    return Answer(response.status_code, response.headers, body, missing, secret)


def _read(stream: httpx.SyncByteStream, cap: int) -> tuple[bytes | None, Fault | None]:
    """Read the body as it came; the status stands even where its body does not arrive whole."""
    chunks: list[bytes] = []
    size = 0
    try:
        for chunk in stream:
            size += len(chunk)
            if size > cap:
                return None, Fault.OVERLONG
            chunks.append(chunk)
    except httpx.TimeoutException:
        return None, Fault.LATE
    except Exception:  # noqa: BLE001 - as above: a body that breaks off is a cut body, whoever says so
        return None, Fault.CUT
    return b"".join(chunks), None


def _reason(fault: Exception) -> str:
    if isinstance(fault, httpx.TimeoutException):
        return "no answer in time"
    if isinstance(fault, httpx.ConnectError):
        return shown_text(str(fault), 200) or "no connection"
    # Other texts may quote the request's headers, and so the key.
    return "the connection broke off before the answer"
