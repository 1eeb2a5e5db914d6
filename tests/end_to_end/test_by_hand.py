from tests.end_to_end.bench import KEY, MODEL, SET, UPLOAD, html
from tests.samples import jpeg

INTO = ("--model", MODEL, "--type", "modelInput", "--json")


def upload(bench, path):
    return bench.run("images", "upload", path, *INTO)


def test_an_upload_by_hand_is_the_one_that_a_sync_would_have_made(bench):
    digest = bench.write("a.jpg", 1)
    bench.fill(3, first=2)
    done = upload(bench, f"photos/{SET}/a.jpg")
    assert (done.code, [done.doc["id"]], bench.remote()) == (0, bench.ids(), [digest])
    assert bench.sync("-v").doc["summary"]["unchanged"] == 1
    assert (bench.did("upload"), bench.explain(f"{SET}/a.jpg")["remote_id"]) == (4, done.doc["id"])
    assert KEY not in done.out + done.err


def test_while_nobody_knows_what_became_of_it_it_is_not_sent_again(bench):
    bench.write("a.jpg", 1)
    bench.refuse(UPLOAD, html(502), times=1)
    assert upload(bench, f"photos/{SET}/a.jpg").code == 5
    again = upload(bench, f"photos/{SET}/a.jpg")
    assert (again.code, again.error, bench.asked(UPLOAD)) == (5, "answer-unknown", 1)
    assert (bench.sync().code, bench.asked(UPLOAD)) == (5, 1)
    bench.configure(service={"ambiguity_seconds": 0})
    assert (bench.sync().code, len(bench.remote())) == (0, 1)


def test_the_twentieth_slot_is_the_last(bench):
    for number in range(19):
        bench.seed(jpeg(number))
    bench.write("a.jpg", 100)
    bench.write("b.jpg", 101)
    assert upload(bench, f"photos/{SET}/b.jpg").code == 0
    full = upload(bench, f"photos/{SET}/a.jpg")
    assert (full.code, full.error, len(bench.remote()), bench.asked(UPLOAD)) == (1, "set-full", 20, 1)


def test_a_root_that_is_not_the_one_we_know_halts_an_upload_by_hand(bench):
    bench.fill(2)
    assert bench.sync().code == 0
    (bench.root / ".syncd-root").unlink()
    bench.write("new.jpg", 9)
    done = upload(bench, f"photos/{SET}/new.jpg")
    assert (done.code, done.error, bench.did("upload")) == (4, "root-changed", 2)


def test_the_whole_way_from_init_to_a_delete(bench):
    environ = {"SYNCD_CONFIG": None, "SYNCD_SERVICE_BASE_URL": bench.base_url}
    assert bench.run("init", "new", **environ).code == 0
    here = bench.home / "new"
    (here / SET / "a.jpg").write_bytes(jpeg(1))
    checked = bench.run("check", "--json", cwd=here, **environ)
    verdicts = {one["path"]: one["verdict"] for one in checked.doc["files"]}
    assert verdicts == {f"{SET}/a.jpg": "accept", "syncd.toml": "reject", "state.db": "reject"}
    assert bench.run("sync", cwd=here, **environ).code == 0
    assert bench.run("doctor", cwd=here, **environ).code == 0
    events = bench.run("history", "--json", cwd=here, **environ).doc["events"]
    assert [(one["action"], one["path"]) for one in events] == [("upload", f"{SET}/a.jpg")]
    deleted = bench.run("images", "delete", events[0]["remote_id"], cwd=here, **environ)
    assert (deleted.code, bench.ids(), f"{SET}/a.jpg" in deleted.out) == (0, [], True)


def test_a_folder_that_is_closed_to_us_is_told_and_exits_1(bench):
    bench.write("a.jpg", 1)
    closed = bench.home / "closed"
    closed.mkdir(mode=0)
    bench.privileged = False
    done = bench.run("check", ".")
    closed.chmod(0o700)
    assert (done.code, "closed" in done.err, "a.jpg" in done.out) == (1, True, True)
