"""The transport below httpx: connections kept between requests, vetted addresses, and an end to all of them.

A request's extensions may carry `patience` (seconds for the answer since the last byte sent) and `addresses`
(where to connect instead of asking the name again).
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cached_property
from weakref import WeakSet

import httpx

from syncd.model.clock import Clock
from syncd.service.connection import Connection

KEEPALIVE_SECONDS = 4
"""Below the five seconds after which many servers close an idle connection."""

_PORTS = {"http": 80, "https": 443}
_Origin = tuple[str, str, int]


class PoolTransport(httpx.BaseTransport):
    """HTTP/1.1 connections, of which up to `most` are kept; no retry, no redirect, no proxy.

    The context is made with the first request that needs it: loading the trusted certificates costs tens of
    milliseconds.
    """

    def __init__(self, most: int, context: Callable[[], ssl.SSLContext], clock: Clock) -> None:
        self._make_context = context
        self._clock = clock
        self._open = _Open()
        self._idle = _Idle(most, clock)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and return once the head of its answer is there; raises httpx's errors, or h11's."""
        origin = _origin(request.url)
        connection = self._idle.take(origin) or self._connect(origin, request)
        try:
            answer = connection.exchange(request)
        except BaseException:
            connection.close()
            raise
        stream = _Stream(connection, lambda: self._idle.keep(origin, connection))
        return httpx.Response(answer.status_code, headers=list(answer.headers), stream=stream)

    def close(self) -> None:
        """Close all connections; whoever waits for an answer on one finds it broken off."""
        # Closing alone wakes nobody: a thread that reads would wait on for the answer's whole time. And under TLS what
        # another thread still writes would go to whatever file has the socket's number by then.
        self._open.cut()
        self._idle.close()

    @cached_property
    def _context(self) -> ssl.SSLContext:
        context = self._make_context()
        context.set_alpn_protocols(["http/1.1"])
        return context

    def _connect(self, origin: _Origin, request: httpx.Request) -> Connection:
        *others, last = request.extensions.get("addresses", ()) or (origin[1],)
        timeout = request.extensions.get("timeout", {}).get("connect")
        for address in others:
            with suppress(httpx.ConnectError, httpx.ConnectTimeout):
                return self._connected(origin, address, timeout)
        return self._connected(origin, last, timeout)

    def _connected(self, origin: _Origin, address: str, timeout: float | None) -> Connection:
        scheme, host, port = origin
        try:
            plain = socket.create_connection((address, port), timeout)
            made = self._prepared(plain, host if scheme == "https" else None)
        except TimeoutError as fault:
            raise httpx.ConnectTimeout(str(fault)) from fault
        except OSError as fault:
            raise httpx.ConnectError(str(fault)) from fault
        return Connection(made, self._clock)

    def _prepared(self, plain: socket.socket, name: str | None) -> socket.socket:
        """Make it ready for requests; with a name, under TLS."""
        self._open.add(plain)
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            made = plain if name is None else self._context.wrap_socket(plain, server_hostname=name)
        except BaseException:
            plain.close()
            raise
        self._open.add(made)
        return made


class _Stream(httpx.SyncByteStream):
    """The body of an answer; once it is closed its connection is kept for the next request, or closed as well."""

    def __init__(self, connection: Connection, keep: Callable[[], None]) -> None:
        self._connection = connection
        self._keep = keep
        self._is_closed = False

    def __iter__(self) -> Iterator[bytes]:
        return self._connection.body()

    def close(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        if self._connection.begin_anew():
            self._keep()
        else:
            self._connection.close()


class _Idle:
    """The connections that wait for a request."""

    def __init__(self, most: int, clock: Clock) -> None:
        self._most = most
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: list[tuple[float, _Origin, Connection]] = []
        self._is_closed = False

    def take(self, origin: _Origin) -> Connection | None:
        """Return the one to an origin that was used last, and close those that waited for too long."""
        for connection in self._expired():
            connection.close()
        while (found := self._last(origin)) is not None and not found.is_silent:
            found.close()
        return found

    def _expired(self) -> list[Connection]:
        now = self._clock.now().uptime
        with self._lock:
            fresh = [each for each in self._waiting if 0 <= now - each[0] < KEEPALIVE_SECONDS]
            old = [each[2] for each in self._waiting if each not in fresh] if len(fresh) < len(self._waiting) else []
            self._waiting = fresh
        return old

    def _last(self, origin: _Origin) -> Connection | None:
        with self._lock:
            for place in reversed(range(len(self._waiting))):
                if self._waiting[place][1] == origin:
                    return self._waiting.pop(place)[2]
        return None

    def keep(self, origin: _Origin, connection: Connection) -> None:
        """Keep one for later, and close the oldest of too many; after the end it is closed itself."""
        with self._lock:
            self._waiting.append((self._clock.now().uptime, origin, connection))
            too_many = len(self._waiting) - (0 if self._is_closed else self._most)
            over = [self._waiting.pop(0) for _ in range(too_many)]
        for _, _, each in over:
            each.close()

    def close(self) -> None:
        """Close all, and all that would come."""
        with self._lock:
            self._is_closed = True
            waiting, self._waiting = self._waiting, []
        for _, _, connection in waiting:
            connection.close()


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


def _origin(url: httpx.URL) -> _Origin:
    if url.scheme not in _PORTS:
        raise httpx.UnsupportedProtocol(f"no {url.scheme} here")
    return url.scheme, url.raw_host.decode("ascii"), url.port or _PORTS[url.scheme]
