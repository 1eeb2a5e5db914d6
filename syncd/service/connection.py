"""One connection: HTTP/1.1 as h11 reads and writes it, over a socket whose every wait has an end."""

from __future__ import annotations

import math
import select
import socket
from collections.abc import Iterator, Mapping
from typing import Any

import h11
import httpx

from syncd.model.clock import Clock

_LARGEST_HEAD = 100 * 1024
"""Bytes of an answer's head, or of one chunk's."""

_START = b"HTTP/"
_CHUNK = 64 * 1024
_SLICE = 256 * 1024
"""Bytes that must pass within one write timeout."""

_LAST_LOOK = 1.0
"""Seconds for an answer that a server may have given before it stopped reading."""


class Connection:
    """A socket to one origin, for one request after the other. Raises httpx's errors, and h11's for bad HTTP.

    After an error it is of no more use than to be closed.
    """

    def __init__(self, connected: socket.socket, clock: Clock) -> None:
        self._socket = connected
        self._clock = clock
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LARGEST_HEAD)
        self._timeouts: Mapping[str, float | None] = {}
        self._patience = self._deadline = math.inf
        self._heard = False

    def exchange(self, request: httpx.Request) -> h11.Response:
        """Send a request and return the head of its answer."""
        self._timeouts = request.extensions.get("timeout", {})
        self._patience = request.extensions.get("patience", math.inf)
        self._heard = False
        self._wait_for(self._patience)
        try:
            self._send(request)
        except (httpx.WriteError, httpx.WriteTimeout) as fault:
            # A 413 may already wait there.
            return self._answer_despite(fault)
        return self._head()

    def body(self) -> Iterator[bytes]:
        """Yield the body of the answer as it comes."""
        while not isinstance(event := self._next(), h11.EndOfMessage):
            if isinstance(event, h11.Data):
                yield bytes(event.data)

    def begin_anew(self) -> bool:
        """Get ready for another request; False where there can be none, or something came beyond the answer."""
        over = self._http.our_state is h11.DONE and self._http.their_state is h11.DONE
        # What came beyond the answer, and whether the end of the connection did, which an answer need not announce.
        if not over or any(self._http.trailing_data):
            return False
        self._http.start_next_cycle()
        return True

    @property
    def is_silent(self) -> bool:
        """Whether nothing came, nor the end: what is there before a request does not answer it."""
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        return not poll.poll(0)

    def close(self) -> None:
        """End it."""
        self._socket.close()

    def _send(self, request: httpx.Request) -> None:
        self._socket.settimeout(self._timeouts.get("write"))
        head = h11.Request(method=request.method, target=request.url.raw_path, headers=request.headers.raw)
        pieces = [self._http.send(head) or b""]
        for part in _parts(request):
            pieces += self._http.send_with_data_passthrough(h11.Data(data=part)) or ()
        # What is small goes out in one piece: each wakes the other side.
        for piece in [b"".join(pieces)] if sum(map(len, pieces)) <= _SLICE else pieces:
            self._write(piece)
        # Not before it is out: half a request must not seem to be one, or its connection would be used again.
        self._http.send(h11.EndOfMessage())

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        try:
            for start in range(0, len(view), _SLICE):
                self._socket.sendall(view[start : start + _SLICE])
                self._wait_for(self._patience)
        except TimeoutError as fault:
            self._wait_for(_LAST_LOOK)
            raise httpx.WriteTimeout(str(fault)) from fault
        except OSError as fault:
            raise httpx.WriteError(str(fault)) from fault

    def _wait_for(self, seconds: float) -> None:
        """Count the answer's time from here: bytes of ours went out, and what answers them is still to come."""
        self._deadline = self._clock.now().uptime + seconds

    def _answer_despite(self, fault: httpx.TransportError) -> h11.Response:
        try:
            return self._head()
        except (httpx.TransportError, h11.ProtocolError):
            raise fault from None

    def _head(self) -> h11.Response:
        while not isinstance(event := self._next(), h11.Response):
            if not isinstance(event, h11.InformationalResponse):
                raise httpx.RemoteProtocolError("the connection ended before the answer")
        return event

    def _next(self) -> Any:  # noqa: ANN401 - h11 names no type for all that may come
        while (event := self._http.next_event()) is h11.NEED_DATA:
            self._http.receive_data(self._read())
        return event

    def _read(self) -> bytes:
        left = self._deadline - self._clock.now().uptime
        if left <= 0:
            raise httpx.ReadTimeout("the answer took too long")
        limit = min(left, self._timeouts.get("read") or math.inf)
        try:
            # A socket waits for ever when its timeout is infinite.
            self._socket.settimeout(None if limit == math.inf else limit)
            data = self._socket.recv(_CHUNK)
        except TimeoutError as fault:
            raise httpx.ReadTimeout(str(fault)) from fault
        except OSError as fault:
            raise httpx.ReadError(str(fault)) from fault
        # What is no HTTP may stop in the midst of a line, and would be waited for.
        if not self._heard and not data.startswith(_START[: len(data)]):
            raise httpx.RemoteProtocolError("what came is not the start of an answer")
        self._heard = True
        return data


def _parts(request: httpx.Request) -> Iterator[bytes]:
    if not isinstance(request.stream, httpx.SyncByteStream):
        raise TypeError("a request of this transport has a synchronous body")
    return iter(request.stream)
