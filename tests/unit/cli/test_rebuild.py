import pytest

from tests.samples import jpeg
from tests.unit.cli.conftest import MODEL, SET


@pytest.fixture
def synced(account):
    for number in range(1, 5):
        account.write(f"{SET}/{number}.jpg", jpeg(number))
    account.service.add_image(MODEL, "modelInput", jpeg(500))
    account.doc("sync")
    account.posted = 0
    account.events = len(account.service.events)
    return account


def counted(document):
    return {name: count for name, count in document["summary"].items() if count and name != "bytes"}


def sent(account):
    """How often something took effect there since the first sync."""
    return len(account.service.events) - account.events


def backups(account):
    return [path.name for path in account.home.glob("state.db.before-*")]


def test_a_rebuilt_state_knows_what_is_up_and_sends_nothing(synced):
    done = synced.doc("rebuild", "--yes")
    assert counted(done) == {"adopt": 4, "foreign": 1}
    assert {one["outcome"] for one in done["operations"] if one["action"] == "adopt"} == {"done"}
    assert (sent(synced), backups(synced)) == (0, [done["kept"].rpartition("/")[2]])
    status = synced.doc("status")["sets"][0]
    assert (status["up"], status["foreign"], status["last_success"] is None) == (4, 1, False)
    assert counted(synced.doc("sync")) == {"unchanged": 4, "foreign": 1}
    assert sent(synced) == 0


def test_what_was_let_go_or_lies_in_no_folder_is_told_by_content_alone(synced):
    with synced.state() as store:
        store.records.forget(synced.recorded()[0].key, [synced.recorded()[0].row])
    (synced.home / SET / "2.jpg").unlink()
    synced.write(f"{SET}/new.jpg", jpeg(9))
    done = synced.doc("rebuild")
    assert counted(done) == {"adopt": 3, "upload": 1, "foreign": 2}
    assert [one["outcome"] for one in done["operations"] if one["action"] == "upload"] == ["skipped"]
    assert (sent(synced), synced.doc("explain", f"{SET}/new.jpg")["state"]) == (0, "pending")
    assert counted(synced.doc("sync")) == {"upload": 1, "unchanged": 3, "foreign": 2}


def test_a_state_that_is_gone_or_damaged_is_rebuilt_too(synced):
    (synced.home / "state.db").unlink()
    done = synced.doc("rebuild")
    assert (counted(done), done["kept"]) == ({"adopt": 4, "foreign": 1}, None)
    (synced.home / "state.db").write_bytes(b"not a database, for sure" * 100)
    assert counted(synced.doc("rebuild")) == {"adopt": 4, "foreign": 1}
    assert (sent(synced), len(list(synced.home.glob("state.db.damaged-*")))) == (0, 1)


def test_a_set_that_cannot_be_looked_at_keeps_what_is_remembered(synced):
    from werkzeug.wrappers import Response

    synced.before = lambda _: Response(b"<html>", 200, content_type="text/html")
    done = synced.doc("rebuild", code=4)
    assert [one["halt"] for one in done["sets"]] == ["listing-failed"]
    assert len(synced.recorded()) == 4
    synced.before = None
    assert counted(synced.doc("sync")) == {"unchanged": 4, "foreign": 1}


def test_an_upload_of_unknown_fate_stays_known(synced):
    synced.write(f"{SET}/5.jpg", jpeg(5))
    synced.after = lambda request, true: cut(true) if request.method == "POST" else None
    assert synced.run("sync", "--wait", "0").exit_code == 5
    synced.after = None
    assert counted(synced.doc("rebuild")) == {"adopt": 5, "foreign": 1}
    assert synced.posted == 1


def cut(true):
    from werkzeug.wrappers import Response

    return Response(true.get_data()[:20], 200, {"Content-Length": "999"})


def test_people_see_what_was_matched_and_where_the_old_state_is(synced):
    done = synced.run("rebuild")
    assert done.exit_code == 0
    assert f"= {SET}/1.jpg" in done.stdout
    assert "The state as it was is kept as" in done.stderr
