import json

from werkzeug.wrappers import Response

from tests.samples import jpeg
from tests.unit.cli.conftest import MODEL


def fill(account, model=MODEL, **counts):
    for kind, count in counts.items():
        for number in range(count):
            account.service.add_image(model, kind, jpeg(number))


def test_each_model_is_told_with_its_images_by_type(account):
    account.service.create_model("m7", "Ben \u202e\n")
    fill(account, modelInput=12, auxiliaryType=2, output=103)
    assert account.doc("models") == {
        "models": [
            {
                "id": MODEL, "name": "Anna", "status": "new",
                "images": {"modelInput": 12, "auxiliaryType": 2, "output": 103},
            },
            {
                "id": "m7", "name": "Ben \u202e\n", "status": "new",
                "images": {"modelInput": 0, "auxiliaryType": 0, "output": 0},
            },
        ]
    }  # fmt: skip
    lines = account.run("models").stdout.splitlines()
    assert lines[0].split() == ["id", "name", "status", "modelInput", "auxiliaryType", "output"]
    assert lines[1].split() == [MODEL, "Anna", "new", "12", "2", "103"]
    assert "Ben \\xe2\\x80\\xae\\x0a" in lines[2]


def test_a_service_that_leaves_types_out_is_asked_type_by_type(account):
    fill(account, modelInput=3, auxiliaryType=1, output=2)

    def untyped(request, true):
        document = json.loads(true.get_data())
        for image in document["result"] if request.path.endswith("/images") else []:
            del image["type"]
        return Response(json.dumps(document), content_type="application/json")

    account.after = untyped
    assert account.doc("models")["models"][0]["images"] == {"modelInput": 3, "auxiliaryType": 1, "output": 2}


def test_one_model_that_cannot_be_listed_does_not_hide_the_others(account):
    account.service.create_model("m7", "Ben")
    account.before = lambda request: Response("<html>", 200) if request.path.startswith("/api/models/m7/") else None
    done = account.run("models", "--json")
    assert done.exit_code == 1
    found = {one["id"]: one["images"] for one in json.loads(done.stdout)["models"]}
    assert (found[MODEL]["modelInput"], found["m7"]) == (0, None)
    assert "m7" in done.stderr


def test_an_account_without_models_and_a_wrong_key(account):
    account.service.delete_model(MODEL)
    assert account.doc("models") == {"models": []}
    assert "no models" in account.run("models").stdout
    assert account.error("models", code=77, SYNCD_API_KEY="another") == "key-rejected"
    assert account.error("models", code=78, SYNCD_API_KEY=None) == "config"
