import pytest

PERSON = {"name": "Ada", "age": 36, "gender": "Female"}


def saved(sandbox, **what):
    answer = sandbox.client.post("/models", json=PERSON | what)
    assert (answer.status_code, answer.json()["status"]) == (200, "OK"), answer.text
    return answer.json()["result"]


def shown(api, model_id):
    answer = api.client.get(f"/models/{model_id}")
    assert (answer.status_code, answer.json()["status"]) == (200, "OK"), answer.text
    return answer.json()["result"]


def test_the_models_are_listed_and_told_of(api):
    listed = {model["id"]: model for model in api.client.get("/models").json()["result"]}
    assert {"id", "name", "status", "modelType", "createdAt", "updatedAt"} <= set(listed[api.model_id])
    assert shown(api, api.model_id)["name"] == listed[api.model_id]["name"]


def test_a_new_model_answers_its_summary(sandbox):
    model = saved(sandbox, ethnicity="English", eyeColor="grey")
    assert set(model) == {"id", "status", "modelType", "createdAt", "updatedAt"}
    assert model["status"] == "new"
    assert shown(sandbox, model["id"]).items() >= (PERSON | {"ethnicity": "English", "eyeColor": "grey"}).items()


def test_an_id_updates_that_model(sandbox):
    model = saved(sandbox)
    assert saved(sandbox, id=model["id"], name="Grace", age=40.5)["id"] == model["id"]
    assert shown(sandbox, model["id"]).items() >= {"name": "Grace", "age": 40.5}.items()
    assert len(sandbox.client.get("/models").json()["result"]) == 2
    assert sandbox.client.post("/models", json=PERSON | {"id": "nobody"}).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": None},
        {"name": " "},
        {"age": "36"},
        {"age": True},
        {"age": -1},
        {"gender": "x"},
        {"id": 7},
        {"eyeColor": 7},
    ],
)
def test_a_model_described_wrongly_is_a_400(sandbox, wrong):
    assert sandbox.client.post("/models", json=PERSON | wrong).status_code == 400


@pytest.mark.parametrize("body", [b"", b"no json", b"[]", b"\xff"])
def test_a_model_in_another_shape_is_a_400(sandbox, body):
    answer = sandbox.client.post("/models", content=body)
    assert (answer.status_code, answer.json()["status"]) == (400, "NOK")


def test_a_deleted_model_takes_its_images_along(sandbox, pictures):
    image = sandbox.uploaded_image(pictures["jpg"])
    answer = sandbox.client.delete(f"/models/{sandbox.model_id}")
    assert (answer.status_code, answer.json()["status"]) == (200, "OK")
    assert shown(sandbox, sandbox.model_id)["status"] == "deleted"
    assert sandbox.client.get("/models").json()["result"] == []
    assert sandbox.client.get(f"/images/{image['id']}").status_code == 404
    assert sandbox.upload(pictures["jpg"]).status_code == 404
    for method, path in (("DELETE", ""), ("GET", "/images"), ("GET", "/train")):
        assert sandbox.client.request(method, f"/models/{sandbox.model_id}{path}").status_code == 404


@pytest.mark.parametrize(("images", "status"), [(0, 400), (11, 400), (12, 200), (20, 200)])
def test_a_training_wants_twelve_to_twenty_images(sandbox, fresh, images, status):
    for _ in range(images):
        sandbox.uploaded_image(fresh())
    for _ in range(12):
        sandbox.uploaded_image(fresh(), image_type="auxiliaryType")
    answer = sandbox.client.get(f"/models/{sandbox.model_id}/train")
    assert answer.status_code == status
    if status == 200:
        assert answer.json() == {"result": "Training triggered", "status": "OK"}
    assert shown(sandbox, sandbox.model_id)["status"] == ("training" if status == 200 else "new")
