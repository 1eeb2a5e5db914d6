import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import httpx
import pytest
from werkzeug.wrappers import Request, Response

from syncd import errors
from syncd.model.remote import RemoteImage
from syncd.service import ImageService, UploadBody
from tests.unit.service.peer import KEY, SET, StillClock

PONG = {"message": "pong!", "status": "OK"}


def pong(request):
    return httpx.Response(200, json=PONG)


def test_requests_keep_their_pace(answered):
    clock = StillClock()
    service = answered(pong, clock, requests_per_second=4)
    for _ in range(9):
        service.ping()
    assert clock.uptime == pytest.approx(1002)


WRITES = {
    "upload": lambda service, intend: service.upload(SET, UploadBody(b"12345", "png"), intend),
    "delete": lambda service, intend: service.delete("i1", intend),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_what_is_intended_is_asked_for_when_its_turn_has_come(answered, write):
    clock, moments = StillClock(), []
    service = answered(pong, clock, requests_per_second=1)
    for _ in range(3):
        service.ping()
    began = clock.uptime
    with suppress(errors.ServiceError):
        write(service, lambda: moments.append(clock.uptime - began))
    assert moments == [pytest.approx(1)]
    service.turn_away()
    with pytest.raises(errors.Stopping):
        write(service, lambda: moments.append(0))
    assert len(moments) == 1


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_what_is_not_intended_after_all_is_not_sent(answered, write):
    heard = []
    service = answered(lambda request: heard.append(request) or pong(request))

    def refuse():
        raise errors.LeaseLost("It is another's now.", "Nothing to do.")

    with pytest.raises(errors.LeaseLost):
        write(service, refuse)
    assert heard == []
    assert service.ping() is None


def test_bodies_keep_their_pace(answered):
    clock = StillClock()
    service = answered(lambda _: httpx.Response(200, json={"result": {"id": "i"}}), clock, bytes_per_second=1000)
    for _ in range(3):
        service.upload(SET, UploadBody(b"x" * (2000 - 512), "png"))
    assert clock.uptime == pytest.approx(1004)


@pytest.mark.parametrize(("status", "width"), [(200, 16), (404, 16), (429, 8), (500, 8), (503, 8)])
def test_overload_narrows_the_gate(answered, status, width):
    service = answered(lambda _: httpx.Response(status, json=PONG))
    with suppress(errors.ServiceError):
        service.ping()
    assert service._gate.width == width


def test_a_timeout_narrows_the_gate(answered):
    def late(request):
        raise httpx.ReadTimeout("late")

    service = answered(late)
    with pytest.raises(errors.Unreachable):
        service.ping()
    assert service._gate.width == 8


def test_no_more_requests_are_under_way_than_allowed(answered):
    inside, most, lock = set(), [], threading.Lock()
    meet = threading.Barrier(3)

    def handler(request):
        with lock:
            inside.add(request)
            most.append(len(inside))
        meet.wait()
        with lock:
            inside.discard(request)
        return pong(request)

    service = answered(handler, max_concurrency=3)
    with ThreadPoolExecutor(9) as pool:
        list(pool.map(lambda _: service.ping(), range(9)))
    assert max(most) == 3


def test_an_application_in_process_serves_as_the_service():
    def app(environ, start):
        with Request(environ) as request:
            data = json.loads(request.form["data"])
            file = request.files["file"]
            result = {"id": "i1", "modelID": data["modelID"], "type": data["type"], "data": {"size": len(file.read())}}
        return Response(json.dumps({"result": result, "status": "OK"}), mimetype="application/json")(environ, start)

    with ImageService("http://localhost", lambda: KEY, StillClock(), transport=httpx.WSGITransport(app)) as service:
        assert service.upload(SET, UploadBody(b"12345", "png")).raw["data"] == {"size": 5}


def test_a_picture_in_process_is_asked_without_the_key(answered):
    seen = []

    def handler(request):
        seen.append(request)
        return httpx.Response(200, content=b"pixels")

    assert answered(handler).picture(RemoteImage("i1", None, None, "x.jpg", "")) == b"pixels"
    assert seen[0].url == "http://127.0.0.1:9/api/x.jpg"
    assert "authorization" not in seen[0].headers
