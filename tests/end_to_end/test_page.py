"""The page of the real daemon, asked over a real connection."""

import signal
import socket
import urllib.error
import urllib.request

import pytest

from tests.end_to_end.bench import KEY
from tests.end_to_end.living import daemon, until


def get(url, path=""):
    with urllib.request.urlopen(url + path, timeout=30) as answer:
        return answer.read().decode()


def url_of(living):
    return until(lambda: living.told("status page"))[-1]["url"]


def test_the_page_shows_what_the_daemon_did(bench):
    bench.configure(status={"listen": "127.0.0.1:0"}, deletes={"grace_seconds": 0.5, "max_delete": 1})
    bench.fill(3)
    with daemon(bench) as living:
        until(lambda: len(bench.remote()) == 3)
        url = url_of(living)
        page = until(lambda: "3 photos up" in get(url) and get(url))
        assert page.count("models/m42/modelInput/") == 3
        assert '"status": "ok"' in get(url, "healthz").replace('":"', '": "')
        assert 'syncd_images{state="up"} 3.0' in get(url, "metrics")
        for number in (1, 2):
            bench.remove(f"{number}.jpg")
        page = until(lambda: "Needs a person" in get(url) and get(url))
        assert "2 deletes held until a person has looked" in page
        assert "models/m42/modelInput (2)" in page
        assert 'syncd_images{state="held"} 2.0' in get(url, "metrics")
        assert KEY not in "".join(get(url, path) for path in ("", "metrics", "healthz"))
        assert living.stop() == 143
    with pytest.raises(urllib.error.URLError, match="refused"):
        get(url)


def test_a_new_configuration_moves_the_page(bench):
    bench.configure(status={"listen": "127.0.0.1:0"})
    with daemon(bench) as living:
        before = url_of(living)
        assert get(before, "healthz")
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        bench.configure(status={"listen": f"127.0.0.1:{port}"})
        living.process.send_signal(signal.SIGHUP)
        until(lambda: len(living.told("started")) == 2)
        assert get(f"http://127.0.0.1:{port}/", "healthz")
        with pytest.raises(urllib.error.URLError, match="refused"):
            get(before)
        assert living.stop() == 143


def test_where_the_port_is_taken_the_photos_go_up_all_the_same(bench):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        bench.configure(status={"listen": f"127.0.0.1:{taken.getsockname()[1]}"})
        bench.fill(1)
        with daemon(bench) as living:
            until(lambda: len(bench.remote()) == 1)
            (said,) = living.told("no status page")
            assert "Address already in use" in said["why"]
            assert living.stop() == 143
