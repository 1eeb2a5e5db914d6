import json
from concurrent.futures import ThreadPoolExecutor

import pytest


def nok(answer, status):
    document = answer.json()
    assert (answer.status_code, document["status"], document["result"]) == (status, "NOK", None)
    return document["message"]


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", b"GIF89a" + b"\0" * 64, b"II*\0" + b"\0" * 64, b"\0\0\0\x1cftypavif\0\0\0\0mif1avif" + b"\0" * 64],
    ids=["empty", "text", "gif", "tiff", "avif"],
)
def test_what_is_no_accepted_image_is_refused_whatever_its_name(api, content):
    assert nok(api.upload(content, name="photo.jpg"), 400)
    assert api.uploaded == []


def test_an_upload_to_an_unknown_model_is_a_404(api, pictures):
    assert nok(api.upload(pictures["jpg"], model_id="nobody"), 404)


@pytest.mark.parametrize("image_type", ["output", "input", "all", "ModelInput", "", None, ["modelInput"]])
def test_only_the_two_types_can_be_uploaded(sandbox, pictures, image_type):
    assert nok(sandbox.upload(pictures["jpg"], image_type=image_type), 400)


@pytest.mark.parametrize("data", ["", "no json", "[]", "{}", '"x"', '{"modelID":1,"type":"modelInput"}', "[" * 9000])
def test_data_that_says_nothing_is_refused(sandbox, pictures, data):
    files = {"file": ("a.jpg", pictures["jpg"])}
    assert nok(sandbox.client.post("/images/upload", files=files, data={"data": data}), 400)


def test_an_upload_in_another_shape_is_refused(sandbox, pictures):
    data = {"data": json.dumps({"modelID": sandbox.model_id, "type": "modelInput"})}
    named, unnamed = {"file": ("a.jpg", pictures["jpg"])}, {"file": (None, pictures["jpg"])}
    wrong = [
        {"files": named},
        {"data": data},
        {"files": unnamed, "data": data},
        {"files": {"image": named["file"]}, "data": data},
        {"json": {"file": "x"}},
        {"content": pictures["jpg"], "headers": {"Content-Type": "image/jpeg"}},
        {"content": b"--x\r\ncut", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
    ]
    for body in wrong:
        assert nok(sandbox.client.post("/images/upload", **body), 400)
    assert sandbox.ids("all") == []


def test_there_are_never_more_than_twenty_of_a_type(sandbox, fresh):
    first = [sandbox.uploaded_image(fresh())["id"] for _ in range(20)]
    assert "20" in nok(sandbox.upload(fresh()), 400)
    assert sandbox.ids() == first
    assert sandbox.upload(fresh(), image_type="auxiliaryType").status_code == 200
    assert sandbox.client.delete(f"/images/{first[0]}").status_code == 200
    assert sandbox.upload(fresh()).status_code == 200
    assert nok(sandbox.upload(fresh()), 400)


def test_twenty_hold_also_when_many_come_at_once(sandbox, pictures):
    with ThreadPoolExecutor(16) as many:
        answers = [many.submit(sandbox.upload, pictures["jpg"]) for _ in range(48)]
        statuses = sorted(answer.result().status_code for answer in answers)
    assert statuses == [200] * 20 + [400] * 28
    assert len(sandbox.ids()) == 20


def request_of(size, model_id, picture):
    """Return the body and headers of an upload request of exactly that many bytes."""
    data = json.dumps({"modelID": model_id, "type": "modelInput"})
    head = f'--x\r\nContent-Disposition: form-data; name="data"\r\n\r\n{data}\r\n'.encode()
    head += b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
    end = b"\r\n--x--\r\n"
    body = head + picture + b"\0" * (size - len(head) - len(picture) - len(end)) + end
    return {"content": body, "headers": {"Content-Type": "multipart/form-data; boundary=x"}}


@pytest.mark.parametrize(("size", "status"), [(19_999_999, 200), (20_000_000, 413), (60_000_000, 413)])
def test_a_request_stays_below_twenty_million_bytes(sandbox, pictures, size, status):
    request = request_of(size, sandbox.model_id, pictures["jpg"])
    assert len(request["content"]) == size
    answer = sandbox.client.post("/images/upload", **request, timeout=60)
    assert answer.status_code == status
    assert answer.json()["status"] == ("OK" if status == 200 else "NOK")
    assert sandbox.client.get("/ping").status_code == 200
    assert len(sandbox.ids()) == (1 if status == 200 else 0)
