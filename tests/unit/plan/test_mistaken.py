from dataclasses import replace

from syncd.model.plan import Adopt, Mistaken
from syncd.model.record import Memory, RecordState
from syncd.model.remote import Picture
from syncd.model.time import Instant
from syncd.plan.mistaken import named_since
from tests.plans import NOW, POLICY, file, live, local, look, plan_one, record, told

A, B = file("a.jpg", "A"), file("b.jpg", "B")
SENT = Instant(NOW.wall - 100, "boot", NOW.uptime - 100)
NAMED = Instant(NOW.wall - 90, "boot", NOW.uptime - 90)
BEFORE = Instant(NOW.wall - 200, "boot", NOW.uptime - 200)
LOST = record(1, "a.jpg", "A", RecordState.BEGUN, begun=SENT, since=SENT)
WRONG = live(2, "b.jpg", "B", "r1", begun=SENT, since=NAMED)
MEMORY = Memory((LOST, WRONG))


def test_an_image_is_that_of_the_lost_upload_whose_picture_it_shows():
    decided = plan_one(local(A, B), look("r1", pictures={"r1": "A"}), MEMORY)
    assert decided.changes[:2] == (Mistaken(WRONG), Adopt("r1", b"a.jpg", LOST.content, LOST))
    # The upload that it was said to be is over as long as the lost one: it is known by now not to have happened.
    assert told(decided) == [("upload", "new", "b.jpg"), ("adopt", "same-content", "a.jpg")]


def test_the_other_one_is_in_doubt_as_long_as_any_upload_is():
    wrong = replace(WRONG, since=Instant(NOW.wall - 5, "boot", NOW.uptime - 5))
    decided = plan_one(local(A, B), look("r1", pictures={"r1": "A"}), Memory((LOST, wrong)))
    assert told(decided) == [("adopt", "same-content", "a.jpg"), ("pending", "answer-unknown", "b.jpg")]


def test_without_proof_the_answer_counts():
    for picture in (Picture(problem="gone"), "B", "C"):
        decided = plan_one(local(A, B), look("r1", pictures={"r1": picture}), MEMORY)
        assert told(decided) == [("upload", "new", "a.jpg"), ("unchanged", None, "b.jpg")]


def test_only_what_may_be_it_is_looked_at():
    def asked(*records):
        return named_since(Memory(records), look("r1").listing, POLICY)

    assert asked(LOST, WRONG) == {"r1"}
    assert asked(LOST, replace(WRONG, since=BEFORE)) == set()
    assert asked(LOST, replace(WRONG, begun=None)) == set()
    assert asked(replace(LOST, since=NOW), WRONG) == set()
    assert asked(WRONG) == set()
    assert asked(LOST, replace(WRONG, state=RecordState.GONE)) == set()
