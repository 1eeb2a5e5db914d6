from tests.end_to_end.bench import INSPECT, LIST, SET, changed, cut, each_image, html, nok, ok, raw
from tests.samples import jpeg

FAULTS = {
    "html": html(),
    "empty": raw(b""),
    "cut": cut,
    "null": raw(b"null", content_type="application/json"),
    "result missing": raw(b'{"status": "OK"}', content_type="application/json"),
    "result null": ok(None),
    "result a number": ok(7),
    "result an object": ok({}),
    "items are text": ok(["a", "b"]),
    "id missing": each_image(id=...),
    "id null": each_image(id=None),
    "id empty": each_image(id=""),
    "id a path": each_image(id="../models/m42"),
    "id with a query": each_image(id="a?b"),
    "id of 10 kB": each_image(id="x" * 10_000),
    "id a list": each_image(id=[]),
    "id true": each_image(id=True),
    "another model": each_image(modelID="m7"),
    "model a number": each_image(modelID=[]),
    "type a number": each_image(type=7),
    "not OK": changed(lambda document: document | {"status": "NOK"}),
    "deep": raw(b"[" * 50_000 + b"]" * 50_000, content_type="application/json"),
    "deep object": raw(b'{"result":' * 5_000 + b"1" + b"}" * 5_000, content_type="application/json"),
    "too long": raw(b'{"result": [' + b" " * 5_000_000 + b"]}", content_type="application/json"),
    "nothing like JSON": raw(b"\xff\xfe\x00", content_type="application/json"),
    "400": nok(400),
    "redirect": raw(b"", 302, Location="/api/ping"),
    "404 of a proxy": html(404),
}


def test_a_listing_of_no_use_halts_its_set_and_no_other(bench):
    bench.fill(1)
    for number in range(len(FAULTS)):
        bench.service.create_model(f"f{number}", "x")
        bench.write("a.jpg", number + 1, f"models/f{number}/modelInput")
    assert bench.sync().code == 0
    uploads = bench.did("upload")

    def by_model(request, true):
        model = request.path.split("/")[3]
        return list(FAULTS.values())[int(model[1:])](request, true) if model.startswith("f") else None

    for number in range(len(FAULTS)):
        bench.remove("a.jpg", folder=f"models/f{number}/modelInput")
        bench.write("b.jpg", number + 100, f"models/f{number}/modelInput")
    bench.write("new.jpg", 300)
    bench.bend(LIST, by_model)
    done = bench.sync()
    assert done.code == 4
    halts = {one["model_id"]: one["halt"] for one in done.doc["sets"]}
    names = list(FAULTS)
    wanted = {names[number]: "listing-failed" for number in range(len(FAULTS))}
    assert {name: halts[f"f{number}"] for number, name in enumerate(names)} == wanted
    assert halts["m42"] is None
    assert (len(bench.remote()), bench.did("upload"), bench.did("delete")) == (2, uploads + 1, 0)
    assert {one["model_id"] for one in done.operations()} == {"m42"}
    status = bench.status("models/f0/modelInput")
    assert (status["halt"], status["up"]) == ("listing-failed", 1)
    told = bench.explain("models/f0/modelInput/b.jpg")
    assert (told["state"], told["reason"]) == ("pending", "listing-failed")
    bench.straighten()
    assert bench.sync("--max-delete", "100%").code == 0
    assert bench.status("models/f0/modelInput")["halt"] is None


def pages(images, number, size, *, named=True, backwards=False, twice=False):
    """Give pages of so many images, whatever was asked for."""
    ordered = images[::-1] if backwards else images
    ordered = [each for image in ordered for each in (image, image)] if twice else ordered
    return ok(ordered[(number - 1) * size : number * size], page=number, **({"pageSize": size} if named else {}))()


KINDS = [
    {"size": 7},
    {"size": 5, "named": False},
    {"size": 5, "backwards": True},
    {"size": 7, "twice": True},
    {"size": 1, "named": False},
]


def test_capped_odd_pages_hide_nothing(bench):
    for number in range(len(KINDS)):
        bench.service.create_model(f"p{number}")
        bench.fill(12, f"models/p{number}/modelInput")

    def by_model(request, _):
        model = request.path.split("/")[3]
        if not model.startswith("p"):
            return None
        images = [shown(image) for image in bench.service.images(model, "modelInput")]
        return pages(images, int(request.args["pageNum"]), **KINDS[int(model[1:])])

    bench.bend(LIST, by_model)
    assert bench.sync().code == 0
    for number in range(len(KINDS)):
        bench.remove("3.jpg", folder=f"models/p{number}/modelInput")
        bench.write("new.jpg", 300, f"models/p{number}/modelInput")
    done = bench.sync("-v")
    assert (done.code, done.doc["summary"]["unchanged"]) == (0, 11 * len(KINDS))
    assert (bench.did("upload"), bench.did("delete")) == (13 * len(KINDS), len(KINDS))
    assert {len(bench.remote(model=f"p{number}")) for number in range(len(KINDS))} == {12}


def shown(image):
    return {"id": image.id, "modelID": image.model_id, "type": str(image.type), "url": ""}


def test_pages_that_move_between_requests_cost_no_upload(bench):
    digests = bench.fill(12)
    bench.sync()

    def moving(request, _):
        images, shift = [shown(image) for image in bench.service.images("m42")], bench.asked(LIST) % 12
        return pages(images[shift:] + images[:shift], int(request.args["pageNum"]), 5)

    bench.bend(LIST, moving)
    for _ in range(2):
        assert bench.sync().code in (0, 4, 5)
    assert (bench.remote(), bench.did("upload"), bench.did("delete")) == (digests, 12, 0)


def test_a_listing_that_ignores_the_filter_touches_neither_output_nor_the_other_type(bench):
    outputs = [bench.seed(jpeg(500 + number), "output") for number in range(3)]
    other = bench.seed(jpeg(600), "auxiliaryType")
    bench.fill(2)
    bench.write("as output.jpg", 500)

    def unfiltered(request, true):
        images = [bench.service.image(one) for one in [*outputs, other, *bench.ids()]]
        return ok([{"id": one.id, "modelID": "m42", "type": str(one.type), "url": ""} for one in images])()

    bench.bend(LIST, unfiltered)
    done = bench.sync()
    assert (done.code, done.doc["summary"]["upload"], done.doc["summary"]["foreign"]) == (0, 3, 0)
    bench.remove("1.jpg")
    assert bench.sync().code == 0
    assert set(outputs) <= {image.id for image in bench.service.images("m42")}
    assert len(bench.remote("auxiliaryType")) == 1
    assert done.doc["sets"][0]["folder"] == SET


def test_images_that_lack_what_they_need_not_have(bench):
    bench.fill(2)
    bench.sync()
    names = ["createdAt", "updatedAt", "data", "folderID", "liked", "publicMediaID", "type", "modelID", "url"]
    bench.bend(LIST, each_image(**dict.fromkeys(names, ...)))
    bench.bend(INSPECT, each_image(**dict.fromkeys(names, ...)))
    bench.remove("1.jpg")
    bench.write("3.jpg", 3)
    done = bench.sync()
    assert (done.code, done.doc["summary"]["delete"], done.doc["summary"]["upload"]) == (0, 1, 1)
    bench.bend(LIST, each_image(createdAt=7, url=7, data="x", liked=[], updatedAt=None))
    assert bench.sync().code == 0


def test_numbers_for_ids_work_like_texts(bench):
    bench.fill(2)
    numbers = {}

    def number_of(text):
        return numbers.setdefault(text, len(numbers) + 1)

    def renumber(document):
        result = document["result"]
        for image in result if isinstance(result, list) else [result]:
            image["id"] = number_of(image["id"])

    bench.bend(LIST, changed(renumber))
    bench.bend(("POST", ".*"), changed(renumber))
    assert bench.sync().code == 0
    done = bench.sync("-v")
    assert (done.code, done.doc["summary"]["unchanged"]) == (0, 2)


def test_an_image_missing_from_a_listing_is_not_sent_again_until_the_service_says_it_is_gone(bench):
    bench.configure(service={"ambiguity_seconds": 0})
    answers = [html(404), nok(500), html(200)]
    folders = [f"models/g{number}/modelInput" for number in range(3)]
    for number, folder in enumerate(folders):
        bench.service.create_model(f"g{number}")
        bench.fill(3, folder)
    bench.sync()
    first = [bench.ids(model=f"g{number}")[0] for number in range(3)]
    bench.bend(LIST, changed(lambda document: document | {"result": document["result"][1:]}))
    bench.refuse(INSPECT, lambda request: answers[first.index(request.path.rpartition("/")[2])]())
    bench.sync()
    assert (bench.did("upload"), bench.did("delete")) == (9, 0)
    bench.straighten()
    assert bench.sync("-v").doc["summary"]["unchanged"] == 9
    for image in first:
        bench.service.remove_image(image)
    done = bench.sync()
    assert (done.code, [one["reason"] for one in done.operations("upload")]) == (0, ["missing-remotely"] * 3)
    assert {len(bench.remote(model=f"g{number}")) for number in range(3)} == {3}
