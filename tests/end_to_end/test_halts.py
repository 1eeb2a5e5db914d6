import os

from tests.end_to_end.bench import LIST, MODEL, SET, each_image
from tests.samples import jpeg

OTHER = "0b0b0b0b-0000-4000-8000-000000000000"


def lose_state(bench):
    for path in bench.home.glob("state.db*"):
        path.unlink()


def test_a_root_that_is_not_there_deletes_nothing(bench):
    digests = bench.fill(3)
    empty = bench.home / "nowhere"
    bench.configure(dataset={"root": "nowhere"})
    first = bench.sync()
    assert (first.code, first.doc["halt"]["name"]) == (4, "root-missing")
    assert f"{empty} is not there: mount it" in bench.run("status").err
    bench.configure(dataset={"root": "photos"})
    bench.sync()
    bench.root.rename(empty)
    for arguments in ([], ["--max-delete", "100%"], ["-n"]):
        done = bench.sync(*arguments)
        assert (done.code, done.halts, done.doc["operations"]) == (4, ["root-missing"], [])
    assert bench.run("sync").lines[0].startswith(f"? {SET}")
    empty.rename(bench.root)
    assert bench.sync().code == 0
    assert (bench.remote(), bench.did("delete")) == (digests, 0)


def test_an_empty_mount_point_is_not_the_root_until_a_person_says_so(bench):
    digests = bench.fill(3)
    bench.sync()
    bench.root.rename(bench.home / "disk")
    bench.root.mkdir()
    done = bench.sync()
    assert (done.code, done.halts, bench.remote()) == (4, ["root-changed"], digests)
    assert not (bench.root / ".syncd-root").exists()
    (bench.root / ".syncd-root").write_text(OTHER + "\n")
    assert bench.sync().halts == ["root-changed"]
    released = bench.run("approve", "--json").doc["released"]
    assert [one["reason"] for one in released] == ["root-changed"]
    done = bench.sync()
    assert (done.code, done.doc["summary"]["held"], bench.did("delete")) == (4, 3, 0)
    (bench.root / ".syncd-root").unlink()
    assert bench.sync().halts == ["root-changed"]


def test_a_set_of_another_root_is_not_taken_over_by_itself(bench):
    digests = bench.fill(3)
    bench.sync()
    other = bench.home / "other"
    bench.write("x.jpg", 50, str(other / SET))
    bench.configure(dataset={"root": "other"})
    done = bench.sync()
    assert (done.code, done.halts, bench.remote()) == (4, ["root-claimed"], digests)
    assert bench.run("approve", SET).code == 0
    done = bench.sync()
    assert (done.code, done.halts) == (0, [None])
    assert len(bench.remote()) == 1


def test_the_marker_is_written_by_the_first_real_sync_and_taken_over_by_a_new_state(bench):
    bench.write("a.jpg", 1)
    bench.plan()
    marker = bench.root / ".syncd-root"
    assert not marker.exists()
    bench.sync()
    text = marker.read_text()
    lose_state(bench)
    assert bench.sync().code == 0
    assert marker.read_text() == text
    assert [path.name for path in bench.root.iterdir()] in ([".syncd-root", "models"], ["models", ".syncd-root"])


def test_where_no_marker_can_be_written_syncing_goes_on_and_deletes_are_cautious(bench):
    bench.privileged = False
    bench.fill(3)
    bench.root.chmod(0o555)
    assert bench.sync().code == 0
    assert len(bench.remote()) == 3
    status = bench.run("status")
    assert "marker" in status.out + status.err
    bench.remove("1.jpg")
    assert bench.sync().told["1.jpg"] == ("delete", "removed-locally")
    os.rename(bench.root / SET, bench.root / "models" / MODEL / "away")
    (bench.root / SET).mkdir()
    assert bench.sync().code == 4
    assert len(bench.remote()) == 2
    bench.root.chmod(0o755)


def test_a_folder_above_the_sets_that_cannot_be_read_is_told_by_doctor_too(bench):
    bench.privileged = False
    bench.fill(3)
    bench.sync()
    models = bench.root / "models"
    models.chmod(0)
    told = bench.run("doctor", "--json")
    (bad,) = (one for one in told.doc["checks"] if not one["ok"])
    assert (told.code, bad["name"], f"{models} cannot be read" in bad["detail"]) == (4, "folders", True)
    assert f"chmod u+rx {models}" in bad["remedy"]
    models.chmod(0o755)
    assert "1 set, all readable" in bench.run("doctor").out


def test_another_key_of_the_same_account_goes_on_and_of_another_account_halts(bench):
    bench.configure(service={"ambiguity_seconds": 0})
    digests = bench.fill(3)
    bench.sync()
    bench.key = "sk-rotated"
    assert bench.sync(SYNCD_API_KEY="sk-rotated").code == 0
    for image in bench.ids():
        bench.service.remove_image(image)
    assert bench.sync(SYNCD_API_KEY="sk-rotated").halts == ["remote-mass-missing"]
    lose_state(bench)
    bench.sync(SYNCD_API_KEY="sk-rotated")
    for image in bench.ids():
        bench.service.remove_image(image)
    bench.key = "sk-another"
    uploads = bench.did("upload")
    done = bench.sync(SYNCD_API_KEY="sk-another")
    assert (done.code, done.halts, bench.remote()) == (4, ["account-changed"], [])
    assert bench.did("upload") == uploads
    approved = bench.run("approve", "--json", SYNCD_API_KEY="sk-another").doc["released"]
    assert [one["reason"] for one in approved] == ["account-changed"]
    assert bench.sync(SYNCD_API_KEY="sk-another").code == 0
    assert bench.remote() == digests


def test_many_images_gone_at_once_wait_for_a_person_and_few_go_up_again(bench):
    bench.configure(service={"ambiguity_seconds": 0})
    digests = bench.fill(5)
    bench.sync()
    bench.service.remove_image(bench.ids()[0])
    done = bench.sync()
    assert [one["reason"] for one in done.operations("upload")] == ["missing-remotely"]
    assert (done.code, bench.remote()) == (0, digests)
    for image in bench.ids()[:3]:
        bench.service.remove_image(image)
    done = bench.sync()
    assert (done.code, done.halts, len(bench.remote())) == (4, ["remote-mass-missing"], 2)
    assert bench.plan().halts == ["remote-mass-missing"]
    said = bench.run("approve", SET)
    assert "uploaded again" in said.out
    done = bench.sync()
    assert (done.code, bench.remote(), bench.did("delete")) == (0, digests, 0)


def test_after_a_lost_state_what_cannot_be_told_apart_waits_for_a_person(bench):
    bench.write("a.jpg", 1)
    bench.sync()
    lose_state(bench)
    bench.bend(LIST, each_image(url=...))
    done = bench.sync()
    assert (done.code, done.halts, bench.did("upload")) == (4, ["remote-unclassified"], 1)
    bench.straighten()
    assert bench.sync().code == 0
    assert bench.did("upload") == 1
    lose_state(bench)
    bench.bend(LIST, each_image(url=...))
    assert bench.sync().halts == ["remote-unclassified"]
    said = bench.run("approve")
    assert (said.code, "the photos go up again" in said.out) == (0, True)
    done = bench.sync()
    assert (done.code, done.doc["summary"]["foreign"], bench.did("upload")) == (0, 1, 2)
    assert bench.did("delete") == 0


def test_a_twin_made_by_a_late_effect_goes_and_one_of_strangers_stays(bench):
    bench.configure(service={"ambiguity_seconds": 0})
    bench.write("a.jpg", 1)
    bench.sync()
    bench.seed(jpeg(1))
    done = bench.sync()
    assert [one["reason"] for one in done.operations("delete")] == ["same-content"]
    assert len(bench.remote()) == 1
    bench.seed(jpeg(2))
    bench.write("b.jpg", 2)
    done = bench.sync()
    assert done.told["b.jpg"] == ("adopt", "same-content")
    assert bench.did("upload") == 1
