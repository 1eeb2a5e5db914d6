import json
import socket
from email.utils import formatdate

import pytest
from werkzeug.wrappers import Response

from syncd.engine.doctor import check_clock
from tests.samples import jpeg
from tests.unit.cli.conftest import KEY, MODEL, SET

NAMES = ["config", "key", "ping", "clock", "folders", "watch", "state", "marker"]


def checks(account, *, code=0, **environ):
    return {one["name"]: one for one in account.doc("doctor", code=code, **environ)["checks"]}


def bad(account, *, code, **environ):
    found = checks(account, code=code, **environ)
    assert all(one["remedy"] for one in found.values() if not one["ok"])
    return [name for name, one in found.items() if not one["ok"]]


@pytest.fixture
def synced(account):
    account.write(f"{SET}/a.jpg", jpeg(1))
    assert account.run("sync").exit_code == 0
    return account


def test_all_is_well_before_and_after_the_first_sync_and_nothing_is_written(account):
    account.write(f"{SET}/a.jpg", jpeg(1))
    before = sorted(account.home.rglob("*"))
    found = checks(account)
    assert list(found) == NAMES
    assert all(set(one) == {"name", "ok", "detail", "remedy"} and one["ok"] for one in found.values())
    assert "SYNCD_API_KEY" in found["key"]["detail"]
    assert sorted(account.home.rglob("*")) == before
    account.run("sync")
    assert all(one["ok"] for one in checks(account).values())
    assert account.run("doctor", "-q").output == ""
    assert [line.split()[:2] for line in account.run("doctor").stdout.splitlines()] == [["ok", name] for name in NAMES]


def test_a_configuration_that_cannot_be_used_is_all_that_is_told(account):
    account.write("syncd.toml", b"[datset]\n")
    assert bad(account, code=78) == ["config"]
    assert "what to do" in account.run("doctor").stdout


def test_a_key_that_is_missing_or_not_accepted(account):
    assert bad(account, code=78, SYNCD_API_KEY=None) == ["key"]
    wrong = checks(account, code=77, SYNCD_API_KEY="another")
    assert [name for name, one in wrong.items() if not one["ok"]] == ["key"]
    assert "another" not in json.dumps(wrong)


def test_a_ping_that_asks_for_no_key_does_not_hide_a_bad_one(account):
    pong = Response('{"message": "pong!", "status": "OK"}', content_type="application/json")
    account.before = lambda request: pong if request.path == "/api/ping" else None
    assert bad(account, code=77, SYNCD_API_KEY="another") == ["key"]


def test_a_service_that_is_not_there_or_is_something_else(account):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert bad(account, code=5, SYNCD_SERVICE_BASE_URL=f"http://127.0.0.1:{port}/api") == ["ping"]
    account.before = lambda _: Response("<html>Welcome to this hotel", content_type="text/html")
    assert bad(account, code=4) == ["ping"]
    account.before = None
    assert KEY not in account.run("doctor").output


def test_a_clock_is_compared_with_the_service(account):
    def late(_, true):
        true.headers["Date"] = formatdate(1_700_000_000, usegmt=True)
        return true

    account.after = late
    assert bad(account, code=1) == ["clock"]
    assert "2023-11-14T22:13:20Z" in checks(account, code=1)["clock"]["detail"]
    assert check_clock(1000.0, 1300.0).ok
    assert not check_clock(1000.0, 1301.0).ok
    assert "behind" in check_clock(2000.0, 1000.0).detail
    assert check_clock(None, 1000.0).ok


def test_a_root_that_is_gone_and_a_marker_that_is_another(synced):
    marker = synced.home / ".syncd-root"
    mine = marker.read_text()
    for text in ("", "0f0e0d0c-0b0a-0908-0706-050403020100\n"):
        marker.write_text(text)
        assert bad(synced, code=4) == ["marker"]
    marker.write_text(mine)
    assert bad(synced, code=4, SYNCD_DATASET_ROOT=str(synced.home / "gone")) == ["folders"]


def test_a_state_that_is_damaged_or_of_something_else(synced):
    state = synced.home / "state.db"
    data = state.read_bytes()
    state.write_bytes(data[:100] + bytes(len(data) - 100))
    assert bad(synced, code=1) == ["state"]
    assert state.read_bytes()[100:] == bytes(len(data) - 100)
    state.unlink()
    state.mkdir()
    assert bad(synced, code=78) == ["state"]


def test_the_worst_decides_the_code(synced):
    (synced.home / ".syncd-root").unlink()
    assert bad(synced, code=77, SYNCD_API_KEY="another") == ["key", "marker"]
    assert MODEL
