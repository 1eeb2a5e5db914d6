import socket
import time

import pytest

from tests.end_to_end.bench import ANYTHING, AUXILIARY, LIST, SET, SHOW_MODEL, UPLOAD, changed, html, nok
from tests.samples import jpeg


def test_without_a_network_a_sync_gives_up_in_time_and_says_so(bench):
    bench.write("a.jpg", 1)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    bench.configure(service={"base_url": f"http://127.0.0.1:{port}/api"})
    begun = time.monotonic()
    done = bench.run("sync", "--wait", "1", "--json")
    assert time.monotonic() - begun < 30
    assert (done.code, done.halts) == (5, ["unreachable"])
    assert bench.status()["halt"] == "unreachable"
    people = bench.run("sync", "--wait", "0")
    assert people.code == 5
    assert people.lines[0].startswith(f"? {SET}")
    assert "unreachable" in people.lines[0]
    assert "Traceback" not in people.err


def test_a_service_that_says_later_is_asked_again_within_the_wait_then_it_is_temporary(bench):
    replies = {"a429": nok(429), "a500": nok(500), "a502": html(502), "a503": nok(503)}
    for number, model in enumerate(replies):
        bench.service.create_model(model)
        bench.write("a.jpg", number, f"models/{model}/modelInput")
    bend = bench.refuse(LIST, lambda request: replies[request.path.split("/")[3]]())
    done = bench.run("sync", "--json", "--wait", "1", "models/a429", "models/a500", "models/a502", "models/a503")
    assert (done.code, done.halts, bench.asked(LIST)) == (5, ["unreachable"] * 4, 8)
    bend.times = 4
    assert bench.run("sync", "--json", "models").code == 0
    assert [len(bench.remote(model=model)) for model in replies] == [1, 1, 1, 1]


def test_retry_after_is_heeded(bench):
    bench.write("a.jpg", 1)
    moments = []
    bench.refuse(LIST, lambda _: (moments.append(time.monotonic()), nok(429, **{"Retry-After": "3"})())[1], times=1)
    bench.bend(LIST, lambda *_: moments.append(time.monotonic()))
    assert bench.run("sync", "--json").code == 0
    assert moments[1] - moments[0] >= 2.9
    bench.straighten()
    bench.refuse(LIST, nok(429, **{"Retry-After": "100"}))
    assert bench.run("sync", "--json", "--wait", "5").code == 5


def test_a_key_that_is_not_accepted(bench):
    bench.write("a.jpg", 1)
    for status in (401, 403):
        bench.refuse(ANYTHING, nok(status, "who are you"), times=2)
        done = bench.sync()
        assert (done.code, done.halts) == (77, ["key-rejected"])
        bench.straighten()
    bench.refuse(UPLOAD, nok(401), times=1)
    assert bench.sync().code == 77
    assert bench.sync().code == 0
    assert bench.did("upload") == 1


def test_the_gravest_of_several_troubles_gives_the_exit_code(bench):
    for model in ("refused", "late", "halted"):
        bench.service.create_model(model, model)
        bench.write("a.jpg", len(model), f"models/{model}/modelInput")
    bench.refuse(UPLOAD, lambda request: nok(422)() if b'"refused"' in request.get_data(cache=True) else None)
    bench.refuse(LIST, lambda request: nok(503)() if "/late/" in request.path else None)
    bench.bend(LIST, lambda request, _: html()() if "/halted/" in request.path else None)
    refused, late, halted = (f"models/{name}" for name in ("refused", "late", "halted"))
    bench.write("bad.jpg", b"x")
    bench.write("new.jpg", 7)
    assert bench.plan(SET).code == 0
    assert bench.plan("--detailed-exitcode", SET).code == 3
    assert bench.plan("--detailed-exitcode", SET, late).code == 5
    assert bench.sync(refused, SET).code == 1
    bench.write("b.jpg", 8, f"{refused}/modelInput")
    assert bench.sync(late, refused).code == 5
    assert bench.sync(halted, late).code == 4
    assert bench.plan("--detailed-exitcode", refused).code == 0


def test_a_model_that_is_not_there_or_deleted_halts_its_sets_alone(bench):
    digest = bench.write("a.jpg", 1)
    bench.write("a.jpg", 2, "models/none/modelInput")
    bench.service.create_model("going", "Going")
    bench.write("a.jpg", 3, "models/going/modelInput")
    assert bench.sync("models/going").code == 0
    bench.service.delete_model("going")
    done = bench.sync()
    halts = {one["model_id"]: one["halt"] for one in done.doc["sets"]}
    assert (done.code, halts) == (4, {"m42": None, "none": "model-not-found", "going": "model-not-found"})
    assert bench.remote() == [digest]
    told = bench.explain("models/none/modelInput/a.jpg")
    assert (told["state"], told["reason"]) == ("pending", "model-not-found")
    assert told["remedy"]
    for status, code in (("deleted", 4), ("training", 0)):
        bench.straighten()
        bench.bend(SHOW_MODEL, changed(lambda document, status=status: document["result"].update(status=status)))
        bench.write(f"{status}.jpg", len(status))
        assert bench.sync(SET).code == code, status
    assert len(bench.remote()) == 3


def test_one_bad_set_does_not_stop_the_others(bench):
    bench.fill(2)
    bench.fill(2, AUXILIARY, first=5)
    bench.bend(LIST, lambda request, _: html()() if request.args["imageType"] == "input" else None)
    done = bench.sync()
    assert done.code == 4
    assert {one["image_type"]: one["halt"] for one in done.doc["sets"]} == {
        "modelInput": "listing-failed", "auxiliaryType": None
    }  # fmt: skip
    assert (len(bench.remote()), len(bench.remote("auxiliaryType"))) == (0, 2)


def test_redirects_carry_no_key_elsewhere(bench):
    from werkzeug.wrappers import Response

    bench.write("a.jpg", 1)
    bench.seed(jpeg(500))
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.settimeout(0.1)
        there = f"http://127.0.0.1:{other.getsockname()[1]}/api/models/m42/images"
        bench.refuse(ANYTHING, lambda _: Response(b"", 307, {"Location": there}))
        assert bench.sync().code in (4, 5)
        with pytest.raises(TimeoutError):
            other.accept()
