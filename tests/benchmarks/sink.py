"""The API with as little work as can be, in a process of its own: `python -m tests.benchmarks.sink SETS`.

What is measured beside it is the program, not the service: one thread, no framework, nothing looked at or kept of a
picture. Prints its base URL; then answers each line of its input: `requests` and `uploads` count since the start, and
`last` tells when the last upload had begun to arrive and when it was answered (seconds of `time.perf_counter`).
"""

import json
import re
import selectors
import socket
import sys
import time
from collections import defaultdict
from itertools import count

from tests.benchmarks.service import model

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
TARGET = re.compile(rb'\{"modelID": *"([^"]+)", *"type": *"(\w+)"\}')
LISTED = re.compile(r"/api/models/([^/]+)/images\?imageType=(\w+)&pageNum=(\d+)&pageSize=(\d+)")
ONE = re.compile(r"/api/models/([^/?]+)$")
WHEN = "2026-01-01T00:00:00.000Z"
TYPES = {"input": "modelInput"}


class Sets:
    """The images of each set, and what has been counted."""

    def __init__(self, models: int) -> None:
        self.models = {model(number) for number in range(models)}
        self.images: dict[tuple[str, str], list[dict[str, object]]] = defaultdict(list)
        self.numbers = count(1)
        self.requests = self.uploads = 0
        self.last = (0.0, 0.0)

    def answer(self, head: bytes, body: bytes) -> tuple[int, dict[str, object]]:
        method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
        self.requests += 1
        if method == "POST":
            return 200, self._upload(body)
        if found := LISTED.match(target):
            return 200, self._list(*found.groups())
        if (found := ONE.match(target)) and found[1] in self.models:
            document = {"id": found[1], "name": found[1], "status": "ready", "modelType": "person"}
            return 200, {"status": "OK", "result": document | {"createdAt": WHEN, "updatedAt": WHEN}}
        return 404, {"status": "NOK", "message": "there is none", "err": target, "result": None}

    def _upload(self, body: bytes) -> dict[str, object]:
        found = TARGET.search(body, max(0, len(body) - 4096))
        of, kind = found[1].decode(), found[2].decode()
        number = next(self.numbers)
        image = {"id": f"i{number:06}", "url": f"http://127.0.0.1/{number}", "modelID": of, "type": kind, "data": {}}
        self.images[of, kind].append(image | {"createdAt": WHEN, "updatedAt": WHEN, "liked": False})
        self.uploads += 1
        return {"status": "OK", "result": image}

    def _list(self, of: str, kind: str, page: str, size: str) -> dict[str, object]:
        images, start = self.images[of, TYPES.get(kind, kind)], (int(page) - 1) * int(size)
        return {"page": int(page), "pageSize": int(size), "result": images[start : start + int(size)], "status": "OK"}


class Connection:
    """One client: what came and is not answered yet."""

    def __init__(self, peer: socket.socket, sets: Sets) -> None:
        self._peer = peer
        self._sets = sets
        self._came = bytearray()
        self._began = 0.0

    def read(self) -> bool:
        """Take in what came, and answer what is whole; False: the client has gone."""
        data = self._peer.recv(1 << 18)
        if not self._came:
            self._began = time.perf_counter()
        self._came += data
        while self._answer():
            pass
        return bool(data)

    def _answer(self) -> bool:
        end = self._came.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = bytes(self._came[:end])
        found = LENGTH.search(head)
        whole = end + 4 + (int(found[1]) if found else 0)
        if len(self._came) < whole:
            return False
        status, document = self._sets.answer(head, bytes(self._came[end + 4 : whole]))
        del self._came[:whole]
        body = json.dumps(document).encode()
        start = f"HTTP/1.1 {status} .\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self._peer.sendall(start.encode() + body)
        if head.startswith(b"POST"):
            self._sets.last = self._began, time.perf_counter()
        return True


def told(sets: Sets, word: str) -> str:
    return " ".join(map(repr, sets.last)) if word == "last" else str(getattr(sets, word))


def serve(sets: Sets) -> None:
    """Serve until the input ends."""
    waiting = selectors.DefaultSelector()
    with socket.create_server(("127.0.0.1", 0), backlog=200) as server:
        tell(f"http://127.0.0.1:{server.getsockname()[1]}/api")
        waiting.register(server, selectors.EVENT_READ)
        waiting.register(sys.stdin, selectors.EVENT_READ, "input")
        while True:
            for ready, _ in waiting.select():
                if ready.data is None:
                    peer = server.accept()[0]
                    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    waiting.register(peer, selectors.EVENT_READ, Connection(peer, sets))
                elif ready.data == "input":
                    line = sys.stdin.readline()
                    if not line:
                        return
                    tell(told(sets, line.strip()))
                elif not ready.data.read():
                    waiting.unregister(ready.fileobj)
                    ready.fileobj.close()


def tell(fact: str) -> None:
    sys.stdout.write(f"{fact}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve(Sets(int(sys.argv[1])))
