import json

import httpx
import pytest

from syncd import errors
from syncd.model.remote import RemoteImage, RemoteModel
from syncd.model.sets import ImageType
from syncd.service import UploadBody
from tests.harness.canary import forms, shows
from tests.unit.service.peer import KEY, SET, StillClock

BODY = UploadBody(b"pixels", "png", "token")
IMAGE = {"id": "i1", "modelID": "m42", "type": "modelInput", "url": "https://x/y", "createdAt": "2026-01-01"}
HTML = "<html>login</html>"
NOK = {"status": "NOK", "message": "no luck", "err": "because", "result": None}
DEEP = "[" * 100_000 + "]" * 100_000
NESTED = '{"result": {"id": "i1", "data": ' + "[" * 40 + "]" * 40 + "}}"


def ok(result):
    return {"result": result, "status": "OK"}


def reply(status, content):
    content = {"json": content} if isinstance(content, dict) else {"content": content}
    return lambda _: httpx.Response(status, **content)


def fault_of(call):
    try:
        call()
    except errors.SyncdError as fault:
        return type(fault) if KEY not in repr(fault) + fault.message + fault.remedy else KEY
    return None


UPLOADS = [
    (200, ok(IMAGE), None),
    (201, ok(IMAGE), None),
    (200, {"result": IMAGE}, None),
    (200, {"result": IMAGE, "status": "ok"}, None),
    (200, ok({"id": "i1"}), None),
    (200, ok({**IMAGE, "type": "input"}), None),
    (200, ok({**IMAGE, "id": 17}), None),
    (200, ok({**IMAGE, "id": "../models/m42"}), errors.Ambiguous),
    (200, ok({**IMAGE, "id": True}), errors.Ambiguous),
    (200, ok({**IMAGE, "id": ""}), errors.Ambiguous),
    (200, ok({**IMAGE, "modelID": "other"}), errors.Ambiguous),
    (200, ok({**IMAGE, "type": "auxiliaryType"}), errors.Ambiguous),
    (200, ok({**IMAGE, "type": "MODELINPUT"}), None),
    (200, ok({**IMAGE, "type": "model-input"}), errors.Ambiguous),
    (200, ok({**IMAGE, "type": 7}), errors.Ambiguous),
    (200, ok([IMAGE]), errors.Ambiguous),
    (200, ok(None), errors.Ambiguous),
    (200, NOK, errors.Ambiguous),
    (200, HTML, errors.Ambiguous),
    (200, "", errors.Ambiguous),
    (200, json.dumps({"result": IMAGE, "status": "OK"})[:-9], errors.Ambiguous),
    (200, DEEP, errors.Ambiguous),
    (200, NESTED, errors.Ambiguous),
    (204, "", errors.Ambiguous),
    (302, "", errors.Ambiguous),
    (400, NOK, errors.Refused),
    (400, {"message": "too many"}, errors.Refused),
    (400, {}, errors.Refused),
    (400, {"error": {"code": 3}}, errors.Refused),
    (400, {"status": "OK", "result": IMAGE}, errors.Ambiguous),
    (400, HTML, errors.Ambiguous),
    (400, "[]", errors.Ambiguous),
    (415, NOK, errors.Refused),
    (422, NOK, errors.Refused),
    (422, HTML, errors.Ambiguous),
    (413, NOK, errors.Refused),
    (413, HTML, errors.Refused),
    (413, "", errors.Refused),
    (401, NOK, errors.KeyRejected),
    (401, HTML, errors.KeyRejected),
    (403, NOK, errors.KeyRejected),
    (403, HTML, errors.Unreachable),
    (404, NOK, errors.NotFound),
    (404, HTML, errors.Unreachable),
    (409, NOK, errors.Conflict),
    (409, HTML, errors.Conflict),
    (429, NOK, errors.Unreachable),
    (429, HTML, errors.Unreachable),
    (408, NOK, errors.Ambiguous),
    (418, NOK, errors.Ambiguous),
    (500, NOK, errors.Ambiguous),
    (502, HTML, errors.Ambiguous),
    (503, "", errors.Ambiguous),
]


@pytest.mark.parametrize(("status", "content", "fault"), UPLOADS)
def test_an_answer_to_an_upload_means(answered, status, content, fault):
    service = answered(reply(status, content))
    assert fault_of(lambda: service.upload(SET, BODY)) is fault


READINGS = [
    (200, ok(IMAGE), None),
    (200, {"result": {"id": "i1"}}, None),
    (200, ok({**IMAGE, "id": "i2"}), errors.UnexpectedAnswer),
    (200, ok({**IMAGE, "id": None}), errors.UnexpectedAnswer),
    (200, ok([]), errors.UnexpectedAnswer),
    (200, NOK, errors.UnexpectedAnswer),
    (200, HTML, errors.UnexpectedAnswer),
    (200, DEEP, errors.UnexpectedAnswer),
    (200, NESTED, errors.UnexpectedAnswer),
    (200, '{"result": {"id": ' + "9" * 5000 + "}}", errors.UnexpectedAnswer),
    (200, b'{"result": {"id": "i1\xff"}}', errors.UnexpectedAnswer),
    (200, ok({**IMAGE, "data": "x" * (4 << 20)}), errors.UnexpectedAnswer),
    (302, HTML, errors.UnexpectedAnswer),
    (400, NOK, errors.Declined),
    (401, HTML, errors.KeyRejected),
    (403, NOK, errors.KeyRejected),
    (403, HTML, errors.Unreachable),
    (404, NOK, errors.NotFound),
    (404, HTML, errors.UnexpectedAnswer),
    (404, {"detail": "no such image"}, errors.NotFound),
    (404, '"no such image"', errors.UnexpectedAnswer),
    (409, NOK, errors.Unreachable),
    (429, HTML, errors.Unreachable),
    (500, NOK, errors.Unreachable),
    (502, HTML, errors.Unreachable),
]


@pytest.mark.parametrize(("status", "content", "fault"), READINGS)
def test_an_answer_to_a_reading_means(answered, status, content, fault):
    service = answered(reply(status, content))
    assert fault_of(lambda: service.inspect("i1")) is fault


DELETES = [
    (200, {"status": "OK"}, True),
    (200, {}, True),
    (204, "", True),
    (404, NOK, False),
    (404, HTML, errors.Unreachable),
    (200, HTML, errors.Ambiguous),
    (200, "", errors.Ambiguous),
    (200, NOK, errors.Ambiguous),
    (302, HTML, errors.Ambiguous),
    (500, NOK, errors.Ambiguous),
    (401, HTML, errors.KeyRejected),
    (403, HTML, errors.Unreachable),
    (409, NOK, errors.Conflict),
    (429, HTML, errors.Unreachable),
    (400, NOK, errors.UnexpectedAnswer),
    (400, HTML, errors.Ambiguous),
]


@pytest.mark.parametrize(("status", "content", "outcome"), DELETES)
def test_an_answer_to_a_delete_means(answered, status, content, outcome):
    service = answered(reply(status, content))
    if isinstance(outcome, bool):
        assert service.delete("i1") is outcome
    else:
        assert fault_of(lambda: service.delete("i1")) is outcome


SILENCES = [
    (httpx.ConnectError("refused"), errors.Unreachable, errors.Unreachable),
    (httpx.ConnectTimeout("late"), errors.Unreachable, errors.Unreachable),
    (httpx.PoolTimeout("full"), errors.Unreachable, errors.Unreachable),
    (httpx.ReadTimeout("late"), errors.Ambiguous, errors.Unreachable),
    (httpx.WriteTimeout("late"), errors.Ambiguous, errors.Unreachable),
    (httpx.ReadError("reset"), errors.Ambiguous, errors.Unreachable),
    (httpx.RemoteProtocolError("odd"), errors.Ambiguous, errors.Unreachable),
    (RuntimeError("odd"), errors.Ambiguous, errors.Unreachable),
    (OSError("odd"), errors.Ambiguous, errors.Unreachable),
]


@pytest.mark.parametrize(("fault", "writing", "reading"), SILENCES)
def test_no_answer_means(answered, fault, writing, reading):
    def handler(request):
        raise fault

    service = answered(handler)
    assert fault_of(lambda: service.upload(SET, BODY)) is writing
    assert fault_of(lambda: service.delete("i1")) is writing
    assert fault_of(lambda: service.inspect("i1")) is reading


def test_a_redirect_is_not_followed(answered):
    seen = []

    def handler(request):
        seen.append(request.url.path)
        return httpx.Response(307, headers={"location": "/api/elsewhere"})

    service = answered(handler)
    assert fault_of(lambda: service.upload(SET, BODY)) is errors.Ambiguous
    assert fault_of(lambda: service.inspect("i1")) is errors.UnexpectedAnswer
    assert seen == ["/api/images/upload", "/api/images/i1"]


class Untouched(httpx.BaseTransport):
    """Fails before it asks for the body."""

    def handle_request(self, request):
        raise httpx.ReadError("the connection was stale")


def test_an_upload_whose_body_was_never_asked_for_did_not_happen(stack):
    from syncd.service import ImageService

    service = ImageService("http://localhost", lambda: KEY, StillClock(), transport=Untouched())
    assert fault_of(lambda: service.upload(SET, BODY)) is errors.Unreachable


def test_an_upload_is_posted_once_as_documented(answered):
    seen = []

    def handler(request):
        seen.append(request)
        return httpx.Response(200, json=ok(IMAGE))

    image = answered(handler).upload(SET, BODY)
    assert image == RemoteImage("i1", "m42", "modelInput", "https://x/y", "2026-01-01")
    assert image.raw == IMAGE
    (request,) = seen
    assert (request.method, request.url.path) == ("POST", "/api/images/upload")
    assert request.headers["content-length"] == str(BODY.request_size) == str(len(request.content))
    assert "transfer-encoding" not in request.headers
    assert request.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["api-version"] == "1"
    assert request.headers["user-agent"].startswith("syncd/")
    assert request.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"message": "no", "err": {"message": "face"}}, "no: face"),
        ({"message": ["no", 7, "face"], "error": "no"}, "no: face"),
        ({"error": {"message": "no", "code": 3}}, "no"),
        ({"title": "no", "detail": "face", "status": 400}, "face: no"),
        ({"code": 3, "error": [{"x": "no"}]}, "status 400"),
    ],
)
def test_the_words_of_a_refusal_are_found_where_others_put_them(answered, answer, words):
    with pytest.raises(errors.Refused) as caught:
        answered(reply(400, answer)).upload(SET, BODY)
    assert caught.value.words == words


def test_the_words_of_a_refusal_are_kept_escaped_and_cut(answered):
    with pytest.raises(errors.Refused) as caught:
        answered(reply(400, {"message": "a\x1b[2Jb", "err": "y" * 500})).upload(SET, BODY)
    assert caught.value.status == 400
    assert caught.value.words.startswith("a\\x1b[2Jb: yyy")
    assert len(caught.value.words) == 200


@pytest.mark.parametrize("status", [400, 401, 404, 409, 429])
def test_a_service_that_quotes_the_key_does_not_make_us_repeat_it(answered, status):
    for padding in range(180, 202):
        words = "x" * padding + KEY
        with pytest.raises(errors.SyncdError) as caught:
            answered(reply(status, {"message": words})).upload(SET, BODY)
        assert KEY[:6] not in caught.value.message + caught.value.remedy + getattr(caught.value, "words", "")


RETRIES = [
    ("7", 7),
    ("0", 1),
    ("86400", 3600),
    ("9" * 12, 3600),
    ("1.5", 1.5),
    (" 20 ", 20),
    ("Fri, 15 Jan 2027 08:01:30 GMT", 90),
    ("Fri, 15 Jan 2027 07:00:00 GMT", 1),
    ("Sat, 16 Jan 2027 08:00:00 GMT", 3600),
    ("-5", None),
    ("soon", None),
    ("9" * 99, None),
    ("nan", None),
    ("", None),
    ("Fri, 99 Jan 99999 08:01:30 GMT", None),
]


@pytest.mark.parametrize(("header", "seconds"), RETRIES)
def test_retry_after_is_understood_in_both_forms_and_clamped(answered, header, seconds):
    def handler(request):
        return httpx.Response(503 if request.method == "POST" else 429, headers={"retry-after": header})

    service = answered(handler)
    for call in (lambda: service.upload(SET, BODY), service.ping, lambda: service.delete("i")):
        with pytest.raises(errors.Unreachable) as caught:
            call()
        assert caught.value.retry_after == seconds


def test_a_model_is_read(answered):
    model = {"id": "m42", "name": "Ann\ud800", "status": "ready", "modelType": "x"}
    assert answered(reply(200, json.dumps({"result": model}))).model("m42") == RemoteModel("m42", "Ann?", "ready")


def test_another_model_is_no_answer(answered):
    service = answered(reply(200, ok({"id": "m43"})))
    assert fault_of(lambda: service.model("m42")) is errors.UnexpectedAnswer


def test_models_are_read_each_id_once(answered):
    service = answered(reply(200, ok([{"id": "a", "name": "A", "status": "new"}, {"id": 5}, {"id": "a"}])))
    assert [model.id for model in service.models()] == ["a", "5"]


@pytest.mark.parametrize("result", [None, {}, ["a"], [{"id": "a/b"}], [{"name": "x"}]])
def test_shapeless_models_are_none(answered, result):
    assert fault_of(answered(reply(200, ok(result))).models) is errors.UnexpectedAnswer


def test_a_model_that_makes_no_sense_hides_no_other(answered):
    found = answered(reply(200, ok([{"id": None}, {"id": "m42"}, "x", {"id": "a b"}]))).models()
    assert [model.id for model in found] == ["m42"]


def test_ping_takes_the_documented_answer(answered):
    answered(reply(200, {"message": "pong!", "status": "OK"})).ping()


@pytest.mark.parametrize("odd", ["../models/m42", "a/b", "", ".", "..", "a?b", " a", "a ", "a" * 513, "a\n"])
def test_what_is_no_id_enters_no_path(answered, odd):
    def handler(request):
        raise AssertionError(request.url)

    service = answered(handler)
    calls = [lambda: service.inspect(odd), lambda: service.delete(odd), lambda: service.model(odd)]
    calls.append(lambda: service.list_set(SET.__class__(odd, ImageType.AUXILIARY)))
    calls.append(lambda: service.upload(SET.__class__(odd, ImageType.AUXILIARY), BODY))
    for call in calls:
        with pytest.raises(errors.UsageError):
            call()


@pytest.mark.parametrize("form", [form for name, form in forms(KEY).items() if "base64" not in name])
def test_no_form_of_a_key_that_comes_back_leaves_the_service(answered, form):
    echo = form.decode()
    shown = {**IMAGE, "createdAt": echo, "url": f"https://x/{echo}", "data": {echo: [echo]}}
    image = answered(reply(200, ok(shown))).inspect("i1")
    with pytest.raises(errors.Refused) as caught:
        answered(reply(400, {**NOK, "message": echo})).upload(SET, BODY)
    told = f"{image} {image.raw} {caught.value.message} {caught.value.words}"
    assert shows(KEY, told.encode()) == []


def test_a_service_that_takes_no_more_requests_is_no_matter_of_the_network(answered):
    with pytest.raises(errors.Unreachable) as caught:
        answered(reply(429, {"message": "slow down"})).list_set(SET)
    assert caught.value.message == "The service takes no more requests for now (status 429): slow down."
    assert "network" not in caught.value.remedy
