import pytest

from tests.end_to_end.bench import (
    AUXILIARY,
    LIST,
    PICTURE,
    SET,
    UPLOAD,
    changed,
    cut,
    each_image,
    html,
    nok,
    ok,
    raw,
)
from tests.samples import jpeg, saved

LOST = {
    "html": html(),
    "empty": raw(b""),
    "cut": cut,
    "no id": each_image(id=...),
    "empty id": each_image(id=""),
    "a path as id": each_image(id="../models/m42"),
    "10 kB of id": each_image(id="x" * 10_000),
    "a fraction as id": each_image(id=1.5),
    "another model": each_image(modelID="m7"),
    "another type": each_image(type="auxiliaryType"),
    "a list": ok([]),
    "no result": ok(None),
    "not OK": changed(lambda document: document | {"status": "NOK"}),
    "500": nok(500),
    "502 of a proxy": html(502),
    "408": nok(408),
    "redirect": raw(b"", 302, Location="/elsewhere"),
    "deep": raw(b"[" * 100_000, content_type="application/json"),
    "404 of a proxy": html(404),
    "1 MB": raw(b" " * 1_000_000, content_type="application/json"),
}


def test_an_upload_whose_answer_is_of_no_use_is_pending_then_settled_without_a_second_one(bench):
    """One model for each of the odd answers; all of them in one pass."""
    wanted = {}
    for number, name in enumerate(LOST, 1):
        model = f"lost{number}"
        bench.service.create_model(model, name)
        wanted[model] = bench.write("a.jpg", number, f"models/{model}/modelInput")

    def reply_by_model(request, true):
        posted = [event.model_id for event in bench.service.events if event.kind == "upload"]
        # The app tells its own model in the answer: that says whose upload this was.
        model = true.get_json()["result"]["modelID"]
        assert model in posted
        return list(LOST.values())[int(model.removeprefix("lost")) - 1](request, true)

    bench.bend(UPLOAD, reply_by_model)
    done = bench.sync()
    fates = {one["model_id"]: (one["outcome"], one["detail"]) for one in done.operations()}
    names = dict(zip(wanted, LOST, strict=True))
    assert {names[model]: fate[0] for model, fate in fates.items()} == dict.fromkeys(LOST, "failed")
    assert all(detail for _, detail in fates.values())
    assert done.code == 5
    assert bench.status("models/lost1/modelInput")["pending"] == 1
    told = bench.explain("models/lost1/modelInput/a.jpg")
    assert (told["state"], told["reason"]) == ("pending", "answer-unknown")
    assert bench.did("upload") == len(LOST)
    bench.straighten()
    again = bench.sync()
    assert again.code == 0
    assert again.doc["summary"]["adopt"] == len(LOST)
    assert bench.sync().code == 0
    assert {model: bench.remote(model=model) for model in wanted} == {model: [wanted[model]] for model in wanted}


def test_an_upload_that_did_not_happen_is_sent_again_once_the_time_of_doubt_is_over(bench):
    bench.configure(service={"ambiguity_seconds": 0})
    digest = bench.write("a.jpg", 1)
    bench.refuse(UPLOAD, nok(503), times=1)
    assert bench.sync().code == 5
    assert bench.remote() == []
    done = bench.sync()
    assert (done.code, bench.remote()) == (0, [digest])
    bench.configure(service={"ambiguity_seconds": 60})
    bench.write("b.jpg", 2)
    bench.refuse(UPLOAD, nok(503), times=1)
    assert bench.sync().code == 5
    pending = bench.sync()
    assert (pending.code, pending.told["b.jpg"]) == (5, ("pending", "answer-unknown"))
    assert bench.asked(UPLOAD) == 3


def test_a_known_id_is_no_answer_to_an_upload(bench):
    bench.write("a.jpg", 1)
    bench.sync()
    known = bench.ids()[0]
    digest = bench.write("b.jpg", 2)
    bench.bend(UPLOAD, each_image(id=known), times=1)
    assert bench.sync().code == 5
    bench.remove("a.jpg")
    bench.straighten()
    assert bench.sync().code == 0
    assert bench.remote() == [digest]
    assert bench.did("upload") == 2


REFUSALS = [400, 413, 415, 422, 404, 409, 429]


def test_what_the_service_says_no_to_is_told_with_its_words_and_not_sent_again(bench):
    for status in REFUSALS:
        bench.service.create_model(f"s{status}", "x")
        bench.write("a.jpg", status, f"models/s{status}/modelInput")
    good = bench.write("good.jpg", 1)

    def by_model(request):
        body = request.get_data(cache=True)
        status = next((status for status in REFUSALS if f'"s{status}"'.encode() in body), None)
        return nok(status, f"words of {status}\x1b[31m")() if status else None

    bench.refuse(UPLOAD, by_model)
    everywhere = bench.sync(*(f"models/s{status}" for status in (400, 413, 415, 422)))
    assert everywhere.code == 1
    assert [one["outcome"] for one in everywhere.operations()] == ["failed"] * 4
    assert "\x1b" not in everywhere.out
    for status, code in ((404, 4), (409, 5), (429, 5)):
        done = bench.sync(f"models/s{status}")
        assert (done.code, done.operations()[0]["outcome"]) == (code, "failed"), done
    for status, state in ((413, "refused"), (409, "pending"), (404, "pending")):
        assert bench.explain(f"models/s{status}/modelInput/a.jpg")["state"] == state
    asked = bench.asked(UPLOAD)
    again = bench.sync("models/s400", "models/s413")
    assert (again.code, bench.asked(UPLOAD)) == (0, asked)
    assert {(one["action"], one["reason"]) for one in again.operations()} == {("refused", "refused-by-service")}
    assert all("words of" in one["detail"] for one in again.operations())
    told = bench.explain("models/s413/modelInput/a.jpg")
    assert bench.status("models/s413/modelInput")["refused"] == 1
    assert (told["state"], told["reason"]) == ("refused", "refused-by-service")
    assert "words of 413" in told["detail"]
    assert "retry" in told["remedy"]
    assert bench.run("retry", "models/s413").code == 0
    bench.straighten()
    everything = bench.sync()
    assert everything.code == 0
    assert bench.remote() == [good]
    for status in REFUSALS:
        assert len(bench.remote(model=f"s{status}")) == (0 if status in (400, 415, 422) else 1), status


@pytest.mark.parametrize("status", [400, 409])
def test_an_image_beyond_the_twentieth_waits_however_the_service_says_so(bench, status):
    bench.fill(2)
    bench.sync()
    digest = bench.write("late.jpg", 300)
    first = bench.asked(LIST)

    def crowd(*_):
        # Someone else takes the slots between our look and our upload.
        if bench.asked(LIST) == first + 1:
            for number in range(18):
                bench.seed(jpeg(400 + number))

    bench.bend(LIST, crowd)
    bench.bend(UPLOAD, lambda _, true: nok(status)() if true.status_code == 400 else None)
    done = bench.sync()
    assert len(bench.remote()) == 20
    assert digest not in bench.remote()
    assert bench.plan().told["late.jpg"] == ("waiting", "over-limit")
    assert done.operations("upload")[0]["outcome"] == "skipped"
    assert bench.did("upload") == 2


def test_a_lost_state_costs_no_upload_and_no_delete(bench):
    digests = bench.fill(5)
    bench.seed(jpeg(500))
    bench.sync()
    for path in bench.home.glob("state.db*"):
        path.unlink()
    assert bench.plan("--detailed-exitcode").code == 3
    done = bench.sync()
    assert (done.code, done.doc["summary"]["adopt"], done.doc["summary"]["foreign"]) == (0, 5, 1)
    assert (bench.did("upload"), bench.did("delete")) == (5, 0)
    bench.state.write_bytes(b"SQLite format 3\0" + b"damaged" * 999)
    for path in bench.home.glob("state.db-*"):
        path.unlink()
    done = bench.sync()
    assert done.code == 0
    assert "state" in done.err
    assert [path.name for path in bench.home.glob("state.db.damaged*")]
    assert (bench.did("upload"), bench.did("delete")) == (5, 0)
    bench.remove("1.jpg")
    assert bench.sync().code == 0
    assert set(bench.remote()) < {*digests, *bench.remote()}
    assert bench.did("delete") == 1


def test_pictures_that_come_back_re_encoded_are_matched_or_nothing_is_risked(bench):
    bench.bend(PICTURE, lambda _, true: raw(worse(true.get_data()), content_type="image/jpeg")())
    bench.fill(4)
    bench.bend(UPLOAD, html(), times=4)
    assert bench.sync().code == 5
    done = bench.sync()
    assert bench.did("upload") == 4
    assert done.code in (0, 5)
    for path in bench.home.glob("state.db*"):
        path.unlink()
    done = bench.sync()
    assert (bench.did("upload"), bench.did("delete")) == (4, 0)
    assert done.code in (0, 4)


def worse(data):
    from io import BytesIO

    from PIL import Image

    return saved(Image.open(BytesIO(data)), "JPEG", quality=60)


UNFETCHABLE = [
    {"url": ...},
    {"url": ""},
    {"url": "http://169.254.169.254/latest/meta-data"},
    {"url": "file:///etc/passwd"},
    {"url": 7},
    {"url": "http://10.0.0.1/x.jpg"},
    {"createdAt": ..., "url": ...},
]


def test_an_image_whose_picture_cannot_be_had_is_foreign(bench):
    for number in range(len(UNFETCHABLE)):
        bench.service.create_model(f"u{number}")
        bench.write("a.jpg", number + 1, f"models/u{number}/modelInput")
        bench.seed(jpeg(500 + number), model=f"u{number}")

    def by_model(request, true):
        model = request.path.split("/")[3]
        return each_image(**UNFETCHABLE[int(model[1:])])(request, true) if model.startswith("u") else None

    bench.bend(LIST, by_model)
    done = bench.sync()
    assert (done.code, done.doc["summary"]["foreign"], done.doc["summary"]["upload"]) == (0, 7, 7)
    for number in range(len(UNFETCHABLE)):
        bench.remove("a.jpg", folder=f"models/u{number}/modelInput")
    assert bench.sync("--max-delete", "100%").code == 0
    assert {len(bench.remote(model=f"u{number}")) for number in range(len(UNFETCHABLE))} == {1}
    assert (bench.did("upload"), bench.did("delete")) == (7, 7)


def test_the_same_bytes_twice_in_a_set_take_one_slot_and_in_two_sets_both(bench):
    bench.write("b.jpg", 1)
    bench.write("a.jpg", 1)
    bench.write("c.jpg", 1, AUXILIARY)
    done = bench.sync()
    assert (done.doc["summary"]["upload"], done.doc["summary"]["duplicate"]) == (2, 1)
    assert done.told["b.jpg"] == ("duplicate", "same-content")
    bench.remove("a.jpg")
    assert bench.sync().told["b.jpg"] == ("renamed", "same-content")
    assert (bench.did("upload"), bench.did("delete")) == (2, 0)
    assert SET
