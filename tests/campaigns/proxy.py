"""A proxy on a real socket in front of the sandbox, which can do to one endpoint whatever a network can."""

from __future__ import annotations

import math
import re
import socket
import struct
import threading
from collections.abc import Callable

import httpx

from tests.harness.remote import BASE, Remote

_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
_HARNESS = BASE.removesuffix("/api").encode()
_HOP = {"connection", "transfer-encoding", "content-length", "date", "server"}


class Turn:
    """One request on its connection. `true` lets it take effect and returns the answer; `stays`: more may follow."""

    def __init__(self, proxy: Proxy, connection: socket.socket, head: bytes, rest: bytes) -> None:
        self._proxy, self._connection = proxy, connection
        self._head, self.rest = head, rest
        self.stays = False

    @property
    def key(self) -> str:
        """The key that came with the request; empty for a picture's."""
        found = re.search(rb"(?i)\r\nauthorization: bearer ([^\r]+)", self._head)
        return found[1].decode() if found else ""

    def body(self) -> bytes:
        """Read the request to its end."""
        found = _LENGTH.search(self._head)
        length = int(found[1]) if found else 0
        while len(self.rest) < length:
            self.rest += self._more()
        body, self.rest = self.rest[:length], self.rest[length:]
        return body

    def true(self) -> httpx.Response:
        answer = self._proxy.remote.handle_request(self._request(self.body()))
        # What the harness lists, it lists as if it lay at its own address.
        body = answer.read().replace(_HARNESS, self._proxy.origin.encode())
        return httpx.Response(answer.status_code, headers=answer.headers, content=body)

    def peek(self) -> httpx.Request:
        return self._request(b"")

    def send(self, data: bytes) -> None:
        self._connection.sendall(data)

    def half(self) -> None:
        """Read a little of the body, where there is one, and no more."""
        if not self.rest and _LENGTH.search(self._head):
            self._more()

    def reset(self) -> None:
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def pause(self, seconds: float | None = None) -> bool:
        """Keep still, for ever or so long; True when the proxy ends."""
        return self._proxy.over.wait(seconds)

    def _more(self) -> bytes:
        more = self._connection.recv(1 << 16)
        if not more:
            raise ConnectionError
        return more

    def _request(self, body: bytes) -> httpx.Request:
        first, *lines = self._head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ")
        headers = [tuple(line.split(": ", 1)) for line in lines]
        return httpx.Request(method, f"{self._proxy.origin}{target}", headers=headers, content=body)


Fault = Callable[[Turn], None]


def written(answer: httpx.Response, body: bytes | None = None, *more: str, length: int | None = None) -> bytes:
    """Write an answer as bytes; another body or length on demand."""
    body = answer.content if body is None else body
    kept = [f"{name}: {value}" for name, value in answer.headers.items() if name not in _HOP]
    lines = [f"HTTP/1.1 {answer.status_code} X", *kept, *more]
    lines.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


class Proxy:
    """Carries everything to the sandbox but for `times` requests to `endpoint`, which end as `fault` says.

    `requests` counts all that came, `faulted` those that were struck.
    """

    def __init__(self, remote: Remote, endpoint: str = "", fault: Fault | None = None, times: float = 0) -> None:
        self.remote, self._endpoint, self._fault, self._left = remote, endpoint, fault, times
        self.closes_after = math.inf
        self.requests = 0
        self.faulted = 0
        self.over = threading.Event()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.origin = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def listen_for(self, requests: int) -> None:
        """Answer so many requests, then refuse whoever comes."""
        self.closes_after = requests
        if not requests:
            self._deaf()

    def close(self) -> None:
        self.over.set()
        self._deaf()
        for one in self._open:
            _end(one)
        for thread in self._threads:
            thread.join()

    def _deaf(self) -> None:
        _end(self._listener)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            thread = threading.Thread(target=self._talk, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _talk(self, connection: socket.socket) -> None:
        rest = b""
        try:
            with connection:
                while (rest := self._turn(connection, rest)) is not None:
                    pass
        except (OSError, ValueError, httpx.TransportError):
            return  # the other side went away, which is its right; or the harness gives no answer

    def _turn(self, connection: socket.socket, rest: bytes) -> bytes | None:
        while b"\r\n\r\n" not in rest:
            more = connection.recv(1 << 16)
            if not more:
                return None
            rest += more
        head, _, rest = rest.partition(b"\r\n\r\n")
        turn = Turn(self, connection, head, rest)
        if self._struck(turn):
            self._fault(turn)
            return turn.rest if turn.stays else None
        answer = written(turn.true())
        self.requests += 1
        last = self.requests >= self.closes_after
        if last:
            self._deaf()
        turn.send(answer)
        return None if last else turn.rest

    def _struck(self, turn: Turn) -> bool:
        kind, _ = self.remote._classify(turn.peek())
        with self._lock:
            if kind != self._endpoint or self._left <= 0:
                return False
            self._left -= 1
            self.faulted += 1
            self.requests += 1
            return True


def _end(one: socket.socket) -> None:
    try:
        one.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
