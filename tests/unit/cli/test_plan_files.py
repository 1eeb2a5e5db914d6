import json
import os

import pytest

from tests.samples import jpeg, tiff
from tests.unit.cli.conftest import MODEL, SET


def fill(account, count, first=1):
    for number in range(first, first + count):
        account.write(f"{SET}/{number}.jpg", jpeg(number))


@pytest.fixture
def planned(account):
    """Six photos up; then one removed, one changed, one new: a plan of it in `plan.json`."""
    fill(account, 6)
    account.write(f"{SET}/raw.tif", tiff(1))
    assert account.run("sync").exit_code == 0
    (account.home / SET / "1.jpg").unlink()
    account.write(f"{SET}/2.jpg", jpeg(102))
    fill(account, 1, first=7)
    done = account.run("sync", "--plan", "plan.json")
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[-1].endswith("Nothing was changed.")
    account.plan = json.loads((account.home / "plan.json").read_text())
    return account


def apply(account, *more, code):
    return account.doc("sync", "--apply", "plan.json", "--wait", "0", *more, code=code)


def counted(document):
    return {name: count for name, count in document["summary"].items() if count and name != "bytes"}


def test_a_plan_is_the_document_of_a_dry_run_and_changes_nothing(planned):
    before = planned.ids()
    told = planned.doc("sync", "-n")
    assert {name: value for name, value in planned.plan.items() if name != "basis"} == {
        name: value for name, value in told.items() if name != "basis"
    }
    assert planned.run("sync", "--plan", "-").stdout == (planned.home / "plan.json").read_text()
    assert counted(planned.plan) == {"upload": 1, "replace": 1, "delete": 1, "unchanged": 4, "rejected": 1}
    assert planned.ids() == before


def test_apply_does_exactly_the_plan(planned):
    done = apply(planned, code=0)
    assert {one["outcome"] for one in done["operations"] if one["action"] in ("upload", "replace", "delete")} == {
        "done"
    }
    told = [(one["action"], one["path"], one["reason"], one["sha256"]) for one in done["operations"]]
    assert told == [(one["action"], one["path"], one["reason"], one["sha256"]) for one in planned.plan["operations"]]
    assert (done["dry_run"], done["digest"]) == (False, planned.plan["digest"])
    assert counted(planned.doc("sync", "-n")) == {"unchanged": 6, "rejected": 1}


def test_the_document_of_any_dry_run_may_be_applied(planned):
    for options in (["-n", "--json"], ["-n", "--json", "-v"]):
        written = json.loads(planned.run("sync", *options).stdout)
        reordered = json.dumps(dict(reversed(written.items())))
        (planned.home / "plan.json").write_text(reordered)
        assert counted(apply(planned, "-n", code=0)) == counted(written)
    apply(planned, code=0)


def test_a_new_time_alone_is_no_move(planned):
    for name in os.listdir(planned.home / SET):
        os.utime(planned.home / SET / name)
    assert counted(apply(planned, code=0))["upload"] == 1


def test_times_do_not_count_where_they_decide_either(account):
    account.write("syncd.toml", (account.home / "syncd.toml").read_bytes() + b'[limits]\noverflow = "rotate"\n')
    fill(account, 22)
    for number in range(1, 23):
        os.utime(account.home / SET / f"{number}.jpg", (number, number))
    before = account.doc("sync", "--plan", "plan.json")
    assert [one["path"] for one in before["operations"] if one["action"] == "waiting"] == [
        f"{SET}/2.jpg",
        f"{SET}/1.jpg",
    ]
    os.utime(account.home / SET / "1.jpg", (1000, 1000))
    done = apply(account, code=0)
    assert [one["path"] for one in done["operations"] if one["action"] == "waiting"] == [
        f"{SET}/2.jpg",
        f"{SET}/1.jpg",
    ]


def new_file(account):
    account.write(f"{SET}/z.jpg", jpeg(50))


def rejected_file(account):
    account.write(f"{SET}/z.jpg", b"")


def other_content(account):
    account.write(f"{SET}/5.jpg", jpeg(51))


def file_gone(account):
    (account.home / SET / "5.jpg").unlink()


def foreign_image(account):
    account.service.add_image(MODEL, "modelInput", jpeg(52))


def image_gone(account):
    account.service.delete_image(account.ids()[-1])


def records(account):
    with account.state() as store:
        store.records.forget(account.recorded()[0].key, [account.recorded()[0].row])


def done_already(account):
    assert account.run("sync").exit_code == 0


MOVES = [new_file, rejected_file, other_content, file_gone, foreign_image, image_gone, records, done_already]


@pytest.mark.parametrize("move", MOVES)
def test_a_plan_whose_ground_moved_is_not_begun(planned, move):
    move(planned)
    before, posted = planned.ids(), planned.posted
    assert apply(planned, code=4)["error"]["code"] == "stale-plan"
    assert (planned.ids(), planned.posted) == (before, posted)


def test_one_set_that_moved_keeps_all_the_others_from_being_begun(account):
    for number in range(3):
        account.write(f"models/{MODEL}/auxiliaryType/{number}.jpg", jpeg(number))
    fill(account, 3)
    account.doc("sync", "--plan", "plan.json")
    account.write(f"models/{MODEL}/auxiliaryType/1.jpg", jpeg(60))
    told = apply(account, code=4)["error"]
    assert "auxiliaryType, 1.jpg was changed" in told["message"]
    assert account.posted == 0


def test_what_is_held_stays_held_also_when_it_was_released_since(account):
    fill(account, 8)
    account.doc("sync")
    for number in range(1, 7):
        (account.home / SET / f"{number}.jpg").unlink()
    account.doc("sync", code=4)
    fill(account, 1, first=9)
    assert counted(account.doc("sync", "--plan", "plan.json", code=4)) == {"upload": 1, "unchanged": 2, "held": 6}
    assert len(account.doc("approve")["released"]) == 6
    assert counted(apply(account, code=4)) == {"upload": 1, "unchanged": 2, "held": 6}
    assert len(account.ids()) == 9
    assert counted(account.doc("sync"))["delete"] == 6, "what was released is still"


def test_the_options_of_a_plan_are_those_of_its_doing(account):
    fill(account, 8)
    account.doc("sync")
    for number in range(1, 7):
        (account.home / SET / f"{number}.jpg").unlink()
    account.doc("sync", "--plan", "plan.json", "--max-delete", "100%", SET)
    assert counted(apply(account, code=0)) == {"delete": 6, "unchanged": 2}


def test_a_plan_does_nothing_where_a_set_cannot_be_looked_at(planned):
    planned.write(f"models/{MODEL}/auxiliaryType/1.jpg", jpeg(1))
    planned.doc("sync", "--plan", "plan.json")
    posted = planned.posted

    def fail(request):
        if request.args.get("imageType") == "auxiliaryType":
            from werkzeug.wrappers import Response

            return Response(b"", 503)
        return None

    planned.before = fail
    told = apply(planned, code=5)
    assert planned.posted == posted
    assert {one["outcome"] for one in told["operations"] if one["action"] == "upload"} == {"skipped"}


def test_a_set_that_was_halted_stays_so(planned):
    planned.write("models/other/modelInput/1.jpg", jpeg(1))
    assert planned.run("sync", "--plan", "plan.json").exit_code == 4
    planned.service.create_model("other", "Bea")
    done = apply(planned, code=4)
    assert [one["halt"] for one in done["sets"]] == [None, "model-not-found"]
    assert not planned.service.images("other", "modelInput")
    assert counted(done)["upload"] == 1


def edited(document, **fields):
    return json.dumps({**document, **fields})


BAD = [
    (lambda text, _: text[: len(text) // 2], "damaged: it is not JSON"),
    (lambda *_: "", "damaged: it is not JSON"),
    (lambda *_: "[1]", "no plan of syncd"),
    (lambda *_: "{}", "no plan of syncd"),
    (lambda _, plan: edited(plan, version=2), "a plan of version 2"),
    (lambda _, plan: edited(plan, dry_run=False), "no plan of syncd"),
    (lambda _, plan: edited(plan, operations=plan["operations"][1:]), "damaged, or was changed"),
    (lambda _, plan: edited(plan, sets=None), "damaged, or was changed"),
    (lambda _, plan: edited(plan, basis=[]), "no plan of syncd"),
    (lambda _, plan: edited(plan, basis={}), "damaged, or was changed"),
]


def test_a_bad_plan_file_is_told_in_a_sentence(planned):
    before, path = planned.ids(), planned.home / "plan.json"
    text = path.read_text()
    for spoil, words in BAD:
        path.write_text(spoil(text, planned.plan))
        told = apply(planned, code=2)["error"]
        assert words in told["message"]
        assert told["remedy"]
    assert planned.ids() == before


def test_a_plan_of_another_root_is_refused(planned):
    (planned.home / "elsewhere").mkdir()
    told = planned.doc("sync", "--apply", "plan.json", code=2, SYNCD_DATASET_ROOT="elsewhere")["error"]
    assert "a plan for other folders" in told["message"]


def test_apply_takes_nothing_that_would_change_the_plan(account):
    for more in ([SET], ["--plan", "b"], ["--max-delete", "3"], ["--no-delete"], ["--quick"]):
        assert account.error("sync", "--apply", "plan.json", *more, code=2) == "usage"


def test_a_plan_that_cannot_be_written_is_said_so(account):
    fill(account, 1)
    for name in ("", ".", "missing/plan.json", "/dev/full"):
        assert account.error("sync", "--plan", name, code=2) == "usage"
    assert sorted(os.listdir(account.home)) == ["models", "syncd.toml"]


def test_a_plan_that_is_not_there_is_said_so(account):
    assert account.error("sync", "--apply", "plan.json", code=2) == "usage"
    assert account.error("sync", "--apply", ".", code=2) == "usage"


def test_a_plan_waits_for_a_set_that_is_busy_and_then_looks_at_all_again(planned):
    from werkzeug.wrappers import Response

    planned.write(f"models/{MODEL}/auxiliaryType/1.jpg", jpeg(1))
    planned.doc("sync", "--plan", "plan.json")
    left = [1]

    def fail_once(request):
        if request.args.get("imageType") != "auxiliaryType" or not left:
            return None
        left.clear()
        # While one set is waited for, the other one moves.
        planned.write(f"{SET}/z.jpg", jpeg(70))
        return Response(b"", 503)

    planned.before, posted = fail_once, planned.posted
    assert planned.doc("sync", "--apply", "plan.json", code=4)["error"]["code"] == "stale-plan"
    assert planned.posted == posted
    (planned.home / SET / "z.jpg").unlink()
    left.append(1)
    planned.before = lambda request: fail_once(request) if not left else None
    done = planned.doc("sync", "--apply", "plan.json")
    assert (done["digest"], counted(done)["upload"]) == (
        json.loads((planned.home / "plan.json").read_text())["digest"],
        2,
    )
