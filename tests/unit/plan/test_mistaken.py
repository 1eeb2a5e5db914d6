from dataclasses import replace

from syncd.model.plan import Adopt, Lapse, Look, Mistaken
from syncd.model.record import Memory, Record, RecordState
from syncd.model.remote import Picture
from syncd.model.time import Instant
from syncd.plan.doubt import doubted
from tests.plans import NOW, POLICY, file, image, live, local, look, plan_one, record, told


def ago(seconds: float) -> Instant:
    return Instant(NOW.wall - seconds, "boot", NOW.uptime - seconds)


A, B, C, D = (file(f"{each.lower()}.jpg", each) for each in "ABCD")
ALL = local(A, B, C, D)
WANTED = frozenset("ABCD")
LOST = record(1, "a.jpg", "A", RecordState.BEGUN, begun=ago(100), since=ago(100))
YOUNG = replace(LOST, begun=ago(10), since=ago(10))
KNOWN = live(9, "d.jpg", "D", "k")


def named(row: int, holds: str, remote_id: str, seconds: float = 5) -> Record:
    return live(row, f"{holds.lower()}.jpg", holds, remote_id, begun=ago(seconds), since=ago(seconds))


B_AS_R1, C_AS_R2, D_AS_R3 = named(2, "B", "r1"), named(3, "C", "r2"), named(4, "D", "r3")


def asked(seen: Look, *records: Record, wanted: frozenset[str] = WANTED, policy=POLICY) -> list[str]:
    return [each.id for each in doubted(ALL, seen, Memory(records), policy, NOW, wanted)]


def test_an_image_goes_to_the_lost_upload_whose_picture_it_shows():
    decided = plan_one(local(A, B), look("r1", pictures={"r1": "A"}), Memory((LOST, B_AS_R1)))
    assert decided.changes[:2] == (Mistaken(B_AS_R1), Adopt("r1", b"a.jpg", LOST.content, LOST))
    assert told(decided) == [("adopt", "same-content", "a.jpg"), ("pending", "answer-unknown", "b.jpg")]


def test_so_it_does_where_the_listing_lacks_it():
    seen = replace(look("k", pictures={"r1": "A"}), inspected={"r1": image("r1")})
    decided = plan_one(local(A, B, D), seen, Memory((LOST, B_AS_R1, KNOWN)))
    assert decided.changes[:2] == (Mistaken(B_AS_R1), Adopt("r1", b"a.jpg", LOST.content, LOST))
    assert not decided.writes


def test_answers_that_are_each_that_of_the_upload_before_are_all_set_right():
    shows = {"r1": "A", "r2": "B", "r3": "C", "r4": "D"}
    memory = Memory((YOUNG, B_AS_R1, C_AS_R2, D_AS_R3))
    decided = plan_one(ALL, look("r1", "r2", "r3", "r4", pictures=shows), memory)
    adopted = {change.remote_id: change.content.sha256 for change in decided.changes if isinstance(change, Adopt)}
    assert adopted == shows
    assert {action for action, *_ in told(decided)} == {"adopt"}
    assert not decided.writes


def test_what_was_taken_back_just_now_is_not_given_up_in_the_same_look():
    wrong = replace(B_AS_R1, begun=ago(90), since=ago(90))
    decided = plan_one(local(A, B, D), look("r1", "k", pictures={"r1": "A"}), Memory((LOST, wrong, KNOWN)))
    assert not any(isinstance(change, Lapse) for change in decided.changes)
    assert not decided.uploads


def test_without_proof_the_answer_counts():
    for picture in (Picture(problem="gone"), "B", "X", "~~~"):
        decided = plan_one(local(A, B), look("r1", pictures={"r1": picture}), Memory((LOST, B_AS_R1)))
        assert told(decided) == [("upload", "new", "a.jpg"), ("unchanged", None, "b.jpg")]


def test_an_upload_is_not_given_up_while_its_image_may_be_one_that_nothing_shows_yet():
    files = local(A, B, D)
    decided = plan_one(files, look("k"), Memory((LOST, B_AS_R1, KNOWN)))
    assert ("pending", "answer-unknown", "a.jpg") in told(decided)
    for other in (replace(B_AS_R1, since=ago(200)), replace(B_AS_R1, since=ago(70)), replace(B_AS_R1, begun=None)):
        decided = plan_one(files, look("k"), Memory((LOST, other, KNOWN)))
        assert ("upload", "new", "a.jpg") in told(decided)


def test_what_may_be_it_is_looked_at_before_an_upload_is_given_up():
    there = look("r1")
    assert asked(there, LOST, B_AS_R1) == ["r1"]
    assert asked(there, YOUNG, B_AS_R1) == []
    assert asked(there, LOST, replace(B_AS_R1, since=ago(200))) == []
    assert asked(there, LOST, replace(B_AS_R1, begun=None)) == []
    assert asked(there, B_AS_R1) == []
    assert asked(look("k"), LOST, replace(B_AS_R1, since=ago(70)), KNOWN) == []
    hidden = replace(look("k"), inspected={"r1": image("r1")})
    assert asked(hidden, LOST, replace(B_AS_R1, since=ago(70)), KNOWN) == ["r1"]
    # Found, or kept open by a picture that nobody can tell: nothing is given up.
    assert asked(look("r1", "x", pictures={"x": "A"}), LOST, B_AS_R1) == []
    assert asked(look("r1", "x", pictures={"x": Picture(problem="gone")}), LOST, B_AS_R1) == []


def test_what_might_be_deleted_for_what_it_is_not_is_looked_at_while_the_doubt_is_young():
    assert asked(look("r1"), YOUNG, B_AS_R1, wanted=WANTED - {"B"}) == ["r1"]
    assert asked(look("r1", "r2"), YOUNG, B_AS_R1, C_AS_R2, wanted=WANTED - {"B"}) == ["r1", "r2"]
    assert asked(look("r1", "x", pictures={"x": "B"}), YOUNG, B_AS_R1) == ["r1"]
    assert asked(look("r1", "x", pictures={"x": "~~~"}), YOUNG, B_AS_R1) == []
    keeping = replace(POLICY, deletes=False)
    assert asked(look("r1"), YOUNG, B_AS_R1, wanted=WANTED - {"B"}, policy=keeping) == []


def test_of_two_photos_with_the_same_pixels_an_image_is_the_one_of_its_bytes_or_the_one_on_its_way():
    # A HEIC and a JPEG of it, say, or one photo with two captions.
    first = replace(KNOWN.content, sha256="A0", sent_sha256="A0", likeness=LOST.content.likeness)
    up = replace(KNOWN, name=b"a0.jpg", content=first)
    both = local(replace(A, name=b"a0.jpg", sha256="A0"), A)
    for picture in ("A", Picture("re-encoded", LOST.content.likeness)):
        decided = plan_one(both, look("k", "x", pictures={"x": picture}), Memory((up, YOUNG)))
        assert told(decided) == [("adopt", "same-content", "a.jpg"), ("unchanged", None, "a0.jpg")]


def test_the_bytes_of_a_photo_are_those_that_were_sent_for_it():
    sent = replace(KNOWN.content, sha256="A0", sent_sha256="copy of A0", likeness=LOST.content.likeness)
    both = local(replace(A, name=b"a0.jpg", sha256="A0"), A)
    late = look("k", "x", pictures={"x": Picture("copy of A0", LOST.content.likeness)})
    decided = plan_one(both, late, Memory((replace(KNOWN, name=b"a0.jpg", content=sent), YOUNG)))
    assert told(decided) == [
        ("delete", "same-content", "a0.jpg"),
        ("unchanged", None, "a0.jpg"),
        ("pending", "answer-unknown", "a.jpg"),
    ]
