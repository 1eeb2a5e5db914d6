"""Sockets below httpx: a deadline for the whole answer, vetted addresses, bodies written without copying.

A request's extensions may carry `patience` (seconds for the answer since the last byte sent) and `addresses`
(where to connect instead of asking the name again). Both hold for the thread that makes the request.
"""

from __future__ import annotations

import math
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any
from weakref import WeakSet

import httpcore
import httpx

from syncd.model.clock import Clock

KEEPALIVE_SECONDS = 4
"""Below the five seconds after which many servers close an idle connection."""

_SLICE = 256 * 1024
"""Bytes that must pass within one write timeout."""

_START = b"HTTP/"

_LAST_LOOK = 1.0
"""Seconds for an answer that a server may have given before it stopped reading."""


class PoolTransport(httpx.BaseTransport):
    """Pooled HTTP/1.1 connections; no retry, no redirect, no proxy.

    The context is made with the first request: loading the trusted certificates costs tens of milliseconds.
    """

    def __init__(self, connections: int, context: Callable[[], ssl.SSLContext], clock: Clock) -> None:
        self._connections = connections
        self._context = context
        self._call = _Call(clock)
        self._open = _Open()
        self._lock = threading.Lock()
        self._pool: httpcore.ConnectionPool | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and return once the head of its answer is there; raises httpcore's errors."""
        self._call.begin(request.extensions)
        url = request.url
        answer = self._opened().handle_request(
            httpcore.Request(
                request.method,
                httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=_parts(request.stream),
                extensions=request.extensions,
            )
        )
        if not self._call.heard:
            answer.close()
            raise httpcore.RemoteProtocolError("the answer was there before its request")
        return httpx.Response(answer.status, headers=answer.headers, stream=_Stream(answer))

    def close(self) -> None:
        """Close all connections; whoever waits for an answer on one finds it broken off."""
        # Closing alone wakes nobody: a thread that reads would wait on for the answer's whole time. And under TLS what
        # another thread still writes would go to whatever file has the socket's number by then.
        self._open.cut()
        with self._lock:
            pool = self._pool
        for one in pool.connections if pool is not None else ():
            if one.is_idle():
                one.close()

    def _opened(self) -> httpcore.ConnectionPool:
        with self._lock:
            if self._pool is None:
                self._pool = httpcore.ConnectionPool(
                    ssl_context=self._context(),
                    max_connections=self._connections,
                    max_keepalive_connections=self._connections,
                    keepalive_expiry=KEEPALIVE_SECONDS,
                    retries=0,
                    network_backend=_Backend(self._call, self._open),
                )
            return self._pool


class _Call(threading.local):
    """The request that this thread is making."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._patience = math.inf
        self._deadline = math.inf
        self.addresses: Sequence[str] = ()
        self.heard = False

    def begin(self, extensions: Mapping[str, Any]) -> None:
        self._patience = extensions.get("patience", math.inf)
        self.addresses = extensions.get("addresses", ())
        self.renew()

    def renew(self, patience: float | None = None) -> None:
        """Count anew: bytes of ours went out. What answers them is still to come."""
        self.heard = False
        self._deadline = self._clock.now().uptime + (self._patience if patience is None else patience)

    def hear(self, data: bytes) -> None:
        """Take in what came; an answer starts as answers do, not as the rest of what another request was told."""
        if not self.heard and not data.startswith(_START[: len(data)]):
            raise httpcore.RemoteProtocolError("what came is not the start of an answer")
        self.heard = True

    def within(self, timeout: float | None) -> float:
        """Return the timeout for one read, cut to what is left of the answer's time."""
        left = self._deadline - self._clock.now().uptime
        if left <= 0:
            raise httpcore.ReadTimeout("the answer took too long")
        return left if timeout is None else min(timeout, left)


class _Stream(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        return self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


class _Open:
    """The sockets in use."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sockets: WeakSet[socket.socket] = WeakSet()
        self._is_cut = False

    def add(self, one: socket.socket) -> None:
        """Count one in; after the cut it is ended at once."""
        with self._lock:
            self._sockets.add(one)
            if self._is_cut:
                _end(one)

    def cut(self) -> None:
        """End them for both sides, from whatever thread; each is closed by the thread that uses it."""
        with self._lock:
            self._is_cut = True
            for one in self._sockets:
                _end(one)


def _end(one: socket.socket) -> None:
    # Where it is closed or was never connected there is nothing to end. TLS is not asked: it would wait.
    with suppress(OSError):
        socket.socket.shutdown(one, socket.SHUT_RDWR)


class _Socket(httpcore.NetworkStream):
    """A connection whose reads end with the answer's time, and answer what was written.

    The pool keeps what a server sent beyond its answer, and would take it for the answer to the next request.
    """

    def __init__(self, inner: httpcore.NetworkStream, call: _Call, in_use: _Open) -> None:
        self._inner = inner
        self._call = call
        self._in_use = in_use
        in_use.add(inner.get_extra_info("socket"))

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        # A socket waits for ever when its timeout is infinite.
        limit = self._call.within(timeout)
        data = self._inner.read(max_bytes, None if limit == math.inf else limit)
        self._call.hear(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        connection: socket.socket = self._inner.get_extra_info("socket")
        view = memoryview(buffer)
        try:
            for start in range(0, len(view), _SLICE):
                connection.settimeout(timeout)
                connection.sendall(view[start : start + _SLICE])
                self._call.renew()
        except TimeoutError as fault:
            # The pool goes on to read the answer after a WriteError: a 413 may already wait there.
            self._call.renew(_LAST_LOOK)
            raise httpcore.WriteError(str(fault)) from fault
        except OSError as fault:
            raise httpcore.WriteError(str(fault)) from fault

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Socket(self._inner.start_tls(ssl_context, server_hostname, timeout), self._call, self._in_use)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - the signature is httpcore's
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    """Connects to the addresses of the call, one after the other; by name where it has none."""

    def __init__(self, call: _Call, in_use: _Open) -> None:
        self._call = call
        self._in_use = in_use
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        *others, last = self._call.addresses or (host,)
        for address in others:
            try:
                return self._connect(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return self._connect(last, port, timeout, local_address, socket_options)

    def _connect(
        self,
        address: str,
        port: int,
        timeout: float | None,
        local_address: str | None,
        options: Iterable[httpcore.SOCKET_OPTION] | None,
    ) -> httpcore.NetworkStream:
        inner = self._inner.connect_tcp(address, port, timeout, local_address, options)
        return _Socket(inner, self._call, self._in_use)


def _parts(stream: httpx.SyncByteStream | httpx.AsyncByteStream) -> Iterable[bytes]:
    if not isinstance(stream, httpx.SyncByteStream):
        raise TypeError("a request of this transport has a synchronous body")
    return stream
