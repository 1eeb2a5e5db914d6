"""The sandbox in process, behind faults: the transport that the real client is given."""

from __future__ import annotations

import json
import math
import re
import threading
from collections import defaultdict
from collections.abc import Callable

import httpx

from syncd.sandbox import ApiError, ImageService, create_app
from tests.harness.answers import AFTER, BEFORE, LATE, REPLAYED, TWICE
from tests.harness.checks import Checks
from tests.harness.crash import Fuse
from tests.harness.hands import HandClock
from tests.harness.listing import Bends

BASE = "http://127.0.0.1:9/api"
KEY = "sk-in-process-0123456789"
_TYPES = {"input": "modelInput", "auxiliaryType": "auxiliaryType", "output": "output"}
_PATHS = (
    ("list", "GET", re.compile(r"/api/models/([^/]+)/images")),
    ("model", "GET", re.compile(r"/api/models/([^/]+)")),
    ("POST", "POST", re.compile(r"/api/images/upload()")),
    ("inspect", "GET", re.compile(r"/api/images/([^/]+)")),
    ("DELETE", "DELETE", re.compile(r"/api/images/([^/]+)")),
    ("picture", "GET", re.compile(r"/files/([^/]+)/.*")),
)


class Remote(httpx.BaseTransport):
    """Carries each request to the sandbox. `asked` holds `kind subject` of all that arrived, or was tried to send."""

    def __init__(self, clock: HandClock, fuse: Fuse, checks: Checks) -> None:
        numbers = iter(range(1, 1_000_000))
        self.service = ImageService(api_key=KEY, new_id=lambda: f"i{next(numbers):05}", now=lambda: clock.wall)
        self.bends = Bends()
        self.asked: list[str] = []
        self.history: list[str] = []
        self.accepts = KEY
        self.reencode: Callable[[bytes], bytes] | None = None
        self.late: list[httpx.Request] = []
        self.moved: dict[str, str] = {}
        self.status: dict[str, str] = {}
        self._replayed: httpx.Response | None = None
        self._clock, self._fuse, self._checks = clock, fuse, checks
        self._inner = httpx.WSGITransport(create_app(self.service))
        self._faults: defaultdict[str, list[list]] = defaultdict(list)
        self._hooks: defaultdict[str, list[Callable[[], object]]] = defaultdict(list)
        self._lock = threading.RLock()

    def fail(self, kind: str, fault: str, times: float = 1, only: str = "", after: int = 0) -> None:
        """Answer the next requests of a kind (those about `only`, `after` so many of them) with this fault."""
        self._faults[kind].append([fault, times, only, after])

    def heal(self) -> None:
        self._faults.clear()
        self._hooks.clear()

    def before(self, kind: str, act: Callable[[], object]) -> None:
        """Do this when the next request of the kind arrives."""
        self._hooks[kind].append(act)

    def deliver(self) -> None:
        """Let what was delayed take effect."""
        late, self.late = self.late, []
        for request in late:
            self._true(request)
        self.note()

    def note(self) -> None:
        self.bends.note(self._clock.wall, self.documents)

    def documents(self) -> dict[str, list]:
        keys = [f"{model.id} {kind}" for model in self.service.models() for kind in _TYPES]
        return {key: self._documents(key) for key in keys}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        kind, what = self._classify(request)
        with self._lock:
            self.asked.append(f"{kind} {what}")
            self.history.append(self.asked[-1])
            hook = self._hooks[kind].pop(0) if self._hooks[kind] else None
            fault = self._fault(kind, what)
        self._fuse.burn("request", f"{kind} {what}".strip())
        if hook is not None:
            hook()
        if fault == "not sent":
            BEFORE[fault]()
        request.read()
        if kind not in ("POST", "DELETE"):
            return self._read(kind, what, request, fault)
        with self._lock:
            self._checks.arrived(kind, what, request)
            return self._change(request, fault)

    def _change(self, request: httpx.Request, fault: str | None) -> httpx.Response:
        if request.headers.get("authorization") != f"Bearer {self.accepts}":
            return BEFORE["401"]()
        if fault == LATE:
            self.late.append(request)
            BEFORE["no answer"]()
        if fault in BEFORE:
            return BEFORE[fault]()
        if fault == REPLAYED:
            return self._replayed
        true = self._true(request)
        self._replayed = true if request.method == "POST" else self._replayed
        if fault in TWICE:
            self._true(request)
        self.note()
        self._fuse.burn("answer", f"answer to {request.method}")
        return {**AFTER, **TWICE}[fault](true) if fault else true

    def _read(self, kind: str, what: str, request: httpx.Request, fault: str | None) -> httpx.Response:
        if fault in BEFORE:
            return BEFORE[fault]()
        if kind != "picture" and request.headers.get("authorization") != f"Bearer {self.accepts}":
            return BEFORE["401"]()
        true = self._listed(request) if kind == "list" else self._true(request)
        if true.status_code == 200:
            true = self._bent(kind, what, true)
        self._fuse.burn("answer", f"answer to {kind}")
        return AFTER[fault](true) if fault else true

    def _bent(self, kind: str, what: str, true: httpx.Response) -> httpx.Response:
        if kind == "picture" and self.reencode:
            return httpx.Response(200, content=self.reencode(true.read()))
        change = {}
        if kind == "inspect" and what in self.moved:
            change = {"modelID": self.moved[what]}
        if kind == "model" and what in self.status:
            change = {"status": self.status[what]}
        return (
            httpx.Response(200, json={**true.json(), "result": {**true.json()["result"], **change}}) if change else true
        )

    def _listed(self, request: httpx.Request) -> httpx.Response:
        true = self._true(request)
        if true.status_code != 200:
            return true
        asked = request.url.params
        model_id = _PATHS[0][2].fullmatch(request.url.path)[1]
        kinds = [asked["imageType"]] if self.bends.filters and asked["imageType"] != "all" else list(_TYPES)
        shown = [
            one for kind in kinds for one in self.bends.shown(f"{model_id} {kind}", self._clock.wall, self._documents)
        ]
        return httpx.Response(200, json=self.bends.paged(shown, int(asked["pageNum"]), int(asked["pageSize"])))

    def _documents(self, key: str) -> list:
        model_id, kind = key.split()
        url = f"{BASE}/models/{model_id}/images?imageType={kind}&pageNum=1&pageSize=100"
        answer = self._true(httpx.Request("GET", url, headers={"API-Version": "1"}))
        return json.loads(answer.read())["result"] if answer.status_code == 200 else []

    def _true(self, request: httpx.Request) -> httpx.Response:
        headers = {**request.headers, "Authorization": f"Bearer {KEY}"}
        inner = httpx.Request(request.method, request.url, headers=headers, content=request.read())
        answer = self._inner.handle_request(inner)
        return httpx.Response(answer.status_code, headers=answer.headers, content=b"".join(answer.stream))

    def _classify(self, request: httpx.Request) -> tuple[str, str]:
        for kind, method, path in _PATHS:
            if request.method == method and (found := path.fullmatch(request.url.path)):
                image_type = request.url.params.get("imageType")
                return kind, found[1] + (f"/{_TYPES.get(image_type, image_type)}" if kind == "list" else "")
        return request.method, request.url.path

    def _fault(self, kind: str, what: str) -> str | None:
        for waiting in self._faults[kind]:
            if waiting[1] <= 0 or waiting[2] not in what:
                continue
            waiting[3] -= 1
            if waiting[3] < 0:
                waiting[1] -= 1
                return waiting[0]
        return None

    def removed(self, image_id: str) -> None:
        """Lose an image as if someone else had deleted it."""
        self.service.remove_image(image_id)
        self.note()

    def images(self, model_id: str, image_type: str) -> list:
        try:
            return self.service.images(model_id, image_type)
        except ApiError:
            return []


ALWAYS = math.inf
