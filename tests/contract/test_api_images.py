from datetime import datetime

import pytest

FIELDS = {
    "id",
    "url",
    "modelID",
    "type",
    "createdAt",
    "updatedAt",
    "data",
    "folderID",
    "liked",
    "publicMediaID",
    "upscaledImageID",
    "upscaledImageURL",
}
CONTENT_TYPES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "heic": "image/heic"}


def test_an_upload_answers_the_image(api, pictures):
    answer = api.upload(pictures["jpg"])
    image = answer.json()["result"]
    assert (answer.status_code, answer.json()["status"]) == (200, "OK")
    assert set(image) >= FIELDS
    assert (image["modelID"], image["type"]) == (api.model_id, "modelInput")


def test_times_are_utc(sandbox, pictures):
    image = sandbox.uploaded_image(pictures["jpg"])
    for name in ("createdAt", "updatedAt"):
        assert datetime.fromisoformat(image[name]).utcoffset().total_seconds() == 0


@pytest.mark.parametrize("name", CONTENT_TYPES)
def test_every_accepted_format_goes_up(api, pictures, name):
    assert api.upload(pictures[name], name=f"photo.{name}").status_code == 200


def test_an_uploaded_image_can_be_inspected(api, pictures):
    image = api.uploaded_image(pictures["png"], name="photo.png")
    answer = api.client.get(f"/images/{image['id']}").json()
    assert answer["status"] == "OK"
    assert {name: answer["result"][name] for name in ("id", "modelID", "type")} == {
        name: image[name] for name in ("id", "modelID", "type")
    }


@pytest.mark.parametrize(("image_type", "shown"), [("modelInput", "input"), ("auxiliaryType", "auxiliaryType")])
def test_an_uploaded_image_is_listed_under_its_type_alone(api, pictures, image_type, shown):
    image = api.uploaded_image(pictures["jpg"], image_type=image_type)
    where = {name for name in ("all", "input", "output", "auxiliaryType") if image["id"] in api.ids(name)}
    assert where == {"all", shown}


def test_the_same_bytes_twice_are_two_images(api, pictures):
    first, second = api.uploaded_image(pictures["jpg"]), api.uploaded_image(pictures["jpg"])
    assert first["id"] != second["id"]
    assert {first["id"], second["id"]} <= set(api.ids())


def test_a_deleted_image_is_gone(api, pictures):
    image = api.uploaded_image(pictures["jpg"])
    answer = api.client.delete(f"/images/{image['id']}")
    assert (answer.status_code, answer.json()["status"]) == (200, "OK")
    assert api.client.get(f"/images/{image['id']}").status_code == 404
    assert image["id"] not in api.ids()


def test_a_second_delete_is_a_404(sandbox, pictures):
    image = sandbox.uploaded_image(pictures["jpg"])
    assert [sandbox.client.delete(f"/images/{image['id']}").status_code for _ in range(2)] == [200, 404]


@pytest.mark.parametrize("name", CONTENT_TYPES)
def test_the_url_gives_the_bytes_that_were_sent_to_anyone(sandbox, pictures, name):
    image = sandbox.uploaded_image(pictures[name], name="photo.bin")
    answer = sandbox.anyone.get(image["url"])
    assert answer.status_code == 200
    assert answer.content == pictures[name]
    assert answer.headers["Content-Type"] == CONTENT_TYPES[name]


def test_the_url_is_on_the_host_that_was_asked(sandbox, pictures):
    image = sandbox.uploaded_image(pictures["jpg"])
    there = sandbox.client.base_url
    assert image["url"].startswith(f"http://{there.netloc.decode()}/files/{image['id']}/")


def test_the_url_of_a_deleted_image_and_a_guessed_url_give_nothing(sandbox, pictures):
    kept, deleted = sandbox.uploaded_image(pictures["jpg"]), sandbox.uploaded_image(pictures["jpg"])
    sandbox.client.delete(f"/images/{deleted['id']}")
    guessed = kept["url"].rpartition("/")[0] + "/guess.jpg"
    assert [sandbox.anyone.get(url).status_code for url in (kept["url"], deleted["url"], guessed)] == [200, 404, 404]


def test_a_listing_tells_its_page_and_size(api):
    page = api.list(pageNum=1, pageSize=5)
    assert (page["page"], page["pageSize"], page["status"]) == (1, 5, "OK")
    assert "total" not in page


def test_without_a_query_a_listing_shows_the_first_twenty_of_all(sandbox, fresh):
    for image_type in ("modelInput", "auxiliaryType"):
        for _ in range(11):
            sandbox.uploaded_image(fresh(), image_type=image_type)
    page = sandbox.client.get(f"/models/{sandbox.model_id}/images").json()
    assert (page["page"], page["pageSize"], len(page["result"])) == (1, 20, 20)


def test_pages_follow_each_other_without_gap_or_overlap(sandbox, fresh):
    ids = [sandbox.uploaded_image(fresh())["id"] for _ in range(7)]
    pages = [sandbox.list(pageNum=number, pageSize=3)["result"] for number in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [3, 3, 1, 0]
    assert sorted(image["id"] for page in pages for image in page) == sorted(ids)


def test_a_page_is_cut_to_a_hundred_and_says_so(sandbox):
    assert [sandbox.list(pageSize=size)["pageSize"] for size in (100, 101, 5000)] == [100, 100, 100]


@pytest.mark.parametrize(
    "query",
    ["imageType=modelInput", "imageType=", "pageNum=0", "pageNum=-1", "pageSize=0", "pageSize=x", "pageNum=1.5"],
)
def test_a_listing_asked_wrongly_is_a_400(sandbox, query):
    assert sandbox.client.get(f"/models/{sandbox.model_id}/images?{query}").status_code == 400
