"""What a pass tells: all of it, or with -q what went wrong alone; and to machines what became of each."""

import pytest

from tests.samples import jpeg
from tests.unit.cli.conftest import SET
from tests.unit.cli.test_quick import refusing


@pytest.fixture
def emptied(account):
    """Three photos are up and their files gone, which is held; beside them lies what is no photo."""
    paths = [account.write(f"{SET}/{number}.jpg", jpeg(number)) for number in range(3)]
    account.write(f"{SET}/no.jpg", b"no photo")
    account.doc("sync")
    for path in paths:
        path.unlink()
    return account


def test_quiet_tells_what_went_wrong_and_what_to_do(emptied):
    done = emptied.run("sync", "-q")
    assert done.exit_code == 4
    assert "3 deletes" in done.stdout
    assert f"syncd approve {SET}" in done.stdout
    assert "no.jpg" not in done.stdout
    assert "no.jpg" in emptied.run("sync").stdout


def test_a_photo_that_is_refused_is_told_quietly(account):
    account.write(f"{SET}/1.jpg", jpeg(1))
    account.before = refusing
    done = account.run("sync", "-q")
    assert done.exit_code == 1
    assert "1.jpg" in done.stdout
    assert "refused by the service" in done.stdout


def test_quiet_is_silent_where_nothing_went_wrong(account):
    account.write(f"{SET}/1.jpg", jpeg(1))
    account.write(f"{SET}/no.jpg", b"no photo")
    done = account.run("sync", "-q")
    assert (done.exit_code, done.output) == (0, "")
    assert len(account.ids()) == 1


def test_a_set_that_halts_is_told_quietly_with_its_remedy(account):
    account.write("models/unknown/modelInput/1.jpg", jpeg(1))
    done = account.run("sync", "-q")
    assert done.exit_code == 4
    assert "model-not-found" in done.stdout
    assert "what to do" in done.stdout


def test_each_operation_has_an_outcome_where_a_pass_acts_and_none_in_a_plan(emptied):
    emptied.write(f"{SET}/4.jpg", jpeg(4))
    emptied.write(f"{SET}/same.jpg", jpeg(4))
    planned = emptied.doc("sync", "-n")["operations"]
    assert {one["outcome"] for one in planned} == {None}
    outcomes = {(one["action"], one["outcome"]) for one in emptied.doc("sync")["operations"]}
    assert outcomes == {("upload", "done"), ("duplicate", "skipped"), ("rejected", "skipped"), ("delete", "done")}
