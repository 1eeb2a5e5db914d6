"""The laws, looked at whenever a POST or a DELETE arrives, not only at rest."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing

import httpx

LIMIT = 20
_PARTS = re.compile(
    rb"\r\n\r\n(.*)\r\n--[0-9a-f]+\r\nContent-Disposition: form-data; name=\"data\"\r\n\r\n(\{.*?\})", re.DOTALL
)


class Checks:
    """Collects what broke a law. `images`: what is up in a set; `folder`: where it lies; `state`: the state's file."""

    def __init__(
        self,
        state: str,
        images: Callable[[str, str], list],
        service: Callable[[], object],
        folder: Callable[[str], str],
    ) -> None:
        self.broken: list[str] = []
        self.ever_local: dict[str, set[str]] = {}
        self.tolerates_full = False
        self.limit = LIMIT
        self.rotates = False
        self._state, self._images, self._service, self._folder = state, images, service, folder

    def arrived(self, kind: str, what: str, request: httpx.Request) -> None:
        self.broken += self._post(request) if kind == "POST" else self._delete(what)

    def _post(self, request: httpx.Request) -> Iterable[str]:
        picture, data = _PARTS.search(request.content).groups()
        target = json.loads(data)
        key, sha256 = f"{target['modelID']}/{target['type']}", hashlib.sha256(picture).hexdigest()
        up = [image.sha256 for image in self._images(*key.split("/"))]
        if sha256 in up:
            yield f"POST of {sha256[:8]} that is up in {key}"
        if len(up) >= self.limit and not self.tolerates_full:
            yield f"POST into {key}, which is full"
        if not self._rows("SELECT 1 FROM records WHERE state = 'begun' AND lower(hex(sent_sha256)) = ?", sha256):
            yield f"POST of {sha256[:8]} without a committed intent"

    def _delete(self, image_id: str) -> Iterable[str]:
        made = next((one for one in self._service().events if one.id == image_id and one.sha256), None)
        if not self._rows("SELECT 1 FROM records WHERE state = 'deleting' AND remote_id = ?", image_id):
            yield f"DELETE of {image_id} without a committed tombstone"
        if made is None:
            return
        key = f"{made.model_id}/{made.type}"
        if made.type == "output" or (made.kind != "upload" and made.sha256 not in self.ever_local.get(key, ())):
            yield f"DELETE of {image_id}, which is not ours"
        if self.rotates and self._rows("SELECT 1 FROM records WHERE reason = 'made-room' AND remote_id = ?", image_id):
            return
        copies = [one for one in self._images(made.model_id, made.type) if one.sha256 == made.sha256]
        if made.sha256 in self.local(key) and len(copies) < 2:
            yield f"DELETE of {image_id}, whose photo lies in {key}"

    def local(self, key: str) -> set[str]:
        folder = self._folder(key)
        found: set[str] = set()
        for name in os.listdir(folder) if os.path.isdir(folder) else ():
            path = os.path.join(folder, name)
            if os.path.isfile(path) and not os.path.islink(path):
                with open(path, "rb") as file:
                    found.add(hashlib.sha256(file.read()).hexdigest())
        return found

    def _rows(self, query: str, value: str) -> list:
        with closing(sqlite3.connect(f"file:{self._state}?mode=ro", uri=True)) as state:
            return state.execute(query, (value,)).fetchall()
