import shutil

import httpx
import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Response

from syncd.sandbox import create_app

HEADERS = {"Authorization": "Bearer a-key", "API-Version": "1"}


def uploading(service, picture, model="m"):
    data = f'{{"modelID": "{model}", "type": "modelInput"}}'
    return {"url": "/images/upload", "files": {"file": ("a.jpg", picture)}, "data": {"data": data}}


def speaking(app):
    return httpx.Client(transport=httpx.WSGITransport(app), base_url="http://sandbox.test/api", headers=HEADERS)


@pytest.fixture
def service(make):
    made = make()
    made.create_model("m")
    return made


def test_a_key_of_any_bytes_is_only_wrong(service):
    answer = Client(create_app(service)).get("/api/ping", headers={"Authorization": "Bearer sch\xfcssel"})
    assert answer.status_code == 401


def test_what_comes_before_answers_instead_and_nothing_takes_effect(service, picture):
    def busy(request):
        return Response("busy", 503) if request.method == "POST" else None

    with speaking(create_app(service, before=busy)) as client:
        assert client.post(**uploading(service, picture())).status_code == 503
        assert client.get("/ping").json()["message"] == "pong!"
    assert service.images("m") == []


def test_what_comes_after_answers_instead_when_all_took_effect(service, picture):
    seen = []

    def lost(request, answer):
        seen.append((request.method, request.path, answer.status_code))
        return Response("<html>bad gateway</html>", 502) if request.method == "POST" else None

    with speaking(create_app(service, after=lost)) as client:
        assert client.post(**uploading(service, picture())).status_code == 502
        assert len(client.get("/models/m/images").json()["result"]) == 1
    assert seen == [("POST", "/api/images/upload", 200), ("GET", "/api/models/m/images", 200)]


@pytest.mark.parametrize("place", ["before", "after"])
def test_what_a_hook_raises_reaches_the_caller_in_process(service, picture, place):
    def cut(*_):
        raise httpx.ReadTimeout("no answer")

    with speaking(create_app(service, **{place: cut})) as client, pytest.raises(httpx.ReadTimeout):
        client.post(**uploading(service, picture()))
    assert len(service.images("m")) == (0 if place == "before" else 1)


def test_a_failure_of_its_own_is_a_500_in_json(make, tmp_path, picture):
    service = make(kept=True)
    service.create_model("m")
    shutil.rmtree(tmp_path / "data")
    with speaking(create_app(service)) as client:
        answer = client.post(**uploading(service, picture()))
    assert answer.status_code == 500
    assert answer.json().items() >= {"status": "NOK", "result": None}.items()
    assert str(tmp_path) not in answer.text
    assert service.images("m") == []
