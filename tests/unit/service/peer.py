"""A peer of real sockets that answers each connection as told, byte by byte; and what the tests say to it."""

import json
import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterable

from syncd.model.sets import ImageType, SetKey
from syncd.model.time import Instant

KEY = "sk-very-secret-0123456789"
SET = SetKey("m42", ImageType.MODEL_INPUT)
LENGTH = re.compile(rb"(?i)content-length: *(\d+)")


class StillClock:
    """A clock that moves only when someone sleeps."""

    def __init__(self, uptime=1000.0, wall=1_800_000_000.0):
        self.uptime = uptime
        self.wall = wall
        self.naps = []

    def now(self):
        return Instant(self.wall, "boot", self.uptime)

    def sleep(self, seconds):
        self.naps.append(seconds)
        self.uptime += seconds


class Peer:
    """Plays one act a connection, the last one again and again; keeps what it was sent."""

    def __init__(self, *acts: Callable[["Talk"], None], tls: ssl.SSLContext | None = None):
        self.acts = list(acts)
        self.heard: list[bytes] = []
        self.over = threading.Event()
        self.tls = tls
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.threads = [threading.Thread(target=self._accept)]
        self.threads[0].start()

    def _accept(self):
        while True:
            connection, _ = self.listener.accept()
            if self.over.is_set():
                connection.close()
                return
            act = self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]
            thread = threading.Thread(target=self._play, args=(act, connection))
            self.threads.append(thread)
            thread.start()

    def _play(self, act, connection):
        try:
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            with connection:
                act(Talk(self, connection))
        except OSError:
            pass  # the client went away, which some tests want
        finally:
            connection.close()

    def close(self):
        self.over.set()
        socket.create_connection(("127.0.0.1", self.port)).close()
        for thread in self.threads:
            thread.join()
        self.listener.close()


class Talk:
    def __init__(self, peer: Peer, connection: socket.socket):
        self.peer = peer
        self.socket = connection
        self.rest = b""

    def head(self) -> bytes:
        while b"\r\n\r\n" not in self.rest:
            if not (more := self.socket.recv(65536)):
                raise ConnectionError
            self.rest += more
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        return head

    def request(self) -> bytes:
        head = self.head()
        length = int(found[1]) if (found := LENGTH.search(head)) else 0
        while len(self.rest) < length:
            if not (more := self.socket.recv(1 << 20)):
                raise ConnectionError
            self.rest += more
        body, self.rest = self.rest[:length], self.rest[length:]
        self.peer.heard.append(head + b"\r\n\r\n" + body)
        return body


def response(status: int, body: bytes = b"", *headers: str, length: int | None = None) -> bytes:
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def document(result: object = None, status: int = 200, **more: object) -> bytes:
    return response(status, json.dumps({"result": result, "status": "OK", **more}).encode())


def nok(status: int, message: str = "no") -> bytes:
    return response(status, json.dumps({"status": "NOK", "message": message, "err": None, "result": None}).encode())


def says(*answers: bytes):
    """Answer the requests of one connection in turn, then close it, which the last answer tells."""
    *others, last = answers
    last = last.replace(b"\r\nContent-Length", b"\r\nConnection: close\r\nContent-Length", 1)

    def act(talk):
        for answer in (*others, last):
            talk.request()
            talk.socket.sendall(answer)

    return act


def hangs(talk):
    talk.request()
    talk.peer.over.wait()


def never_reads(talk):
    talk.peer.over.wait()


def resets(talk):
    talk.request()
    _reset(talk)


def resets_in_the_body(talk):
    talk.head()
    _reset(talk)


def _reset(talk):
    talk.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def closes(talk):
    talk.request()


def answers_early(answer: bytes, *, stays: bool):
    """Answer at the head of the request without reading its body."""

    def act(talk):
        talk.peer.heard.append(talk.head())
        talk.socket.sendall(answer)
        if stays:
            talk.peer.over.wait()

    return act


def drips(start: bytes, drops: Iterable[bytes]):
    """Send a start, then drop by drop, always before a read times out."""

    def act(talk):
        talk.request()
        talk.socket.sendall(start)
        for drop in drops:
            if talk.peer.over.wait(0.03):
                return
            talk.socket.sendall(drop)

    return act
