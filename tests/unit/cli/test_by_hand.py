import re
from itertools import count

import pytest

from syncd.model.record import RecordState
from syncd.store import Identity, open_state
from tests.end_to_end.bench import cut, html, nok, raw
from tests.samples import jpeg
from tests.unit.cli.conftest import MODEL, SET

INTO = ("--model", MODEL, "--type", "modelInput")
UPLOAD = "POST", "/api/images/upload"
LIST = "GET", "/api/models/[^/]+/images"
PICTURE = "GET", "/files/.*"
DELETE = "DELETE", "/api/images/.*"


def matching(what, reply, times):
    left = count(times, -1)

    def answer(request, *true):
        matches = re.fullmatch(what[0], request.method) and re.fullmatch(what[1], request.path)
        return reply(request, *true) if matches and next(left) > 0 else None

    return answer


@pytest.fixture
def bent(account):
    """An account whose service can be made to answer oddly, and the uploads that took effect."""

    class Bent:
        def instead(self, what, reply, times=1):
            account.before = matching(what, reply, times)

        def afterwards(self, what, reply, times=1):
            account.after = matching(what, reply, times)

        def upload(self, path, code):
            return account.doc("images", "upload", path, *INTO, code=code)

        def did(self, kind):
            return sum(event.kind == kind for event in account.service.events)

    return Bent()


@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.parametrize(("reply", "code"), [(nok(401), 77), (nok(429), 5), (nok(413, "too big"), 1), (nok(409), 5)])
def test_what_did_not_happen_may_be_tried_again(account, bent, reply, code, inside):
    account.write("x.jpg", jpeg(1))
    account.write(f"{SET}/a.jpg", jpeg(1 if inside else 2))
    bent.instead(UPLOAD, reply)
    assert bent.upload("x.jpg", code)["error"]
    assert bent.did("upload") == 0
    assert [bent.upload("x.jpg", 0)["id"]] == account.ids()


@pytest.mark.parametrize("reply", [cut, html(502), raw("", 500), html(200)])
def test_after_a_lost_answer_the_content_is_found_and_not_sent_again(account, bent, reply):
    account.write(f"{SET}/a.jpg", jpeg(1))
    bent.afterwards(UPLOAD, reply)
    lost = bent.upload(f"{SET}/a.jpg", 5)["error"]
    assert (lost["code"], "syncd sync" in lost["remedy"]) == ("answer-unknown", True)
    assert [bent.upload(f"{SET}/a.jpg", 0)["id"]] == account.ids()
    assert account.doc("sync", "-v")["summary"]["unchanged"] == 1
    assert bent.did("upload") == 1


def test_what_is_not_settled_is_not_sent_again(account, bent):
    account.write(f"{SET}/a.jpg", jpeg(1))
    account.write("b.jpg", jpeg(2))
    path = account.write(f"{SET}/b.jpg", jpeg(2))
    account.doc("sync", f"{SET}/b.jpg", "--no-delete")
    account.write(f"{SET}/c.jpg", jpeg(3))
    posted = account.posted
    bent.instead(UPLOAD, html(502))
    for _ in range(2):
        assert bent.upload(f"{SET}/c.jpg", 5)["error"]["code"] == "answer-unknown"
    path.unlink()
    bent.instead(DELETE, html(502))
    by_name = {one.name: one.remote_id for one in account.recorded()}
    account.error("images", "delete", by_name[b"b.jpg"], code=5)
    assert bent.upload("b.jpg", 5)["error"]["code"] == "answer-unknown"
    assert account.posted == posted + 1


def test_a_foreign_upload_whose_answer_was_lost_says_where_to_look(account, bent):
    account.write("x.jpg", jpeg(9))
    bent.afterwards(UPLOAD, cut)
    lost = bent.upload("x.jpg", 5)["error"]
    assert (lost["code"], bent.did("upload")) == ("answer-unknown", 1)
    assert f"syncd images list {MODEL} --type modelInput" in lost["remedy"]


def test_an_answer_with_the_id_of_another_image_is_none(account, bent):
    account.write("x.jpg", jpeg(9))
    account.write("y.jpg", jpeg(8))
    bent.upload("x.jpg", 0)
    known = account.ids()[0]

    def same(request, true):
        true.set_data(re.sub(rb'"id": *"[^"]+"', f'"id": "{known}"'.encode(), true.get_data()))
        return true

    bent.afterwards(UPLOAD, same)
    assert bent.upload("y.jpg", 5)["error"]["code"] == "answer-unknown"


def test_nothing_is_sent_while_the_set_cannot_be_listed_or_told_apart(account, bent):
    account.write(f"{SET}/a.jpg", jpeg(1))
    account.service.add_image(MODEL, "modelInput", jpeg(1))
    for what, reply, code in ((LIST, html(), 4), (LIST, nok(503), 5), (LIST, nok(404), 4), (PICTURE, nok(503), 5)):
        bent.instead(what, reply)
        assert bent.upload(f"{SET}/a.jpg", code)["error"], what
    assert bent.did("upload") == 0


@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.parametrize("status", [400, 409])
def test_a_refusal_of_a_set_that_filled_up_meanwhile_says_so(account, bent, inside, status):
    account.write("x.jpg", jpeg(1))
    account.write(f"{SET}/a.jpg", jpeg(1 if inside else 2))

    def fills_up(request):
        for number in range(20):
            account.service.add_image(MODEL, "modelInput", jpeg(100 + number))
        return nok(status, "no more")(request)

    bent.instead(UPLOAD, fills_up)
    assert bent.upload("x.jpg", 1)["error"]["code"] == "set-full"
    assert account.error("images", "upload", "x.jpg", *INTO, code=1) == "set-full"


def test_another_key_that_shows_none_of_our_images_sends_nothing(account, bent):
    account.write(f"{SET}/a.jpg", jpeg(1))
    account.doc("sync")
    account.write("x.jpg", jpeg(9))
    for image_id in account.ids():
        account.service.remove_image(image_id)
    account.service.api_key, key = "sk-other", account.service.api_key
    account.before = lambda request: let_in(request, key)
    assert account.error("images", "upload", "x.jpg", *INTO, code=4, SYNCD_API_KEY="sk-other") == "account-changed"
    assert bent.did("upload") == 1


def let_in(request, key):
    if request.headers.get("Authorization") == "Bearer sk-other":
        request.environ["HTTP_AUTHORIZATION"] = f"Bearer {key}"


def test_a_delete_that_did_not_happen_leaves_the_record_and_one_unknown_may_be_repeated(account, bent):
    for number in (1, 2):
        account.write(f"{SET}/{number}.jpg", jpeg(number))
    account.doc("sync")
    first, second = account.ids()
    bent.instead(DELETE, nok(429))
    assert account.error("images", "delete", first, code=5) == "unreachable"
    assert {one.state for one in account.recorded()} == {RecordState.LIVE}
    assert account.doc("sync", "-v")["summary"]["unchanged"] == 2
    bent.instead(DELETE, html(502))
    assert account.error("images", "delete", first, code=5) == "answer-unknown"
    assert account.doc("images", "delete", first)["deleted"] is True
    assert account.ids() == [second]
    assert account.doc("sync")["summary"]["upload"] == 1
    assert second in account.ids()


def test_a_photo_that_is_there_outlives_a_delete_whose_answer_was_lost(account, bent):
    account.write(f"{SET}/a.jpg", jpeg(1))
    account.doc("sync")
    bent.instead(DELETE, html(502))
    account.error("images", "delete", account.ids()[0], code=5)
    assert account.doc("sync", "-v")["summary"]["unchanged"] == 1
    assert (len(account.ids()), bent.did("upload")) == (1, 1)


def test_a_busy_set_is_left_to_who_has_it(account, bent, monkeypatch):
    account.write(f"{SET}/a.jpg", jpeg(1))
    account.doc("sync")
    with account.state() as store:
        key = store.sets.recorded()[0]
    clock = monkeypatch_clock(monkeypatch)
    other = Identity("elsewhere", "boot", 1, 1)
    with open_state(f"sqlite:///{account.home / 'state.db'}", create=False, clock=clock, identity=other) as theirs:
        lease = theirs.leases.acquire(key, clock.now())
        clock.meanwhile = lambda: theirs.leases.renew(lease, clock.now())
        assert account.error("images", "delete", account.ids()[0], code=6) == "leased"
        assert account.error("images", "upload", f"{SET}/a.jpg", *INTO, code=6) == "leased"
        assert len(account.ids()) == 1
        clock.meanwhile = lambda: None
        assert account.doc("images", "delete", account.ids()[0])["deleted"]
    assert account.ids() == []


def monkeypatch_clock(monkeypatch):
    """Let the commands' clock pass at once while they wait."""
    from syncd.model import clock
    from syncd.model.time import Instant

    class QuickClock(clock.MachineClock):
        ahead = 0.0
        meanwhile = staticmethod(lambda: None)

        def now(self):
            at = super().now()
            return Instant(at.wall + QuickClock.ahead, at.boot, at.uptime + QuickClock.ahead)

        def sleep(self, seconds):
            QuickClock.ahead += seconds
            made.meanwhile()

    made = QuickClock()
    monkeypatch.setattr(clock, "MachineClock", QuickClock)
    return made
