import io
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

from syncd.sandbox import running, serve
from syncd.sandbox.server import THREADS, bind

HEADERS = {"API-Version": "1"}
QUIET = {"verify": False, "trust_env": False}


@contextmanager
def program(*options):
    command = [sys.executable, "-W", "error", "-m", "syncd.sandbox", "--listen", "127.0.0.1:0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process, [process.stdout.readline() for _ in range(4)]
        finally:
            process.kill()


def facts_of(lines):
    return dict(line.rstrip("\n").split(": ", 1) for line in lines)


def reachable(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_the_program_tells_where_it_is_and_ends_on_a_signal(tmp_path):
    seen = []
    for number in (signal.SIGTERM, signal.SIGINT):
        with program("--data", str(tmp_path / "data")) as (process, lines):
            facts = facts_of(lines)
            assert list(facts) == ["base_url", "api_key", "model_id", "ready"]
            assert facts["ready"] == "yes"
            headers = HEADERS | {"Authorization": f"Bearer {facts['api_key']}"}
            listed = httpx.get(f"{facts['base_url']}/models", headers=headers, **QUIET).json()["result"]
            assert [model["id"] for model in listed] == [facts["model_id"]]
            process.send_signal(number)
            assert process.communicate(timeout=20) == ("", "")
            assert process.returncode == 0
        seen.append((facts["api_key"], facts["model_id"]))
    assert seen[0] == seen[1]
    assert stat.S_IMODE((tmp_path / "data/api_key").stat().st_mode) == 0o600


def test_two_programs_do_not_share_a_folder(tmp_path):
    with program("--data", str(tmp_path)), program("--data", str(tmp_path)) as (second, lines):
        assert lines == [""] * 4
        assert "Another sandbox keeps its data in" in second.communicate(timeout=20)[1]
        assert second.returncode == 2


@pytest.mark.parametrize("listen", ["0.0.0.0:0", "example.org:80", "192.168.1.5:8788", "[::]:0", "*:0"])
def test_only_this_machine_is_served(listen):
    with pytest.raises(ValueError, match="this machine only"):
        serve(listen)


@pytest.mark.parametrize("listen", ["127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000", ""])
def test_an_address_that_is_none_is_explained(listen):
    with pytest.raises(ValueError, match="host:port"):
        serve(listen)


def test_a_port_alone_is_one_of_this_machine():
    with bind(":0") as bound:
        assert bound.getsockname()[0] == "127.0.0.1"
        assert bound.getsockname()[1] > 0


def test_a_taken_port_is_explained():
    with bind("localhost:0") as taken, pytest.raises(ValueError, match="Cannot listen on 127"):
        serve(f"127.0.0.1:{taken.getsockname()[1]}")


def test_a_folder_that_cannot_be_is_explained(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match="Cannot keep data in"):
        serve("127.0.0.1:0", tmp_path / "file")


def test_running_leaves_nothing_open(make):
    def held():
        return len(os.listdir("/proc/self/fd")), threading.active_count()

    with running(make()):
        pass
    before = held()
    with running(make()) as base_url, httpx.Client(**QUIET) as client:
        assert client.get(f"{base_url}/ping").status_code == 401
        port = httpx.URL(base_url).port
        assert reachable(port)
    assert not reachable(port)
    assert held() == before


def test_more_at_once_than_there_are_threads_are_answered_without_a_word_in_the_log(make, caplog):
    busy, go_on = threading.Semaphore(0), threading.Event()

    def wait(_):
        busy.release()
        go_on.wait(60)

    def ask(url):
        with httpx.Client(**QUIET) as client:
            return client.get(url).status_code

    with running(make(), before=wait) as base_url, ThreadPoolExecutor(THREADS + 8) as many:
        answers = [many.submit(ask, f"{base_url}/ping") for _ in range(THREADS + 8)]
        for _ in range(THREADS):
            assert busy.acquire(timeout=60)
        go_on.set()
        assert [answer.result() for answer in answers] == [401] * len(answers)
    assert [record.name for record in caplog.records if record.name.startswith("waitress")] == []


def test_a_connection_cut_in_the_middle_of_an_upload_harms_no_one(make):
    service = make()
    service.create_model("m")
    with running(service) as base_url:
        url = httpx.URL(base_url)
        with socket.create_connection((url.host, url.port)) as cut:
            cut.sendall(b"POST /api/images/upload HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf")
        with httpx.Client(**QUIET) as client:
            assert client.get(f"{base_url}/ping").status_code == 401
    assert service.images("m") == []


def test_serve_speaks_to_the_stream_it_is_given_and_stops_with_the_signal(tmp_path):
    class Told(io.StringIO):
        def flush(self):
            os.kill(os.getpid(), signal.SIGTERM)

    told, before = Told(), signal.getsignal(signal.SIGTERM)
    serve("127.0.0.1:0", out=told)
    assert [line.split(": ")[0] for line in told.getvalue().splitlines()] == [
        "base_url",
        "api_key",
        "model_id",
        "ready",
    ]
    assert signal.getsignal(signal.SIGTERM) == before
