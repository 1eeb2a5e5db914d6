import httpx
import pytest

EVERY_OPERATION = [
    ("GET", "/ping"),
    ("GET", "/models"),
    ("POST", "/models"),
    ("GET", "/models/x"),
    ("DELETE", "/models/x"),
    ("GET", "/models/x/images"),
    ("GET", "/models/x/train"),
    ("POST", "/images/upload"),
    ("GET", "/images/x"),
    ("DELETE", "/images/x"),
]


def refused(answer: httpx.Response, status: int) -> bool:
    document = answer.json()
    assert (answer.status_code, document["status"], document["result"]) == (status, "NOK", None)
    assert document["message"]
    assert document["err"]
    return True


def test_a_ping_is_answered(api):
    answer = api.client.get("/ping")
    assert (answer.status_code, answer.json()) == (200, {"message": "pong!", "status": "OK"})


@pytest.mark.parametrize(("method", "path"), EVERY_OPERATION)
def test_nothing_is_answered_without_the_key(sandbox, method, path):
    assert refused(sandbox.anyone.request(method, path, headers={"API-Version": "1"}), 401)


def test_a_wrong_key_is_not_accepted(api):
    for wrong in ("Bearer wrong", "Bearer", "wrong"):
        answer = api.client.get("/models", headers={"Authorization": wrong})
        assert answer.status_code == 401


@pytest.mark.parametrize(("method", "path"), EVERY_OPERATION)
def test_nothing_is_answered_without_the_version(sandbox, method, path):
    key = sandbox.client.headers["Authorization"]
    assert refused(sandbox.anyone.request(method, path, headers={"Authorization": key}), 400)
    assert refused(sandbox.client.request(method, path, headers={"API-Version": "2"}), 400)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "//ping", 404),
        ("GET", "/models/x/images/y", 404),
        ("PUT", "/ping", 405),
        ("DELETE", "/models", 405),
        ("POST", "/models/x/train", 405),
    ],
)
def test_what_is_not_documented_is_refused_in_json(sandbox, method, path, status):
    assert refused(
        sandbox.client.request(method, str(sandbox.client.base_url) + path.removeprefix("/"), data=None), status
    )


def test_what_lies_outside_the_api_is_refused_in_json(sandbox):
    assert refused(sandbox.anyone.get(sandbox.anyone.base_url.join("/elsewhere")), 404)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/models/nobody"),
        ("DELETE", "/models/nobody"),
        ("GET", "/models/nobody/images"),
        ("GET", "/models/nobody/train"),
        ("GET", "/images/nothing"),
        ("DELETE", "/images/nothing"),
    ],
)
def test_an_unknown_id_is_a_404(sandbox, method, path):
    assert refused(sandbox.client.request(method, path), 404)
