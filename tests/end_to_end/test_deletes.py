import os
import shutil
from hashlib import sha256

from tests.end_to_end.bench import AUXILIARY, DELETE, SET, html, nok, raw
from tests.samples import jpeg


def test_a_set_emptied_is_held_until_approved_or_forgotten(bench):
    bench.fill(3)
    bench.fill(3, AUXILIARY, first=11)
    bench.sync()
    shutil.rmtree(bench.root / SET)
    for number in (11, 12, 13):
        bench.remove(f"{number}.jpg", folder=AUXILIARY)
    for arguments in (["-n"], [], ["--max-delete", "100%"]):
        done = bench.sync(*arguments)
        assert done.code == 4
        assert done.doc["summary"]["held"] == 6
        assert done.doc["summary"]["delete"] == 0
        assert {one["reason"] for one in done.operations("held")} == {"set-emptied"}
        assert all(
            one["remote_id"] and one["outcome"] == (None if "-n" in arguments else "skipped")
            for one in done.operations("held")
        )
    assert (len(bench.remote()), bench.did("delete")) == (3, 0)
    assert bench.status()["held"] == 3
    told = bench.explain(f"{SET}/1.jpg")
    assert (told["state"], told["reason"]) == ("held", "set-emptied")
    assert f"`syncd approve {SET}/1.jpg`" in told["remedy"]
    released = bench.run("approve", SET, "--json").doc["released"]
    assert sorted(one["path"] for one in released) == [f"{SET}/{number}.jpg" for number in (1, 2, 3)]
    assert bench.run("forget", AUXILIARY).code == 0
    assert bench.did("delete") == 0
    done = bench.sync()
    assert done.code == 0
    assert (bench.remote(), len(bench.remote("auxiliaryType"))) == ([], 3)
    assert len(done.operations("foreign")) == 3
    assert bench.run("approve", "--json").doc == {"released": []}
    nothing = bench.run("approve")
    assert nothing.code == 0
    assert nothing.out.strip()


def test_an_approval_holds_for_what_was_held_then_and_once(bench):
    bench.fill(8)
    bench.sync()
    bench.remove(*(f"{number}.jpg" for number in range(1, 6)))
    assert bench.sync().told["1.jpg"] == ("held", "too-many-deletes")
    assert bench.run("approve", f"{SET}/7.jpg").code == 0
    bench.remove("6.jpg")
    done = bench.sync()
    assert bench.did("delete") >= 5
    assert done.told["1.jpg"] == ("delete", "removed-locally")
    bench.fill(8)
    bench.sync()
    bench.remove(*(f"{number}.jpg" for number in range(1, 6)))
    deletes = bench.did("delete")
    assert bench.sync().code == 4
    assert bench.did("delete") == deletes


def test_too_many_deletes_are_held_all_and_the_options_say_how_many_is_too_many(bench):
    bench.fill(8)
    bench.sync()
    bench.remove(*(f"{number}.jpg" for number in range(1, 6)))
    done = bench.sync()
    assert (done.code, done.doc["summary"]["held"], bench.did("delete")) == (4, 5, 0)
    assert bench.plan("--max-delete", "4").code == 4
    assert bench.plan("--max-delete", "5").doc["summary"]["delete"] == 5
    off = bench.sync("--no-delete")
    assert (off.code, off.doc["summary"]["delete"], off.doc["summary"]["held"]) == (0, 0, 0)
    done = bench.run("--json", "sync", "--max-delete", "100%")
    assert (done.code, done.doc["summary"]["delete"], bench.did("delete")) == (0, 5, 5)


def test_half_of_a_small_set_and_half_of_all_may_go(bench):
    bench.fill(4)
    bench.sync()
    bench.remove("1.jpg", "2.jpg", "3.jpg")
    assert bench.sync().code == 0
    assert len(bench.remote()) == 1


def test_the_brake_counts_over_all_sets_of_a_pass(bench):
    for model in ("m1", "m2", "m3", "m4", "m5"):
        bench.service.create_model(model, model)
        bench.fill(5, f"models/{model}/modelInput")
    bench.sync()
    for model in ("m1", "m2", "m3", "m4"):
        bench.remove(*(f"{number}.jpg" for number in (1, 2, 3, 4)), folder=f"models/{model}/modelInput")
    done = bench.sync()
    assert (done.code, done.doc["summary"]["held"], bench.did("delete")) == (4, 16, 0)
    assert {one["reason"] for one in done.operations("held")} == {"too-many-deletes"}
    assert bench.sync("models/m1").code == 0


def test_no_delete_uploads_a_changed_file_and_keeps_the_old_image(bench):
    old = bench.fill(2)
    bench.sync()
    new = bench.write("1.jpg", 101)
    bench.remove("2.jpg")
    done = bench.sync("--no-delete")
    assert (done.code, done.told["1.jpg"]) == (0, ("upload", "content-changed"))
    assert bench.remote() == sorted([*old, new])
    done = bench.sync()
    assert done.doc["summary"]["delete"] == 2
    assert bench.remote() == [new]


def test_a_file_that_cannot_be_read_holds_the_deletes_of_its_set(bench):
    bench.fill(4)
    bench.privileged = False
    assert bench.sync().code == 0
    bench.write("1.jpg", 101)
    (bench.root / SET / "1.jpg").chmod(0)
    bench.remove("2.jpg")
    done = bench.sync()
    assert done.code == 4
    assert done.told["1.jpg"] == ("failed", "unreadable")
    assert done.told["2.jpg"] == ("held", "unreadable")
    assert (len(bench.remote()), bench.did("delete")) == (4, 0)
    (bench.root / SET / "1.jpg").chmod(0o644)
    assert bench.sync().code == 0
    assert bench.did("delete") == 2
    (bench.root / SET).chmod(0)
    hidden = bench.sync()
    assert (hidden.code, hidden.halts) == (4, ["folder-unreadable"])
    told = bench.explain(f"{SET}/1.jpg")
    assert (told["state"], told["reason"]) == ("failed", "unreadable"), "nobody can say that it is gone"
    (bench.root / SET).chmod(0o755)
    (bench.root / "models").chmod(0)
    hidden = bench.sync()
    assert (hidden.code, hidden.halts) == (4, ["folder-unreadable"])
    assert bench.did("delete") == 2


def test_a_renamed_or_copied_file_costs_nothing_and_a_folder_moved_away_and_back_neither(bench):
    digests = bench.fill(3)
    bench.sync()
    os.rename(bench.root / SET / "1.jpg", bench.root / SET / "z.jpg")
    done = bench.sync()
    assert done.told["z.jpg"] == ("renamed", "same-content")
    assert done.operations("renamed")[0]["from"] == f"{SET}/1.jpg"
    os.rename(bench.root / SET, bench.home / "away")
    assert bench.sync().code == 4
    os.rename(bench.home / "away", bench.root / SET)
    done = bench.sync("-v")
    assert (done.code, done.doc["summary"]["unchanged"]) == (0, 3)
    assert (bench.remote(), bench.did("upload"), bench.did("delete")) == (digests, 3, 0)


def test_a_replaced_file_in_a_full_set_never_passes_twenty(bench):
    counts = []
    bench.fill(20)
    bench.sync()
    bench.bend((".*", "/api/images.*"), lambda *_: counts.append(len(bench.ids())))
    new = [bench.write(f"{number}.jpg", 100 + number) for number in (3, 4)]
    done = bench.sync()
    assert (done.code, done.doc["summary"]["replace"]) == (0, 2)
    assert set(new) <= set(bench.remote())
    assert max(counts) <= 20
    assert min(counts) >= 18
    assert len(bench.remote()) == 20


def test_a_delete_answered_oddly_is_done_or_told(bench):
    replies = {"d204": raw(b"", 204), "d404": nok(404), "dhtml": html(200), "d500": nok(500)}
    for model in replies:
        bench.service.create_model(model)
        bench.fill(2, f"models/{model}/modelInput")
    bench.sync()
    first = [bench.ids(model=model)[0] for model in replies]
    for model in replies:
        names = {image.sha256: image.id for image in bench.service.images(model)}
        bench.remove(
            *(f"{number}.jpg" for number in (1, 2) if names[DIGESTS[number]] in first),
            folder=f"models/{model}/modelInput",
        )
    bench.bend(DELETE, lambda request, _: list(replies.values())[first.index(request.path.rpartition("/")[2])]())
    done = bench.sync()
    outcomes = {one["model_id"]: one["outcome"] for one in done.operations("delete")}
    assert (done.code, outcomes) == (5, {"d204": "done", "d404": "done", "dhtml": "failed", "d500": "failed"})
    bench.straighten()
    assert bench.sync().code == 0
    assert {len(bench.remote(model=model)) for model in replies} == {1}
    assert {one["remote"] for one in bench.run("status", "--json").doc["sets"] if one["model_id"] in replies} == {1}


DIGESTS = {number: sha256(jpeg(number)).hexdigest() for number in (1, 2)}
