import json
import re

from tests.end_to_end.bench import AUXILIARY, KEY, MODEL, SET, UPLOAD, nok
from tests.samples import jpeg, tiff

SUMMARY = """
    upload replace delete adopt unchanged renamed waiting duplicate rejected refused held foreign pending failed bytes
"""
OPERATION = "action model_id image_type path reason detail size sha256 remote_id outcome"
STATUS = """
    model_id model_name image_type folder limit remote up pending waiting rejected refused held foreign duplicate
    halt last_success
"""
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def full_house(bench):
    """A set in which nearly everything is so that can be so; 19 of ours, one foreign image."""
    digests = {f"{number}.jpg": bench.write(f"{number}.jpg", number) for number in range(1, 20)}
    bench.seed(jpeg(500), "modelInput")
    assert bench.sync().code == 0
    bench.remove("1.jpg")
    bench.write("2.jpg", 102)
    bench.remove("3.jpg")
    bench.write("renamed.jpg", 3)
    bench.write("a twin.jpg", 4)
    bench.write("z1.jpg", 201)
    bench.write("z2.jpg", 202)
    bench.write("z10.jpg", 203)
    bench.write("raw.tif", tiff(1))
    (bench.root / SET / "inner").mkdir()
    return digests


def test_a_plan_has_the_documents_keys_and_is_what_the_sync_then_does(bench):
    full_house(bench)
    before, requests = bench.snapshot(), len(bench.requests)
    plan = bench.plan()
    assert bench.snapshot() == before
    assert {method for method, *_ in bench.requests[requests:]} == {"GET"}
    document = plan.doc
    assert set(document) >= {"version", "dry_run", "root", "digest", "summary", "sets", "operations"}
    assert (document["version"], document["dry_run"], document["root"]) == (1, True, str(bench.root))
    assert list(document["summary"]) == SUMMARY.split()
    assert all(set(OPERATION.split()) <= set(one) for one in document["operations"])
    assert all(one["outcome"] is None for one in document["operations"])
    counted = {name: count for name, count in document["summary"].items() if count and name != "bytes"}
    assert counted == {
        "upload": 1, "replace": 1, "delete": 1, "unchanged": 16, "renamed": 1,
        "waiting": 2, "duplicate": 1, "rejected": 1, "foreign": 1,
    }  # fmt: skip
    assert document["sets"] == [
        {"model_id": MODEL, "image_type": "modelInput", "folder": SET, "limit": 20, "remote": 20, "halt": None}
    ]
    assert plan.told == {
        "1.jpg": ("delete", "removed-locally"),
        "2.jpg": ("replace", "content-changed"),
        "renamed.jpg": ("renamed", "same-content"),
        "a twin.jpg": ("duplicate", "same-content"),
        "z1.jpg": ("upload", "new"),
        "z2.jpg": ("waiting", "over-limit"),
        "z10.jpg": ("waiting", "over-limit"),
        "raw.tif": ("rejected", "unsupported-format"),
    }
    named = {one["path"]: one for one in document["operations"]}
    assert named[f"{SET}/renamed.jpg"]["from"] == f"{SET}/3.jpg"
    assert named[f"{SET}/a twin.jpg"]["same_as"] == f"{SET}/4.jpg"
    assert (named[f"{SET}/z2.jpg"]["rank"], named[f"{SET}/z10.jpg"]["rank"]) == (1, 2)
    assert named[None]["reason"] == "not-ours"
    assert document["notes"] == [
        {"path": f"{SET}/inner", "reason": "not-in-a-set", "detail": document["notes"][0]["detail"]}
    ]
    assert bench.plan("-v").doc["summary"]["unchanged"] == len(bench.plan("-v").operations("unchanged"))

    done = bench.sync()
    assert done.code == 0, done
    assert (done.doc["digest"], done.doc["summary"]) == (document["digest"], document["summary"])
    same = [name for name in OPERATION.split() if name not in ("outcome", "remote_id")]
    did, planned = ([[one[name] for name in same] for one in each.operations()] for each in (done, plan))
    assert did == planned
    assert {one["outcome"] for one in done.operations() if one["action"] in ("upload", "replace", "delete")} == {"done"}
    assert len(bench.remote()) == 20
    again = bench.plan("--detailed-exitcode")
    assert (again.code, again.operations("upload"), again.operations("delete")) == (0, [], [])


def test_bytes_are_the_bodies_of_what_is_sent(bench):
    lengths = []
    bench.write("a.jpg", 1)
    bench.write("b.jpg", 2)
    plan = bench.plan().doc["summary"]["bytes"]
    bench.sync()
    for method, path, headers in bench.requests:
        if (method, path) == UPLOAD:
            lengths.append(int(headers["Content-Length"]))
    assert sum(lengths) == plan


def test_the_form_for_people(bench):
    full_house(bench)
    bench.fill(2, AUXILIARY)
    assert bench.run("sync", AUXILIARY).code == 0
    bench.remove("1.jpg", "2.jpg", folder=AUXILIARY)
    plan = bench.run("sync", "-n")
    assert plan.code == 4
    assert plan.err == ""
    marks = {line.split()[1]: line[0] for line in plan.lines[:-1]}
    assert marks[f"{SET}/z1.jpg"] == "+"
    assert marks[f"{SET}/2.jpg"] == "*"
    assert marks[f"{SET}/1.jpg"] == "-"
    assert marks[f"{SET}/z2.jpg"] == ">"
    assert marks[f"{SET}/raw.tif"] == "!"
    assert marks[AUXILIARY] == "?"
    lines = {line.split()[1]: line for line in plan.lines[:-1]}
    assert re.fullmatch(rf"\+ {SET}/z1.jpg +upload +\d+ (k?B|MB) +new", lines[f"{SET}/z1.jpg"])
    assert re.fullmatch(rf"\* {SET}/2.jpg +replace +\d+ (k?B|MB) +content changed", lines[f"{SET}/2.jpg"])
    assert re.fullmatch(rf"- {SET}/1.jpg +delete +removed locally", lines[f"{SET}/1.jpg"])
    assert re.fullmatch(rf"> {SET}/z2.jpg +waiting .*set is full: next in line, 1 of 2", lines[f"{SET}/z2.jpg"])
    assert re.fullmatch(
        rf"! {SET}/raw.tif +rejected .*TIFF is not accepted \(jpg, jpeg, webp, png, heic\)", lines[f"{SET}/raw.tif"]
    )
    assert re.fullmatch(
        rf"\? {AUXILIARY} +held +2 deletes: the folder is empty. syncd approve {AUXILIARY}", lines[AUXILIARY]
    )
    digest = bench.plan().doc["digest"][:4]
    assert re.fullmatch(
        rf"plan {digest}: 1 upload, 1 replace, 1 delete, .*2 waiting, .*1 rejected, .*2 held.* · .*B\."
        r" Nothing was changed\.",
        plan.lines[-1],
    )
    assert "\x1b" not in plan.out
    done = bench.run("sync")
    assert "Nothing was changed." not in done.out


def test_status_tells_every_set_offline(bench):
    empty = bench.run("status", "--json", SYNCD_API_KEY=None)
    assert (empty.code, empty.doc["sets"], empty.doc["paused"]) == (0, [], False)
    full_house(bench)
    bench.write("no.jpg", 999, AUXILIARY)
    bench.refuse(UPLOAD, nok(422, "no faces"), times=1)
    assert bench.run("sync", "--wait", "0", AUXILIARY).code == 1
    bench.sync()
    asked = len(bench.requests)
    done = bench.run("status", "--json")
    assert len(bench.requests) == asked
    assert set(done.doc) == {"sets", "paused", "watch", "daemon"}
    assert (done.doc["watch"], done.doc["paused"]) == (None, False)
    first, second = done.doc["sets"]
    assert all(set(STATUS.split()) <= set(one) for one in (first, second))
    assert first["folder"] == AUXILIARY
    assert first["refused"] == 1
    wanted = {
        "model_id": MODEL, "model_name": "Anna", "image_type": "modelInput", "folder": SET, "limit": 20,
        "remote": 20, "up": 19, "pending": 0, "waiting": 2, "rejected": 1, "refused": 0, "held": 0, "foreign": 1,
        "duplicate": 1, "halt": None,
    }  # fmt: skip
    assert {name: second[name] for name in wanted} == wanted
    assert MOMENT.fullmatch(second["last_success"])
    people = bench.run("status").out
    assert "Anna" in people
    assert "20/20" in people
    assert KEY not in people


def test_explain_tells_of_every_file_that_is_not_up_why(bench):
    full_house(bench)
    bench.sync()
    expected = {
        "2.jpg": "up", "renamed.jpg": "up", "a twin.jpg": "duplicate", "z1.jpg": "up", "z2.jpg": "waiting",
        "raw.tif": "rejected",
    }  # fmt: skip
    for name, state in expected.items():
        told = bench.explain(f"{SET}/{name}")
        assert set(told) == {"path", "state", "reason", "detail", "remedy", "remote_id"}
        assert (told["path"], told["state"]) == (f"{SET}/{name}", state)
        if state != "up":
            assert told["reason"]
            assert told["detail"]
            assert told["remedy"]
        else:
            assert told["remote_id"] in bench.ids()
    assert json.loads(bench.run("explain", "--json", f"{SET}/raw.tif", SYNCD_API_KEY=None).out)["reason"] == (
        "unsupported-format"
    )
