import socket
import threading
import urllib.error
import urllib.request
from contextlib import ExitStack, suppress

import pytest

from syncd.config.schema import Status
from syncd.daemon.serving import Serving
from syncd.page.outlook import Outlook
from tests.unit.store.world import HandClock, state


@pytest.fixture
def outlook(tmp_path):
    with state(tmp_path / "state" / "state.db") as store:
        yield Outlook(store, HandClock(), b"/srv", lambda: True)


@pytest.fixture
def serve(outlook, log):
    begun = []

    def begin(listen="127.0.0.1:0", token_file=None):
        begun.append(Serving(Status.model_construct(listen=listen, token_file=token_file), outlook, log))
        begun[-1].start()
        return begun[-1]

    yield begin
    for each in begun:
        end(each)


def end(serving):
    serving.stop()
    serving.join()


def tried(address):
    with suppress(OSError):
        get(address)


def url(lines):
    return next(one.url for one in lines.records if one.getMessage() == "status page")


def get(address, **headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def test_the_page_is_served_until_it_is_stopped(serve, lines):
    before = threading.active_count()
    serving = serve()
    address = url(lines)
    assert [get(address + path) for path in ("", "metrics", "healthz", "other")] == [200, 200, 200, 404]
    end(serving)
    assert threading.active_count() == before
    with pytest.raises(OSError, match="refused"):
        get(address)
    # Whoever comes next, as a daemon with a new configuration does, has the same port at once.
    serve(address.removeprefix("http://").rstrip("/"))
    assert get(address) == 200


def test_once_it_is_stopped_it_writes_into_nothing_that_is_opened_later(serve, tmp_path):
    serving = serve()
    end(serving)
    paths = [tmp_path / str(number) for number in range(30)]
    with ExitStack() as opened:
        for path in paths:
            opened.enter_context(path.open("wb"))
        serving.stop()
    assert [path.name for path in paths if path.stat().st_size] == []


def test_the_port_is_free_though_somebody_is_being_answered_still(serve, lines, outlook, monkeypatch):
    asked, answer = threading.Event(), threading.Event()

    def slow():
        asked.set()
        answer.wait(30)
        return ""

    monkeypatch.setattr(outlook, "ailment", slow)
    serving = serve()
    address = url(lines)
    waiting = threading.Thread(target=tried, args=(f"{address}healthz",))
    waiting.start()
    assert asked.wait(30)
    end(serving)
    serve(address.removeprefix("http://").rstrip("/"))
    assert lines.messages == ["status page", "status page"]
    answer.set()
    waiting.join()


def test_a_request_that_goes_on_and_on_is_refused(serve, lines):
    serve()
    assert get(url(lines), Long="x" * (1 << 14)) == 431
    assert get(url(lines)) == 200


def test_whoever_holds_all_connections_does_not_fill_the_log(serve, lines, caplog):
    serve()
    host, _, port = url(lines).removeprefix("http://").rstrip("/").partition(":")
    held = [socket.create_connection((host, int(port))) for _ in range(30)]
    for each in held:
        each.close()
    assert get(url(lines)) == 200
    assert [record for record in caplog.records if record.name.startswith("waitress")] == []


def test_none_is_served_where_none_is_wanted(serve, lines):
    before = threading.active_count()
    serve("")
    assert (threading.active_count(), lines.messages) == (before, [])


def test_a_port_that_is_taken_is_told_and_no_more(serve, lines):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        serve(listen)
    (said,) = lines.records
    assert (said.getMessage(), said.levelname) == ("no status page", "WARNING")
    assert said.why == f"status.listen = {listen}: Address already in use"
    assert said.remedy == 'name another one as status.listen, or "" for none'


def test_an_address_that_is_not_ours_is_told(serve, lines, tmp_path):
    token = tmp_path / "token"
    token.write_text("t0ken\n")
    token.chmod(0o600)
    serve("192.0.2.1:8787", bytes(token))
    assert lines.messages == ["no status page"]
    assert "Cannot assign requested address" in lines.records[0].why


def test_the_token_is_asked_for(serve, lines, tmp_path):
    token = tmp_path / "token"
    token.write_text("t0ken\n")
    token.chmod(0o600)
    serve(token_file=bytes(token))
    assert get(url(lines)) == 401
    assert get(url(lines), Authorization="Bearer t0ken") == 200
    token.write_text("an0ther\n")
    assert get(url(lines), Authorization="Bearer t0ken") == 401
    assert get(url(lines), Authorization="Bearer an0ther") == 200


@pytest.mark.parametrize("listen", ["nosuch.invalid:80", "a..b:80", f"{'a' * 70}:80"])
def test_a_name_that_means_no_address_is_told(serve, lines, listen):
    serve(listen)
    (said,) = lines.records
    assert said.getMessage() == "no status page"
    assert said.why.startswith(f"status.listen = {listen}: ")
    assert "Unknown error" not in said.why


def test_where_no_thread_can_be_had_the_port_is_given_back(serve, lines, monkeypatch):
    def none_left(_):
        raise RuntimeError("can't start new thread")

    with socket.create_server(("127.0.0.1", 0)) as free:
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    monkeypatch.setattr(threading.Thread, "start", none_left)
    serve(listen)
    assert lines.messages == ["no status page"]
    socket.create_server(("127.0.0.1", int(listen.rpartition(":")[2]))).close()


@pytest.mark.parametrize(
    ("written", "mode", "why"),
    [
        (None, 0, "The page's token cannot be read"),
        ("t0ken", 0o604, "can be read by others"),
        ("", 0o600, "holds is no token"),
        ("two words", 0o600, "holds is no token"),
    ],
)
def test_without_a_good_token_nothing_is_shown(serve, lines, tmp_path, written, mode, why):
    token = tmp_path / "token"
    if written is not None:
        token.write_text(written)
        token.chmod(mode)
    serve(token_file=bytes(token))
    (said,) = lines.records
    assert said.getMessage() == "no status page"
    assert why in said.why
    assert "t0ken" not in said.why


def test_an_ipv6_address_will_do_where_the_machine_has_one(serve, lines):
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        serve("[::1]:0")
        assert lines.messages == ["no status page"]
    else:
        serve("[::1]:0")
        assert url(lines).startswith("http://[::1]:")
        assert get(url(lines)) == 200
