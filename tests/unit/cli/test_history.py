import os

import pytest

from syncd.model.sets import ImageType, SetKey
from syncd.store import Event
from tests.samples import jpeg
from tests.unit.cli.conftest import MODEL, SET

AUXILIARY = f"models/{MODEL}/auxiliaryType"


@pytest.fixture
def past(account):
    """Two photos up, one of them gone again; one in another set."""
    account.write(f"{SET}/a.jpg", jpeg(1))
    account.write(f"{SET}/b.jpg", jpeg(2))
    account.write(f"{SET}/c.jpg", jpeg(3))
    assert account.run("sync").exit_code == 0
    account.write(f"{AUXILIARY}/a.jpg", jpeg(1))
    assert account.run("sync").exit_code == 0
    (account.home / SET / "b.jpg").unlink()
    assert account.run("sync").exit_code == 0
    return account


def told(account, *arguments):
    return [(one["action"], one["path"]) for one in account.doc("history", *arguments)["events"]]


def test_what_was_done_is_told_newest_first_with_why(past):
    events = past.doc("history")["events"]
    assert [one["action"] for one in events] == ["delete", "upload", "upload", "upload", "upload"]
    assert list(events[0]) == ["time", "action", "path", "reason", "remote_id", "detail"]
    assert (events[0]["path"], events[0]["reason"]) == (f"{SET}/b.jpg", "removed-locally")
    assert events[0]["remote_id"] not in past.ids()
    assert events[1] | {"time": None} == {
        "time": None, "action": "upload", "path": f"{AUXILIARY}/a.jpg", "reason": "new",
        "remote_id": past.ids("auxiliaryType")[0], "detail": "",
    }  # fmt: skip
    times = [one["time"] for one in events]
    assert times == sorted(times, reverse=True)


def test_a_path_is_a_file_a_set_or_a_folder_above(past):
    assert told(past, f"{SET}/b.jpg") == [("delete", f"{SET}/b.jpg"), ("upload", f"{SET}/b.jpg")]
    assert told(past, AUXILIARY) == [("upload", f"{AUXILIARY}/a.jpg")]
    assert sorted(told(past, f"models/{MODEL}")) == sorted(told(past))
    assert told(past, f"models/{MODEL}")[0] == told(past)[0]
    assert told(past, str(past.home / SET / "never.jpg")) == []
    assert past.error("history", "/etc", code=2) == "usage"


def test_a_limit_is_kept_and_people_hear_that_there_is_more(past):
    assert told(past, "-n", "2") == told(past)[:2]
    assert told(past, "-n", "3", f"models/{MODEL}") == told(past, f"models/{MODEL}")[:3]
    done = past.run("history", "--limit", "2")
    assert len(done.stdout.splitlines()) == 2
    assert "--limit 4" in done.stderr
    assert f"`syncd history {SET} --limit 2`" in past.run("history", SET, "--limit", "1").stderr
    assert past.run("history", "-n", "5").stderr == ""
    assert past.run("history", "-n", "0").exit_code == 2


def test_people_see_fifty_lines_and_machines_everything(past):
    key = SetKey(MODEL, ImageType.MODEL_INPUT)
    with past.state() as store:
        store.history.add([Event(1.0 + number, "upload", b"/x/\xff", key) for number in range(1200)])
    assert len(past.run("history").stdout.splitlines()) == 50
    events = past.doc("history")["events"]
    assert (len(events), events[0]["time"], events[0]["path"]) == (1205, "1970-01-01T00:20:00Z", r"/x/\xff")


def test_without_a_state_nothing_was_done_and_none_is_made(account):
    assert account.doc("history") == {"events": []}
    assert "Nothing was done" in account.run("history").stdout
    assert not (account.home / "state.db").exists()
    assert account.asked == 0


def test_a_path_of_which_bytes_are_written_out_is_found(account):
    name = os.fsdecode(b"\xff b.jpg")
    account.write(f"{SET}/{name}", jpeg(1))
    account.doc("sync")
    path = rf"{SET}/\xff b.jpg"
    assert told(account, path) == told(account, f"{SET}/{name}") == [("upload", path)]
