import json

import pytest
from werkzeug.wrappers import Response

from syncd.model.record import RecordState
from tests.samples import gif, jpeg, png, webp
from tests.unit.cli.conftest import KEY, MODEL, SET

INTO = ("--model", MODEL, "--type", "modelInput")
FIELDS = {"id", "url", "modelID", "type", "createdAt", "updatedAt", "model_id", "image_type"}


def add(account, data, kind="modelInput"):
    return account.service.add_image(MODEL, kind, data).id


def did(account, kind):
    return sum(event.kind == kind for event in account.service.events)


def test_images_are_listed_all_or_by_type(account):
    ids = {kind: add(account, jpeg(1), kind) for kind in ("modelInput", "auxiliaryType", "output")}
    everything = account.doc("images", "list", MODEL)["images"]
    assert {one["type"]: one["id"] for one in everything} == ids
    assert set(everything[0]) >= FIELDS
    for kind, image_id in {**ids, "input": ids["modelInput"]}.items():
        assert [one["id"] for one in account.doc("images", "list", MODEL, "--type", kind)["images"]] == [image_id]
    lines = account.run("images", "list", MODEL).stdout.splitlines()
    assert [line.split()[:2] for line in lines[1:]] == [[image_id, kind] for kind, image_id in ids.items()]
    assert account.error("images", "list", "m404", code=4) == "not-found"
    assert account.run("images", "list", MODEL, "--type", "raw").exit_code == 2
    assert account.doc("images", "list", MODEL, "--type", "all") == account.doc("images", "list", MODEL)


def test_an_image_is_shown_as_the_service_tells_it_without_the_key(account):
    image_id = add(account, jpeg(1))

    def echo(request, true):
        document = json.loads(true.get_data())
        document["result"]["data"] = {"sent": [request.headers["Authorization"]], KEY: 1, "odd": "\x1b[2J"}
        return Response(json.dumps(document), content_type="application/json")

    account.after = echo
    told = account.run("images", "show", image_id, "--json")
    shown = account.run("images", "show", image_id)
    assert KEY not in told.output + shown.output
    assert "\x1b" not in shown.stdout
    document = json.loads(told.stdout)
    assert set(document) >= FIELDS
    assert (document["id"], document["model_id"], document["image_type"]) == (image_id, MODEL, "modelInput")
    assert document["data"]["sent"] == ["Bearer ***"]
    account.after = None
    assert account.error("images", "show", "nope", code=1) == "not-found"


@pytest.mark.parametrize("image_id", ["../models", "a/b", "", ".", "a ", "x" * 513])
@pytest.mark.parametrize("command", ["show", "delete", "download", "list"])
def test_what_is_no_id_is_a_usage_error_and_asks_nothing(account, command, image_id):
    assert (account.error("images", command, image_id, code=2), account.asked) == ("usage", 0)


def test_a_picture_is_downloaded_under_its_id_and_true_ending_and_never_over_a_file(account):
    image_id = add(account, webp(1))
    document = account.doc("images", "download", image_id)
    path = account.home / f"{image_id}.webp"
    assert path.read_bytes() == webp(1)
    assert (document["path"], document["format"], document["size"]) == (path.name, "webp", len(webp(1)))
    path.write_bytes(b"mine")
    assert account.error("images", "download", image_id, code=2) == "usage"
    assert account.error("images", "download", image_id, "-o", path.name, code=2) == "usage"
    assert path.read_bytes() == b"mine"
    assert account.run("images", "download", image_id, "-o", "sub.jpg").exit_code == 0
    assert (account.home / "sub.jpg").read_bytes() == webp(1)
    assert account.run("images", "download", image_id, "-o", "no/such/folder").exit_code == 1
    assert sorted(one.name for one in account.home.iterdir()) == sorted(["sub.jpg", "syncd.toml", path.name])


def test_a_picture_goes_to_stdout_alone(account):
    image_id = add(account, png(1))
    done = account.run("images", "download", image_id, "-o", "-")
    assert (done.exit_code, done.stdout_bytes) == (0, png(1))
    assert account.error("images", "download", image_id, "-o", "-", code=2) == "usage"
    account.before = lambda request: Response("gone", 404) if request.path.startswith("/files/") else None
    lost = account.run("images", "download", image_id)
    assert lost.exit_code != 0
    assert [one.name for one in account.home.iterdir()] == ["syncd.toml"]


@pytest.mark.parametrize(
    ("data", "code"),
    [(gif(1), "unsupported-format"), (b"", "empty"), (b"words", "not-an-image"), (jpeg(1)[:500], "corrupt"),
     (jpeg(1).ljust(19_999_488, b"\0"), "too-large")],
)  # fmt: skip
def test_a_bad_file_is_not_sent_and_says_why(account, data, code):
    account.write("a.jpg", data)
    assert account.error("images", "upload", "a.jpg", *INTO, code=1) == code
    assert account.asked == 0


def test_a_file_that_is_none_or_a_type_that_is_none_is_a_usage_error(account):
    for line in (["nope.jpg", *INTO], [".", *INTO], ["a.jpg", "--model", MODEL, "--type", "output"], ["a.jpg"]):
        assert account.error("images", "upload", *line, code=2) == "usage"
    assert account.asked == 0


def test_a_content_of_the_sets_folder_is_recorded_and_not_sent_again(account):
    account.write(f"{SET}/in.jpg", jpeg(1))
    account.write("elsewhere.png", jpeg(1))
    document = account.doc("images", "upload", "elsewhere.png", *INTO)
    assert [document["id"]] == account.ids()
    assert set(document) >= FIELDS
    assert [(one.state, one.name, one.remote_id) for one in account.recorded()] == [
        (RecordState.LIVE, b"in.jpg", document["id"])
    ]
    assert account.doc("images", "upload", f"{SET}/in.jpg", *INTO)["id"] == document["id"]
    assert account.doc("sync", "-v")["summary"]["unchanged"] == 1
    assert did(account, "upload") == 1
    event = account.doc("history")["events"][0]
    assert (event["action"], event["remote_id"]) == ("upload", document["id"])
    assert account.doc("status")["sets"][0]["up"] == 1


def test_a_photo_that_waits_its_turn_goes_up_when_it_is_named(account):
    for number in range(1, 25):
        account.write(f"{SET}/{number}.jpg", jpeg(number))
    account.doc("images", "upload", f"{SET}/24.jpg", *INTO)
    summary = account.doc("sync", "-v")["summary"]
    assert (summary["unchanged"], summary["upload"], summary["waiting"]) == (1, 19, 4)
    assert {one.name for one in account.recorded()} >= {b"24.jpg", b"19.jpg"}


def test_any_other_content_stays_foreign_even_where_it_was_ours_a_moment_ago(account):
    path = account.write(f"{SET}/a.jpg", jpeg(1))
    account.write("kept.jpg", jpeg(1))
    account.write(f"{SET}/b.jpg", jpeg(2))
    account.write(f"{SET}/c.jpg", jpeg(3))
    account.doc("sync")
    path.unlink()
    account.doc("sync")
    assert len(account.ids()) == 2
    again = account.doc("images", "upload", "kept.jpg", *INTO)["id"]
    assert account.doc("sync")["summary"]["foreign"] == 1
    assert account.doc("sync")["summary"]["delete"] == 0
    assert again in account.ids()
    path.write_bytes(jpeg(1))
    assert account.doc("sync")["summary"]["adopt"] == 1
    assert did(account, "upload") == 4


def test_a_set_without_a_folder_may_be_filled_up_to_twenty(account):
    for number in range(19):
        add(account, jpeg(number))
    account.write("a.jpg", jpeg(100))
    account.write("b.jpg", jpeg(101))
    assert "foreign" in account.run("images", "upload", "a.jpg", *INTO).stdout
    assert account.error("images", "upload", "b.jpg", *INTO, code=1) == "set-full"
    assert (len(account.ids()), account.posted) == (20, 1)


def test_a_full_set_takes_no_photo_of_its_folder_either(account):
    for number in range(20):
        add(account, jpeg(number))
    account.write(f"{SET}/a.jpg", jpeg(100))
    assert account.error("images", "upload", f"{SET}/a.jpg", *INTO, code=1) == "set-full"
    assert (account.posted, [one.state for one in account.recorded()]) == (0, [])


def test_what_the_service_holds_already_is_adopted_instead_of_sent(account):
    image_id = add(account, jpeg(1))
    account.write(f"{SET}/a.jpg", jpeg(1))
    assert account.doc("images", "upload", f"{SET}/a.jpg", *INTO)["id"] == image_id
    assert did(account, "upload") == 0
    assert [one.remote_id for one in account.recorded()] == [image_id]


def test_an_output_image_is_not_deleted(account):
    image_id = add(account, jpeg(1), "output")
    assert account.error("images", "delete", image_id, code=2) == "usage"
    assert account.ids("output") == [image_id]


def test_a_foreign_image_is_deleted_without_a_state(account):
    image_id = add(account, jpeg(1), "auxiliaryType")
    assert account.doc("images", "delete", image_id) == {"id": image_id, "deleted": True, "path": None}
    assert account.ids("auxiliaryType") == []
    assert account.error("images", "delete", image_id, code=1) == "not-found"
    assert not (account.home / "state.db").exists()


def test_an_image_of_ours_is_deleted_with_its_record_and_a_photo_that_is_there_goes_up_again(account):
    account.write(f"{SET}/a.jpg", jpeg(1))
    account.write(f"{SET}/b.jpg", jpeg(2))
    account.doc("sync")
    by_name = {one.name: one.remote_id for one in account.recorded()}
    (account.home / SET / "a.jpg").rename(account.home / SET / "renamed.jpg")
    told = account.run("images", "delete", by_name[b"a.jpg"])
    assert "renamed.jpg again" in told.stdout
    (account.home / SET / "b.jpg").unlink()
    silent = account.run("images", "delete", by_name[b"b.jpg"])
    assert (silent.exit_code, silent.stdout) == (0, f"Deleted {by_name[b'b.jpg']}.\n")
    assert {one.state for one in account.recorded()} == {RecordState.GONE}
    assert account.doc("history")["events"][0]["action"] == "delete"
    assert account.doc("sync")["summary"] | {"bytes": 0} == account.doc("sync", "-n")["summary"] | {
        "upload": 1,
        "unchanged": 0,
    }
    assert len(account.ids()) == 1
