import pytest

from syncd.daemon.journal import Journal
from syncd.model.plan import Halt, Operation, Outcome, SetPlan
from syncd.model.words import Action, HaltName, Reason
from tests.world import key_of

KEY = key_of("m42/modelInput")
FOLDER = b"/photos/models/m42/modelInput"


def plan(*operations, halt=None):
    named = None if halt is None else Halt(halt, "what was seen", "what to do")
    return SetPlan(KEY, FOLDER, 20, halt=named, operations=operations)


def one(action, name=b"a.jpg", **more):
    return Operation(action, name, **more)


UP = one(Action.UNCHANGED)
SENT = one(Action.UPLOAD, outcome=Outcome.DONE)
HELD = one(Action.HELD, reason=Reason.SET_EMPTIED, detail="the folder is empty")


@pytest.fixture
def journal(log):
    return Journal(log, b"/photos")


def test_a_set_that_stands_as_before_is_not_told_again(journal, lines):
    for each in (plan(SENT), plan(UP), plan(UP), plan(UP)):
        journal.learn(each)
    assert lines.messages == ["set in sync"]
    assert (lines.records[0].set, lines.records[0].uploaded, lines.records[0].up) == ("models/m42/modelInput", 1, 1)


def test_a_set_without_anything_is_no_news(journal, lines):
    journal.learn(plan())
    assert lines.messages == []


def test_each_change_is_one_line(journal, lines):
    pending = one(Action.PENDING, reason=Reason.ANSWER_UNKNOWN)
    steps = [plan(UP), plan(UP, pending), plan(UP, HELD), plan(halt=HaltName.ROOT_MISSING), plan(UP), plan(UP, SENT)]
    for each in steps:
        journal.learn(each)
        journal.learn(each if each is not steps[-1] else plan(UP, UP))
    assert lines.messages == [
        "set in sync", "set not in sync yet", "set holds deletes", "set halted", "set in sync", "set in sync",
    ]  # fmt: skip
    assert [record.levelname for record in lines.records[2:4]] == ["WARNING", "WARNING"]
    assert lines.records[2].remedy == "syncd approve /photos/models/m42/modelInput"
    assert (lines.records[3].halt, lines.records[3].why) == ("root-missing", "what was seen")


@pytest.mark.parametrize("halt", [HaltName.UNREACHABLE, HaltName.KEY_REJECTED, HaltName.LEASED])
def test_what_troubles_all_is_not_told_for_each(journal, lines, halt):
    journal.learn(plan(UP))
    journal.learn(plan(halt=halt))
    journal.learn(plan(UP))
    assert lines.messages == ["set in sync"]


def test_a_file_that_is_being_written_is_no_news(journal, lines):
    journal.learn(plan(UP))
    journal.learn(plan(UP, one(Action.FAILED, b"b.jpg", reason=Reason.CHANGED_WHILE_READING)))
    journal.learn(plan(UP))
    assert lines.messages == ["set in sync"]


def test_the_summary_counts_sets_by_how_they_stand(journal):
    assert journal.summary() == "no sets yet"
    journal.learn(plan(UP))
    assert journal.summary() == "1 set: 1 in sync"
    journal.learn(plan(halt=HaltName.ROOT_MISSING))
    assert journal.summary() == "1 set: 1 root-missing"


def test_a_refusal_is_told_once_with_its_reason_and_is_not_pending(journal, lines):
    refused = one(Action.UPLOAD, b"no.jpg", outcome=Outcome.FAILED, detail="refused by the service: no face")
    later = one(Action.UPLOAD, b"no.jpg", outcome=Outcome.FAILED, detail="busy", temporary=True)
    for each in (plan(UP, later), plan(UP, refused), plan(UP, refused), plan(UP), plan(UP, refused)):
        journal.learn(each)
    assert [record.getMessage() for record in lines.records if record.levelname == "WARNING"] == ["upload failed"] * 2
    told = next(record for record in lines.records if record.levelname == "WARNING")
    assert (told.path, told.why) == ("models/m42/modelInput/no.jpg", "refused by the service: no face")
    assert told.remedy == "syncd explain /photos/models/m42/modelInput/no.jpg"
    sets = [(getattr(each, "pending", 0), getattr(each, "failed", 0)) for each in lines.records if hasattr(each, "set")]
    assert sets == [(1, 0), (0, 1), (0, 0), (0, 1)]


def test_a_photo_that_was_sent_in_vain_too_often_is_told_as_an_upload_that_failed(journal, lines):
    journal.learn(plan(UP, one(Action.REFUSED, b"no.jpg", outcome=Outcome.FAILED, detail="sent 3 times in vain")))
    (told,) = (record for record in lines.records if record.levelname == "WARNING")
    assert (told.getMessage(), told.why) == ("upload failed", "sent 3 times in vain")


def test_what_went_up_beside_a_file_that_is_still_written_is_told(journal, lines):
    growing = one(Action.FAILED, b"b.jpg", reason=Reason.CHANGED_WHILE_READING)
    for each in (plan(growing), plan(SENT, growing), plan(UP, growing), plan(UP, SENT)):
        journal.learn(each)
    assert [(record.uploaded, record.up) for record in lines.records] == [(1, 1), (1, 2)]
