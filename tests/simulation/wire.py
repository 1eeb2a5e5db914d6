"""The way from the real client to the cloud: straight to the sandbox's rules, or through its whole WSGI application."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass
from email.utils import formatdate
from functools import cache
from hashlib import sha256
from io import BytesIO

import httpx
from PIL import Image as Pillow

from syncd.sandbox import ApiError, create_app
from syncd.sandbox.answers import image_document, model_document, refusal
from tests.harness.answers import AFTER, BEFORE, html, nok
from tests.simulation.cloud import OURS, Cloud

HOST = "http://127.0.0.1:9/"
OWN, OTHER = "sk-own-0123456789", "sk-other-0123456789"
"""The keys of two accounts."""
_PARTS = re.compile(
    rb"\r\n\r\n(.*)\r\n--[0-9a-f]+\r\nContent-Disposition: form-data; name=\"data\"\r\n\r\n(\{.*?\})", re.DOTALL
)
_TYPES = {"input": "modelInput", "auxiliaryType": "auxiliaryType"}
_PATHS = (
    ("list", "GET", re.compile(r"/api/models/([^/]+)/images")),
    ("model", "GET", re.compile(r"/api/models/([^/]+)")),
    ("POST", "POST", re.compile(r"/api/images/upload()")),
    ("inspect", "GET", re.compile(r"/api/images/([^/]+)")),
    ("DELETE", "DELETE", re.compile(r"/api/images/([^/]+)")),
    ("picture", "GET", re.compile(r"/files/([^/]+)/.*")),
)
_NOT_DONE = {
    **BEFORE,
    "403 html": lambda: html(403),
    "422": lambda: nok(422, "cannot process"),
}


@dataclass
class Late:
    """A request on its way: it takes effect when `due` (true seconds) is there."""

    due: float
    kind: str
    what: str
    picture: bytes
    key: str
    cloud: Cloud
    made: dict[str, object]


@cache
def recoded(data: bytes, how: str) -> bytes:
    """Return a picture as a service gives it back that keeps pixels, or not even those."""
    picture, buffer = Pillow.open(BytesIO(data)), BytesIO()
    if how == "pixels":
        picture.save(buffer, "PNG", compress_level=1)
    else:
        picture.convert("RGB").save(buffer, "JPEG", quality=40)
    return buffer.getvalue()


@cache
def digest_of(picture: bytes) -> str:
    return sha256(picture).hexdigest()


class Wire(httpx.BaseTransport):
    """Carries requests of the realm's processes. What arrives is told to the oracle before it takes effect."""

    def __init__(self, realm, clouds: dict[str, Cloud]) -> None:
        self._realm, self.clouds = realm, clouds
        self.asked: list[str] = []
        self.faults: defaultdict[str, list[list]] = defaultdict(list)
        self.late: list[Late] = []
        self.accepting, self.down = True, ""
        self.reencode = ""
        self._replayed: httpx.Response | None = None
        faithful = realm.setting.faithful
        self._apps = (
            {key: httpx.WSGITransport(create_app(one.service)) for key, one in clouds.items()} if faithful else {}
        )

    def deliver(self, *, all_of_it: bool = False) -> None:
        """Let what is due take effect."""
        now = self._realm.clock.true
        due = [one for one in self.late if all_of_it or one.due <= now]
        self.late = [one for one in self.late if one not in due]
        for one in due:
            try:
                if one.kind == "POST":
                    one.cloud.add(one.key, one.picture, OURS, now, **one.made)
                    self._realm.saw("late effect")
                else:
                    one.cloud.remove(one.what, now)
            except ApiError:
                continue

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        kind, what = _classify(request)
        realm = self._realm
        key, picture = _target(request) if kind == "POST" else (what, b"")
        subject = f"{key} {digest_of(picture)[:8]}" if kind == "POST" else what
        self.asked.append(f"{kind} {subject}")
        cloud = self.clouds.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        if kind == "picture":
            cloud = next(one for one in self.clouds.values() if what in one.made)
        if kind in ("POST", "DELETE"):
            realm.oracle.arrived(kind, what, key, picture, cloud)
        realm.moments.at(f"request {kind}")
        self.deliver()
        fault, delay = (self.down, 0) if self.down else self._fault(kind)
        realm.moments.trace(f"{kind} {subject} {fault}")
        if kind == "picture" and fault is not None:
            image = cloud.made[what].image
            realm.oracle.fuzzy.add(f"{image.model_id}/{image.type}")
        if fault == "not sent":
            BEFORE[fault]()
        if cloud is None or (not self.accepting and kind != "picture"):
            return BEFORE["401"]()
        if kind in ("POST", "DELETE"):
            return self._change(kind, what, key, picture, cloud, fault, delay)
        return self._read(kind, what, request, cloud, fault)

    def _change(self, kind, what, key, picture, cloud: Cloud, fault, delay) -> httpx.Response:
        realm = self._realm
        if fault in _NOT_DONE:
            return _NOT_DONE[fault]()
        if fault == "429 with a date":
            return nok(429, "later", Retry_After=formatdate(realm.clock.wall + 9, usegmt=True))
        if fault == "replayed" and self._replayed is not None:
            return self._of_another(self._replayed)
        made = realm.oracle.origin(key) if kind == "POST" else {}
        if fault == "late":
            self.late.append(Late(realm.clock.true + delay, kind, what, picture, key, cloud, made))
            BEFORE["no answer"]()
        before, true = self._replayed, self._effect(kind, what, key, picture, cloud, made)
        if fault in ("doubled", "doubled and lost") and true.status_code == 200:
            self._effect(kind, what, key, picture, cloud, made)
        if kind == "POST" and true.status_code == 200:
            # One lie at a time: an answer is not handed out again where two images were made of its upload.
            self._replayed = true if fault not in ("doubled", "doubled and lost") else None
        realm.moments.at(f"answer {kind}")
        if fault == "doubled and lost":
            BEFORE["no answer"]()
        bent = AFTER[fault](true) if fault in AFTER else true
        if fault == "displaced" and before is not None:
            bent = self._of_another(before)
        realm.oracle.answered(kind, what, true, told=bent is true)
        return bent

    def _of_another(self, answer: httpx.Response) -> httpx.Response:
        self._realm.oracle.told_of_another.add(answer.json()["result"]["id"])
        return answer

    def _effect(self, kind, what, key, picture, cloud: Cloud, made) -> httpx.Response:
        now = self._realm.clock.true
        try:
            if kind == "POST":
                image = cloud.add(key, picture, OURS, now, **made)
                return _ok(image_document(image, HOST))
            cloud.remove(what, now)
            return httpx.Response(200, json={"message": "Image deleted", "status": "OK"})
        except ApiError as error:
            return _no(error)

    def _read(self, kind, what, request, cloud: Cloud, fault) -> httpx.Response:
        realm = self._realm
        if fault == "429 with a date":
            return nok(429, "later", Retry_After=formatdate(realm.clock.wall + 9, usegmt=True))
        if fault in BEFORE:
            if fault == "404":
                realm.oracle.told_404.add(what)
            return BEFORE[fault]()
        try:
            true = self._answer(kind, what, request, cloud)
        except ApiError as error:
            true = _no(error)
        realm.moments.at(f"answer {kind}")
        bent = AFTER[fault](true) if fault in AFTER else true
        if bent is true and kind == "inspect":
            realm.oracle.answered(kind, what, true, told=True)
        return bent

    def _answer(self, kind, what, request, cloud: Cloud) -> httpx.Response:
        if self._apps and kind != "list" and cloud.service.api_key in self._apps and self._plain(kind, what, cloud):
            return self._through_wsgi(request, cloud)
        if kind == "list":
            return self._list(request, what.partition("/")[0], cloud)
        if kind == "model":
            document = model_document(cloud.model(what))
            return _ok({**document, "status": "deleted"} if cloud.is_deleted(what) else document)
        if kind == "inspect":
            return _ok(image_document(cloud.find(what), HOST))
        return self._picture(what, cloud)

    def _plain(self, kind, what, cloud: Cloud) -> bool:
        """Whether the sandbox alone would answer this as we do."""
        if kind == "model":
            return cloud.there(what)
        if kind == "picture":
            return what not in cloud.gone_pictures and not self.reencode
        return what in cloud.made and cloud.there(cloud.made[what].image.model_id)

    def _through_wsgi(self, request, cloud: Cloud) -> httpx.Response:
        answer = self._apps[cloud.service.api_key].handle_request(request)
        return httpx.Response(answer.status_code, headers=answer.headers, content=b"".join(answer.stream))

    def _picture(self, what, cloud: Cloud) -> httpx.Response:
        if what in cloud.gone_pictures:
            return html(404)
        data = cloud.service.picture(cloud.find(what).id)
        return httpx.Response(200, content=recoded(data, self.reencode) if self.reencode else data)

    def _list(self, request, model_id: str, cloud: Cloud) -> httpx.Response:
        setting, params = self._realm.setting, request.url.params
        wanted = _TYPES[params["imageType"]]
        kinds = [wanted] if setting.filters else ["modelInput", "auxiliaryType", "output"]
        now = self._realm.clock.true
        found = [one for kind in kinds for one in cloud.listed(model_id, kind, now)]
        found = cloud.shuffled(found, setting.order)
        size = min(int(params["pageSize"]), setting.page or 1000)
        number = int(params["pageNum"])
        page = found[(number - 1) * size : number * size]
        self._realm.oracle.listed(f"{model_id}/{wanted}", number, page, found, cloud)
        documents = [image_document(one, HOST) for one in page]
        return httpx.Response(200, json={"page": number, "pageSize": size, "result": documents, "status": "OK"})

    def _fault(self, kind: str) -> tuple[str | None, float]:
        waiting = self.faults[kind]
        if not waiting or self._realm.moments.depth:
            return None, 0
        first = waiting[0]
        first[1] -= 1
        if first[1] <= 0:
            waiting.pop(0)
        self._realm.saw(f"fault {kind} {first[0]}")
        return first[0], first[2]


def _ok(result) -> httpx.Response:
    return httpx.Response(200, json={"result": result, "status": "OK"})


def _no(error: ApiError) -> httpx.Response:
    return httpx.Response(error.status, json=refusal(error.message, error.err))


def _target(request: httpx.Request) -> tuple[str, bytes]:
    picture, data = _PARTS.search(request.read()).groups()
    target = json.loads(data)
    return f"{target['modelID']}/{target['type']}", picture


def _classify(request: httpx.Request) -> tuple[str, str]:
    path = request.url.path
    for kind, method, pattern in _PATHS:
        if request.method == method and (found := pattern.fullmatch(path)):
            image_type = request.url.params.get("imageType")
            return kind, found[1] + (f"/{_TYPES.get(image_type, image_type)}" if kind == "list" else "")
    raise AssertionError(f"a request that the service does not document: {request.method} {path}")
