import base64
import json
from html.parser import HTMLParser

import pytest
from prometheus_client.parser import text_string_to_metric_families
from werkzeug.test import Client

from syncd import __version__
from syncd.errors import ConfigError, StateError
from syncd.model.plan import Halt
from syncd.model.sets import ImageType, SetKey
from syncd.model.words import HaltName
from syncd.page.app import create_app
from syncd.page.outlook import Outlook
from syncd.page.view import MOST_SETS, MOST_TROUBLES
from syncd.store import Event
from tests.unit.store.world import KEY, OTHER, T0, HandClock, later, state

ROOT = b"/srv/photos"
HALT = Halt(HaltName.ROOT_CHANGED, "it bears no marker <b>now</b>", "`syncd approve PATH`")
VOID = {"meta", "link", "br"}


def raises(error):
    raise error


class Outline(HTMLParser):
    """The words of a page, and whether every tag that opens closes."""

    def __init__(self, text):
        super().__init__()
        self.words, self.tags, self.open = [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join("".join(self.words).split())


@pytest.fixture
def store(tmp_path):
    with state(tmp_path / "state.db") as opened:
        yield opened


def save(store, key, *, halt=None, success=True, now=T0, **counts):
    lease = store.leases.acquire(key, now)
    folder = ROOT + f"/models/{key.model_id}/{key.image_type.value}".encode()
    how = {"folder": folder, "root_uuid": "u", "limit": 20, "remote": counts.get("up", 0), "counts": counts}
    store.sets.save_pass(lease, key, **how, halt=halt, now=now, success=success)
    store.leases.release(lease)


def outlook(store, *, alive=True, now=60):
    return Outlook(store, HandClock(later(now)), ROOT, lambda: alive)


def ask(store, path="/", *, token=None, headers=None, method="GET", **how):
    client = Client(create_app(outlook(store, **how), token and (lambda: token)))
    return client.open(path, method=method, headers=headers or {}, base_url="http://localhost:8787")


def figures(store, **how):
    families = text_string_to_metric_families(ask(store, "/metrics", **how).text)
    return {(one.name, *sorted(one.labels.values())): one.value for each in families for one in each.samples}


def test_the_page_says_how_it_stands(store):
    save(store, KEY, up=13)
    save(store, OTHER, up=2, waiting=1)
    store.sets.set_model_name("m42", "Anna")
    store.presence.claim(T0)
    store.history.add([Event(T0.wall, "upload", ROOT + b"/models/m42/modelInput/a.jpg", KEY, "new")])
    page = Outline(ask(store).text)
    assert "2 sets looked after, 15 photos up" in page.text
    assert "models/m42/modelInput Anna 13 of 20 13/20 13 up, ready to train 1 minute ago" in page.text
    assert "models/m42/auxiliaryType Anna 2 of 20 2/20 2 up, 1 waiting 1 minute ago" in page.text
    assert "1 minute ago upload models/m42/modelInput/a.jpg new" in page.text
    assert "began 1 minute ago" in page.text
    assert ("h1", {"class": "good"}) in page.tags
    assert "Needs a person" not in page.text


def test_what_needs_a_person_comes_first_with_the_way_out(store):
    save(store, KEY, up=13)
    other = SetKey("zz", ImageType.MODEL_INPUT)
    save(store, other, halt=HALT, success=False, up=3)
    save(store, OTHER, up=4, held=3)
    page = Outline(ask(store).text)
    assert "1 set halted, 3 deletes held" in page.text
    assert "Needs a person root-changed it bears no marker <b>now</b> What to do: syncd approve PATH" in page.text
    assert "3 deletes held until a person has looked" in page.text
    assert "models/m42/auxiliaryType (3)" in page.text
    assert ("h1", {"class": "bad"}) in page.tags
    rows = [attrs["class"] for tag, attrs in page.tags if tag == "tr" and "class" in attrs]
    assert rows == ["bad", "held", "good"]
    assert "never" in page.text


def test_a_daemon_that_does_not_get_on_is_not_called_good(store):
    save(store, KEY, up=13)
    page = Outline(ask(store, alive=False).text)
    assert "the daemon does not get on" in page.text
    assert ("h1", {"class": "bad"}) in page.tags


def test_photos_that_cannot_go_up_are_counted(store):
    save(store, KEY, up=13, rejected=2, refused=1)
    assert "1 set looked after, 13 photos up, 3 that cannot go up" in Outline(ask(store).text).text


def test_the_page_renews_itself_until_it_is_held_still(store, monkeypatch):
    assert ask(store).headers["Refresh"] == "15"
    held = ask(store, "/?still")
    assert "Refresh" not in held.headers
    assert "renew it every 15 seconds" in Outline(held.text).text
    monkeypatch.setattr(type(store.sets), "all", lambda _: raises(StateError("locked", "wait")))
    assert ask(store).headers["Refresh"] == "15"


def test_names_cannot_write_into_the_page(store):
    name = b"<script>alert(1)</script>\n\xff\xe2\x80\xae.jpg"
    store.history.add([Event(T0.wall, "upload", ROOT + b"/" + name, KEY, "new", None, "<img src=x>")])
    save(store, KEY)
    store.sets.set_model_name("m42", "<i>Anna</i>")
    answer = ask(store).text
    assert "<script" not in answer
    assert "<img" not in answer
    assert "&lt;i&gt;Anna" in answer
    assert r"\x0a\xff\xe2\x80\xae.jpg" in Outline(answer).text


def test_where_nothing_is_yet_the_page_says_so(store):
    page = Outline(ask(store).text)
    assert "No set was passed over yet" in page.text
    assert "Nothing was done yet" in page.text


def test_paused_and_polling_are_told(store):
    store.presence.claim(T0)
    store.presence.tell(T0, "poll", "the folders lie on a network file system.", "")
    store.meta.set_paused(paused=True)
    store.meta.put_root(ROOT, None, T0)
    page = Outline(ask(store).text)
    assert "Paused until syncd resume" in page.text
    assert "It is not told of every change: the folders lie on a network file system." in page.text
    assert "/srv/photos bears no marker" in page.text


def test_a_page_of_very_many_sets_stays_a_page(store):
    for number in range(MOST_SETS + 1):
        halt = Halt(HaltName.UNREACHABLE, f"no answer to {number}", "wait") if number < 2 * MOST_TROUBLES else None
        save(store, SetKey(f"m{number:04}", ImageType.MODEL_INPUT), up=20, held=1, halt=halt)
    page = Outline(ask(store).text)
    assert page.text.count("20/20") == MOST_SETS
    assert "And 1 more: syncd status." in page.text
    assert page.text.count("What to do:") == MOST_TROUBLES
    assert f"And {MOST_TROUBLES + 1} more: syncd status." in page.text


def test_figures_can_be_collected(store):
    save(store, KEY, up=13, waiting=2)
    save(store, OTHER, halt=HALT, up=2, success=False)
    store.presence.claim(T0)
    store.presence.tell(T0, "native", "", "")
    found = figures(store)
    assert found["syncd_info", __version__] == 1
    assert found["syncd_alive",] == 1
    assert found["syncd_paused",] == 0
    assert found["syncd_watch_native",] == 1
    assert found["syncd_start_time_seconds",] == T0.wall
    assert found["syncd_sets",] == 2
    assert found["syncd_sets_halted", "root-changed"] == 1
    assert found["syncd_sets_halted", "root-missing"] == 0
    assert found["syncd_images", "up"] == 15
    assert found["syncd_images", "waiting"] == 2
    assert found["syncd_set_images", "auxiliaryType", "m42"] == 2
    assert found["syncd_set_halted", "auxiliaryType", "m42"] == 1
    assert found["syncd_set_last_success_timestamp_seconds", "m42", "modelInput"] == T0.wall
    assert ("syncd_set_last_success_timestamp_seconds", "auxiliaryType", "m42") not in found
    assert ("syncd_oldest_success_timestamp_seconds",) not in found
    save(store, OTHER, now=later(30))
    assert figures(store)["syncd_oldest_success_timestamp_seconds",] == T0.wall
    assert figures(store, alive=False)["syncd_alive",] == 0


def test_health_is_of_the_daemon_and_not_of_the_sets(store):
    save(store, KEY, up=13)
    save(store, OTHER, halt=HALT, success=False, held=2)
    answer = ask(store, "/healthz")
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    assert json.loads(answer.text) == {
        "status": "ok", "version": __version__, "sets": 2, "halted": 1, "paused": False, "watch": None,
    }  # fmt: skip
    answer = ask(store, "/healthz", alive=False)
    assert answer.status_code == 503
    assert json.loads(answer.text)["detail"].startswith("the daemon does not get on")


def test_a_state_that_cannot_be_read_is_told(store, monkeypatch):
    def broken(*_):
        raise StateError("the disk is gone", "bring it back")

    monkeypatch.setattr(type(store.sets), "all", broken)
    monkeypatch.setattr(type(store.sets), "tally", broken)
    assert (ask(store).status_code, ask(store, "/metrics").status_code) == (503, 503)
    assert ask(store).text == "The state cannot be read: the disk is gone\nbring it back\n"
    answer = ask(store, "/healthz")
    assert (answer.status_code, json.loads(answer.text)["status"]) == (503, "failing")


@pytest.mark.parametrize("path", ["/", "/metrics", "/healthz", "/style.css", "/nothing"])
def test_a_page_of_the_web_cannot_read_it_through_a_browser(store, path):
    for host in ("evil.example", "localhost.evil.example", "127.0.0.1.evil.example:8787", "8.8.8.8", "[::1", ""):
        answer = ask(store, path, headers={"Host": host})
        assert (host, answer.status_code) == (host, 403)
    answer = ask(store, path, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    for host in ("localhost", "127.0.0.1:8787", "[::1]:9000", "LOCALHOST:1"):
        assert ask(store, path, headers={"Host": host}).status_code == (404 if path == "/nothing" else 200)


@pytest.mark.parametrize("path", ["/", "/metrics", "/healthz", "/style.css"])
def test_with_a_token_only_who_sends_it_is_let_in(store, path):
    def basic(password):
        return f"Basic {base64.b64encode(f'anyone:{password}'.encode()).decode()}"

    for sent in (None, "Bearer other", "Bearer ", basic("other"), basic(""), "Digest x", "Bearer s3cret2"):
        answer = ask(store, path, token="s3cret", headers={"Authorization": sent} if sent else None)
        assert (sent, answer.status_code) == (sent, 401)
        assert answer.headers["WWW-Authenticate"].startswith("Basic")
        assert "s3cret" not in answer.text
    for sent in ("Bearer s3cret", basic("s3cret")):
        headers = {"Authorization": sent, "Host": "nas.example:8787"}
        assert ask(store, path, token="s3cret", headers=headers).status_code == 200


def test_a_token_that_cannot_be_read_lets_nobody_in(store):
    app = create_app(outlook(store), lambda: raises(ConfigError("no right to read /etc/token", "chmod")))
    answer = Client(app).get("/", headers={"Authorization": "Bearer s3cret"}, base_url="http://localhost")
    assert (answer.status_code, "/etc" in answer.text) == (503, False)


def test_it_only_shows(store):
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        assert ask(store, method=method).status_code == 405
    assert ask(store, method="HEAD").status_code == 200


def test_nothing_runs_in_it_and_nothing_is_fetched_from_elsewhere(store):
    save(store, KEY, halt=HALT)
    for path in ("/", "/metrics", "/healthz", "/style.css", "/nothing"):
        headers = ask(store, path).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
        assert (headers["X-Content-Type-Options"], headers["Cache-Control"]) == ("nosniff", "no-store")
    page = Outline(ask(store).text)
    assert {tag for tag, _ in page.tags} & {"script", "img", "iframe", "style", "form"} == set()
    assert not any("style" in attrs or any(name.startswith("on") for name in attrs) for _, attrs in page.tags)
    links = [attrs["href"] for _, attrs in page.tags if "href" in attrs]
    assert sorted(links) == ["/?still", "/healthz", "/metrics", "/style.css", "data:,"]
