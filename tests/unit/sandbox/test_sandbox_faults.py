import io
import json

import httpx
import pytest
from PIL import Image

from syncd.sandbox import ImageService, create_app, running
from syncd.sandbox.faults import Faults
from syncd.sandbox.pictures import drawn, re_encoded
from syncd.sandbox.serve import sow
from syncd.sandbox.wishes import Misbehaviour, Seeds, wishes
from tests.samples import heic, jpeg, png, webp

KEY = "a-key-for-tests"
HEADERS = {"Authorization": f"Bearer {KEY}", "API-Version": "1"}


class Clock:
    def __init__(self):
        self.time, self.slept = 1000.0, 0.0

    def now(self):
        return self.time

    def sleep(self, seconds):
        self.slept += seconds


def bent(clock, **how):
    service = ImageService(api_key=KEY, now=clock.now)
    service.create_model("m42", "Anna")
    faults = Faults(service, Misbehaviour(**how), now=clock.now, sleep=clock.sleep)
    app = create_app(service, before=faults.before, after=faults.after)
    base = "http://127.0.0.1:9"
    return service, httpx.Client(transport=httpx.WSGITransport(app), base_url=f"{base}/api", headers=HEADERS)


def listed(client, **query):
    answer = client.get("/models/m42/images", params={"imageType": "input", **query}).json()
    return [image["id"] for image in answer["result"]], answer["pageSize"]


def upload(client, picture):
    return client.post(
        "/images/upload",
        files={"file": ("a.jpg", picture)},
        data={"data": json.dumps({"modelID": "m42", "type": "modelInput"})},
    )


def test_a_service_that_is_not_told_to_misbehaves_in_nothing():
    clock = Clock()
    service, client = bent(clock)
    assert upload(client, jpeg(1)).status_code == 200
    assert listed(client) == ([service.images("m42")[0].id], 20)
    assert clock.slept == 0


def test_latency_and_refusals_that_take_no_effect():
    clock = Clock()
    service, client = bent(clock, latency=0.2, too_many=1)
    answer = upload(client, jpeg(1))
    assert (answer.status_code, answer.headers["Retry-After"], answer.json()["status"]) == (429, "1", "NOK")
    assert (service.images("m42"), clock.slept) == ([], 0.2)
    service, client = bent(clock, unavailable=1)
    assert upload(client, jpeg(1)).status_code == 503
    assert service.images("m42") == []


def test_a_page_of_html_and_what_it_hides():
    service, client = bent(Clock(), html=1)
    answer = upload(client, jpeg(1))
    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (200, "text/html")
    assert len(service.images("m42")) == 1


@pytest.mark.parametrize("how", [{"lost": 1}, {"cut": 1}])
def test_an_answer_that_never_comes_whole_though_everything_took_effect(how):
    service = ImageService(api_key=KEY)
    service.create_model("m42")
    faults = Faults(service, Misbehaviour(**how))
    with (
        running(service, before=faults.before, after=faults.after) as base_url,
        httpx.Client(base_url=base_url, headers=HEADERS) as client,
        pytest.raises(httpx.RemoteProtocolError),
    ):
        upload(client, jpeg(1))
    assert len(service.images("m42")) == 1


def test_a_share_of_the_requests_fails_and_other_dice_fall_otherwise():
    def codes(dice):
        _, client = bent(Clock(), unavailable=0.5, dice=dice)
        return [client.get("/ping").status_code for _ in range(40)]

    assert set(codes(1)) == {200, 503}
    assert codes(1) == codes(1)
    assert codes(1) != codes(2)


def test_a_listing_lags_behind_uploads_and_deletes():
    clock = Clock()
    service, client = bent(clock, lag=5)
    made = upload(client, jpeg(1)).json()["result"]["id"]
    assert listed(client)[0] == []
    assert client.get(f"/images/{made}").status_code == 200
    clock.time += 6
    assert listed(client)[0] == [made]
    assert client.delete(f"/images/{made}").status_code == 200
    assert (listed(client)[0], service.images("m42")) == ([made], [])
    clock.time += 6
    assert listed(client)[0] == []


def test_pages_have_a_cap():
    service, client = bent(Clock(), page_cap=2)
    for number in range(5):
        service.add_image("m42", "modelInput", jpeg(number))
    found = [listed(client, pageSize=100, pageNum=number) for number in (1, 2, 3, 4)]
    assert [(len(ids), size) for ids, size in found] == [(2, 2), (2, 2), (1, 2), (0, 2)]


@pytest.mark.parametrize("make", [jpeg, png, webp, heic])
def test_a_picture_comes_back_as_other_bytes_with_the_same_pixels(make):
    from syncd.images.judge import judge

    service, client = bent(Clock(), re_encode=1)
    image = service.add_image("m42", "modelInput", make(3))
    url = client.get(f"/images/{image.id}").json()["result"]["url"]
    got = client.get(url).content
    before, after = judge(make(3)), judge(got)
    assert got != make(3)
    assert after.accepted
    assert after.likeness.pixels == before.likeness.pixels


def test_drawn_pictures_are_good_and_all_different():
    pictures = [drawn(number) for number in range(1, 30)]
    assert len(set(pictures)) == 29
    with Image.open(io.BytesIO(pictures[0])) as opened:
        opened.load()
        assert (opened.format, opened.size) == ("PNG", (640, 640))
    assert re_encoded(b"no picture") == b"no picture"


def test_seeds_are_sown_once():
    service = ImageService()
    for _ in range(2):
        sow(service, Seeds(models=2, foreign=3, output=1))
    assert [len(service.images(model.id, kind)) for model in service.models() for kind in ("modelInput", "output")] == [
        3, 1, 3, 1,
    ]  # fmt: skip


def test_wishes_are_read_and_bad_ones_told():
    assert wishes(Misbehaviour(), ["latency=0.2,429=0.5", "page-cap=7"]) == Misbehaviour(0.2, 0.5, page_cap=7)
    assert wishes(Seeds(), []) == Seeds()
    for written, words in {
        "latenz=1": "'latency' is",
        "lost=2": "from 0 to 1",
        "lag=-1": "from 0 on",
        "lag=inf": "from 0 on",
        "page-cap=1.5": "a whole number",
        "xyz=1": "there are latency, 429",
        "": "there are",
    }.items():
        with pytest.raises(ValueError, match=words):
            wishes(Misbehaviour(), [written])
