import json

from tests.end_to_end.bench import SET
from tests.samples import jpeg


def test_a_plan_is_reviewed_then_done_and_never_done_twice(bench):
    bench.fill(4)
    bench.seed(jpeg(500))
    before = bench.snapshot()
    path = bench.home.parent / f"{bench.home.name}-plan.json"
    written = bench.run("sync", "--plan", str(path), "--detailed-exitcode")
    assert (written.code, bench.snapshot()) == (3, before)
    assert json.loads(path.read_text()).keys() >= bench.plan().doc.keys()
    (bench.root / SET / "1.jpg").touch()
    done = bench.sync("--apply", str(path))
    assert (done.code, done.doc["summary"]["upload"], bench.did("upload")) == (0, 4, 4)
    again = bench.sync("--apply", str(path))
    assert (again.code, again.error, bench.did("upload")) == (4, "stale-plan", 4)


def test_quick_passes_over_what_did_not_change_without_a_request(bench):
    bench.fill(3)
    assert bench.sync().code == 0
    asked = len(bench.requests)
    done = bench.sync("--quick")
    assert (done.code, done.doc["summary"]["unchanged"], len(bench.requests)) == (0, 3, asked)
    bench.fill(1, first=4)
    assert bench.sync("--quick").doc["summary"]["upload"] == 1
