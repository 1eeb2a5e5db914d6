from dataclasses import replace

import pytest

from syncd.model.local import FolderState
from syncd.model.plan import MaxDelete, Overflow, Policy, Revive
from syncd.model.record import Memory, Record, RecordState, Refusal
from syncd.model.remote import Picture
from syncd.model.time import Instant
from syncd.model.words import Action, Reason
from syncd.plan.questions import questions
from tests.plans import (
    KEY,
    NOW,
    POLICY,
    bad,
    file,
    foreign,
    live,
    local,
    look,
    plan_one,
    record,
    told,
    unreadable,
)

A, B = file("a.jpg", "A"), file("b.jpg", "B")
LIVE_A, LIVE_B = live(1, "a.jpg", "A", "r1"), live(2, "b.jpg", "B", "r2")
JUST_NOW = NOW
BEGUN_A = record(1, "a.jpg", "A", RecordState.BEGUN)
TWENTY = [file(f"p{n}.jpg", f"C{n:02}") for n in range(1, 21)]
TWENTY_UP = tuple(live(n, f"p{n}.jpg", f"C{n:02}", f"r{n}") for n in range(1, 21))
TWENTY_IDS = [f"r{n}" for n in range(1, 21)]


def remembers(*records: Record, **more: object) -> Memory:
    return Memory(records, **more)  # type: ignore[arg-type]


CASES = {
    "a new file goes up": (local(A), look(), remembers(), [("upload", "new", "a.jpg")]),
    "a file that is up stays": (local(A), look("r1"), remembers(LIVE_A), [("unchanged", None, "a.jpg")]),
    "a file gone is deleted": (
        local(A),
        look("r1", "r2"),
        remembers(LIVE_A, LIVE_B),
        [("delete", "removed-locally", "b.jpg"), ("unchanged", None, "a.jpg")],
    ),
    "a changed file is replaced": (
        local(file("a.jpg", "A2")),
        look("r1"),
        remembers(LIVE_A),
        [("replace", "content-changed", "a.jpg")],
    ),
    "a renamed file costs nothing": (
        local(file("z.jpg", "A")),
        look("r1"),
        remembers(LIVE_A),
        [("renamed", "same-content", "z.jpg")],
    ),
    "a swap of two names costs nothing": (
        local(file("a.jpg", "B"), file("b.jpg", "A")),
        look("r1", "r2"),
        remembers(LIVE_A, LIVE_B),
        [("renamed", "same-content", "a.jpg"), ("renamed", "same-content", "b.jpg")],
    ),
    "a file moved over another deletes the one it covered": (
        local(file("b.jpg", "A")),
        look("r1", "r2"),
        remembers(LIVE_A, LIVE_B),
        [("delete", "removed-locally", "b.jpg"), ("renamed", "same-content", "b.jpg")],
    ),
    "the same bytes twice take one slot, the recorded file is the image": (
        local(file("0.jpg", "A"), A),
        look("r1"),
        remembers(LIVE_A),
        [("unchanged", None, "a.jpg"), ("duplicate", "same-content", "0.jpg")],
    ),
    "of two new equal files the first in order is the image": (
        local(file("img10.jpg", "A"), file("img2.jpg", "A")),
        look(),
        remembers(),
        [("upload", "new", "img2.jpg"), ("duplicate", "same-content", "img10.jpg")],
    ),
    "an unknown image that equals a photo is adopted": (
        local(A),
        look("x", pictures={"x": "A"}),
        remembers(),
        [("adopt", "same-content", "a.jpg")],
    ),
    "an unknown image that equals nothing is foreign": (
        local(A),
        look("x", pictures={"x": "other"}),
        remembers(),
        [("upload", "new", "a.jpg"), ("foreign", "not-ours", "x")],
    ),
    "of two equal unknown images the older is adopted, the other was not sent by us": (
        local(A),
        look("x2", "x1", pictures={"x1": "A", "x2": "A"}),
        remembers(),
        [("adopt", "same-content", "a.jpg"), ("foreign", "not-ours", "x2")],
    ),
    "a foreign image that equals a later photo is adopted": (
        local(A),
        look("x"),
        remembers(foreign=(foreign("x", "A"),)),
        [("adopt", "same-content", "a.jpg")],
    ),
    "an answer that was lost is found by looking": (
        local(A),
        look("x", pictures={"x": "A"}),
        remembers(BEGUN_A),
        [("adopt", "same-content", "a.jpg")],
    ),
    "a lost answer that took effect twice keeps the older one": (
        local(A),
        look("x1", "x2", pictures={"x1": "A", "x2": "A"}),
        remembers(BEGUN_A),
        [("delete", "same-content", "a.jpg"), ("adopt", "same-content", "a.jpg")],
    ),
    "an answer still unknown is not sent again": (
        local(A),
        look(),
        remembers(record(1, "a.jpg", "A", RecordState.BEGUN, since=JUST_NOW)),
        [("pending", "answer-unknown", "a.jpg")],
    ),
    "an empty listing alone does not prove that nothing happened": (
        local(A),
        look(),
        remembers(BEGUN_A),
        [("pending", "answer-unknown", "a.jpg")],
    ),
    "a listing that shows a known image does": (
        local(A, B),
        look("r2"),
        remembers(BEGUN_A, LIVE_B),
        [("upload", "new", "a.jpg"), ("unchanged", None, "b.jpg")],
    ),
    "a confirmed empty one does too": (
        local(A),
        look(confirmed=True),
        remembers(BEGUN_A),
        [("upload", "new", "a.jpg")],
    ),
    "a picture that cannot be compared keeps a begun upload waiting": (
        local(A, B),
        look("r2", "x", pictures={"x": Picture(problem="gone")}),
        remembers(BEGUN_A, LIVE_B),
        [("unchanged", None, "b.jpg"), ("pending", "answer-unknown", "a.jpg"), ("foreign", "not-ours", "x")],
    ),
    "a late twin of ours is deleted while the other copy is seen": (
        local(A),
        look("r1", "x", pictures={"x": "A"}),
        remembers(LIVE_A),
        [("delete", "same-content", "a.jpg"), ("unchanged", None, "a.jpg")],
    ),
    "a copy of an adopted image is not ours": (
        local(A),
        look("r1", "x", pictures={"x": "A"}),
        remembers(live(1, "a.jpg", "A", "r1", begun=None)),
        [("unchanged", None, "a.jpg"), ("foreign", "not-ours", "x")],
    ),
    "a late effect of a photo that is gone by now is ours to delete": (
        local(B),
        look("r2", "x", pictures={"x": "A"}),
        remembers(LIVE_B, record(1, "a.jpg", "A", RecordState.LAPSED)),
        [("delete", "removed-locally", "a.jpg"), ("unchanged", None, "b.jpg")],
    ),
    "one image lost there goes up again": (
        local(A, B),
        look("r2", inspected={"r1": False}),
        remembers(LIVE_A, LIVE_B),
        [("upload", "missing-remotely", "a.jpg"), ("unchanged", None, "b.jpg")],
    ),
    "an image missing from the listing but there when asked is up": (
        local(A, B),
        look("r2", inspected={"r1": True}),
        remembers(LIVE_A, LIVE_B),
        [("unchanged", None, "a.jpg"), ("unchanged", None, "b.jpg")],
    ),
    "an image that the listing lacks and that was asked for in vain is neither up nor gone": (
        local(A, B),
        look("r2"),
        remembers(LIVE_A, LIVE_B),
        [("unchanged", None, "b.jpg"), ("pending", "answer-unknown", "a.jpg")],
    ),
    "the only image missing is not proven gone by one look": (
        local(A),
        look(inspected={"r1": False}),
        remembers(LIVE_A),
        [("pending", "answer-unknown", "a.jpg")],
    ),
    "an image deleted earlier that came back is deleted again": (
        local(B),
        look("r1", "r2", inspected={"r1": True}),
        remembers(record(1, "a.jpg", "A", RecordState.GONE, "r1", reason=Reason.REMOVED_LOCALLY), LIVE_B),
        [("delete", "removed-locally", "a.jpg"), ("unchanged", None, "b.jpg")],
    ),
    "a delete that was intended is dropped when the photo is back": (
        local(A),
        look("r1"),
        remembers(record(1, "a.jpg", "A", RecordState.DELETING, "r1", reason=Reason.REMOVED_LOCALLY)),
        [("unchanged", None, "a.jpg")],
    ),
    "a refused content is not sent again": (
        local(A),
        look(),
        remembers(refusals=(Refusal("A", "no faces"),)),
        [("refused", "refused-by-service", "a.jpg")],
    ),
    "a content left unknown five times is refused": (
        local(A),
        look(),
        remembers(unknown_answers=(("A", 5),)),
        [("refused", "refused-by-service", "a.jpg")],
    ),
    "a photo that turned bad keeps its image": (
        local(bad("a.jpg"), B),
        look("r1", "r2"),
        remembers(LIVE_A, LIVE_B),
        [("unchanged", None, "b.jpg"), ("rejected", "corrupt", "a.jpg")],
    ),
    "a bad file in the place of one that was gone keeps its image too": (
        local(bad("a.jpg"), B),
        look("r1", "r2"),
        remembers(record(1, "a.jpg", "A", RecordState.DELETING, "r1", reason=Reason.REMOVED_LOCALLY), LIVE_B),
        [("unchanged", None, "b.jpg"), ("rejected", "corrupt", "a.jpg")],
    ),
    "an unreadable file keeps its image and holds all deletes": (
        local(problems=(unreadable("a.jpg"),)),
        look("r1", "r2"),
        remembers(LIVE_A, LIVE_B),
        [("failed", "unreadable", "a.jpg"), ("held", "unreadable", "b.jpg")],
    ),
    "an unreadable file holds the old image of a changed one": (
        local(file("a.jpg", "A2"), problems=(unreadable("z.jpg"),)),
        look("r1"),
        remembers(LIVE_A),
        [("upload", "content-changed", "a.jpg"), ("failed", "unreadable", "z.jpg"), ("held", "unreadable", "a.jpg")],
    ),
    "an ignored file is let go": (
        local(B, ignored=("a.jpg",)),
        look("r1", "r2"),
        remembers(LIVE_A, LIVE_B),
        [("unchanged", None, "b.jpg"), ("foreign", "not-ours", "r1")],
    ),
    "an emptied folder holds its deletes": (
        local(),
        look("r1", "r2"),
        remembers(LIVE_A, LIVE_B),
        [("held", "set-emptied", "a.jpg"), ("held", "set-emptied", "b.jpg")],
    ),
    "a folder with only bad files left counts as emptied": (
        local(bad("x.jpg")),
        look("r1", "r2"),
        remembers(LIVE_A, LIVE_B),
        [("rejected", "corrupt", "x.jpg"), ("held", "set-emptied", "a.jpg"), ("held", "set-emptied", "b.jpg")],
    ),
    "a missing folder holds even one": (
        local(state=FolderState.MISSING),
        look("r1"),
        remembers(LIVE_A),
        [("held", "set-emptied", "a.jpg")],
    ),
    "the last photo of a set may go": (
        local(),
        look("r1"),
        remembers(LIVE_A),
        [("delete", "removed-locally", "a.jpg")],
    ),
    "without a marker the last one may not": (
        local(marked=False),
        look("r1"),
        remembers(LIVE_A),
        [("held", "set-emptied", "a.jpg")],
    ),
    "an approved delete is not held": (
        local(),
        look("r1", "r2"),
        remembers(LIVE_A, LIVE_B, approved=frozenset({"r1", "r2"})),
        [("delete", "removed-locally", "a.jpg"), ("delete", "removed-locally", "b.jpg")],
    ),
}


@pytest.mark.parametrize(("here", "there", "memory", "expected"), CASES.values(), ids=CASES.keys())
def test_each_situation_of_a_set(here, there, memory, expected):
    assert told(plan_one(here, there, memory)) == expected


def test_more_than_half_of_a_set_is_held():
    few = local(*TWENTY[:9])
    actions = [action for action, _, _ in told(plan_one(few, look(*TWENTY_IDS), Memory(TWENTY_UP)))]
    assert actions.count("held") == 11
    assert "delete" not in actions


def test_half_of_a_set_may_go():
    half = local(*TWENTY[:10])
    actions = [action for action, _, _ in told(plan_one(half, look(*TWENTY_IDS), Memory(TWENTY_UP)))]
    assert actions.count("delete") == 10


def test_a_plain_number_is_a_number_of_images_in_any_set():
    policy = Policy(max_delete=MaxDelete(1, percent=False), window_start=NOW)
    three = Memory((LIVE_A, LIVE_B, live(3, "c.jpg", "C", "r3")))
    assert told(plan_one(local(A), look("r1", "r2", "r3"), three, policy))[1:] == [
        ("held", "too-many-deletes", "b.jpg"),
        ("held", "too-many-deletes", "c.jpg"),
    ]


def test_deletes_done_in_the_same_pass_count_for_the_brake():
    done = tuple(
        record(n, f"p{n}.jpg", f"C{n:02}", RecordState.GONE, f"r{n}", since=NOW, reason=Reason.REMOVED_LOCALLY)
        for n in range(1, 11)
    )
    memory = Memory((*done, *TWENTY_UP[10:]))
    actions = [action for action, _, _ in told(plan_one(local(*TWENTY[11:]), look(*TWENTY_IDS[10:]), memory))]
    assert actions.count("held") == 1


def test_most_of_a_set_missing_there_halts_it():
    decided = plan_one(
        local(*TWENTY), look(*TWENTY_IDS[:9], inspected=dict.fromkeys(TWENTY_IDS[9:], False)), Memory(TWENTY_UP)
    )
    assert decided.halt is not None
    assert decided.halt.name == "remote-mass-missing"
    assert not decided.writes


def test_a_foreign_copy_that_the_listing_lacks_is_asked_for_before_a_photo_is_sent():
    let_go, nothing = Memory(foreign=(foreign("f", "A"),)), look()
    assert questions(nothing.listing, let_go, POLICY, frozenset("A")).inspect == ("f",)
    assert questions(nothing.listing, let_go, POLICY, frozenset("B")).inspect == ()
    assert questions(look("f").listing, let_go, POLICY, frozenset("A")).inspect == ()
    up = replace(let_go, records=(LIVE_A,))
    assert questions(look("r1").listing, up, POLICY, frozenset("A")).inspect == ()
    there, gone = look(inspected={"f": True}), look(inspected={"f": False})
    assert told(plan_one(local(A), there, let_go)) == [("adopt", "same-content", "a.jpg")]
    assert told(plan_one(local(A), gone, let_go)) == [("upload", "new", "a.jpg")]
    assert told(plan_one(local(A), nothing, let_go)) == [("pending", "answer-unknown", "a.jpg")]


def test_after_a_lost_state_what_cannot_be_compared_halts_the_set():
    there = look("x", pictures={"x": Picture(problem="gone")})
    decided = plan_one(local(A), there, Memory(whole=False))
    assert decided.halt is not None
    assert decided.halt.name == "remote-unclassified"
    approved = Memory(whole=False, approved=frozenset({"remote-unclassified"}))
    assert told(plan_one(local(A), there, approved)) == [("upload", "new", "a.jpg"), ("foreign", "not-ours", "x")]


def test_a_full_set_lets_the_rest_wait_in_natural_order():
    more = [file("img10.jpg", "X10"), file("img2.jpg", "X2"), file("IMG1.jpg", "X1")]
    decided = plan_one(local(*TWENTY[:18], *more), look(*TWENTY_IDS[:18]), Memory(TWENTY_UP[:18]))
    assert [one.file.name for one in decided.uploads] == [b"IMG1.jpg", b"img2.jpg"]
    assert [(one.name, one.rank) for one in decided.operations if one.action == "waiting"] == [(b"img10.jpg", 1)]


def test_foreign_images_take_slots():
    memory = Memory(TWENTY_UP[:18], (foreign("f1"), foreign("f2")))
    decided = plan_one(local(*TWENTY), look(*TWENTY_IDS[:18], "f1", "f2"), memory)
    assert not decided.uploads
    assert decided.remote == 20


def test_a_freed_slot_is_filled_after_its_delete():
    decided = plan_one(local(*TWENTY[1:], A), look(*TWENTY_IDS), Memory(TWENTY_UP))
    assert [one.record.remote_id for one in decided.room] == ["r1"]
    assert [one.file.name for one in decided.uploads] == [b"a.jpg"]


def test_a_changed_file_in_a_full_set_is_swapped():
    decided = plan_one(local(file("p1.jpg", "NEW"), *TWENTY[1:]), look(*TWENTY_IDS), Memory(TWENTY_UP))
    (upload,) = decided.uploads
    assert upload.swap
    assert upload.replaces == TWENTY_UP[0]


def test_a_bad_file_is_told_with_the_image_that_is_seen_rather_than_one_that_is_missed():
    there = look("r5", pictures={"r5": "A"}, inspected={"r4": False})
    memory = remembers(record(1, "a.jpg", "A", RecordState.GONE, "r1"), live(4, "a.jpg", "A4", "r4"))
    decided = plan_one(local(bad("a.jpg")), there, memory)
    beside, kept = decided.operations
    assert (kept.action, kept.remote_id) == (Action.REJECTED, "r5")
    assert (beside.action, beside.remote_id) == (Action.UNCHANGED, "r4")
    assert not decided.writes


def test_of_a_bad_file_that_a_photo_was_renamed_to_no_image_goes():
    # The newer record is of what the file was before the other photo took its name.
    memory = remembers(live(1, "a.jpg", "F", "r1"), live(2, "a.jpg", "G", "r2"))
    decided = plan_one(local(bad("a.jpg"), B), look("r1", "r2"), memory)
    assert {(one.action, one.remote_id) for one in decided.operations if one.remote_id} == {
        (Action.UNCHANGED, "r1"),
        (Action.REJECTED, "r2"),
    }
    assert not decided.rest


def test_an_image_that_a_bad_file_keeps_is_no_photo_of_ours_that_is_seen():
    memory = remembers(live(1, "a.jpg", "F", "r1"), live(2, "a.jpg", "G", "r2"), live(3, "b.jpg", "B", "r3"))
    unmarked = replace(local(bad("a.jpg"), file("c.jpg", "C")), marked=False)
    decided = plan_one(unmarked, look("r1", "r2", "r3"), memory, Policy(max_delete=MaxDelete(100, percent=True)))
    assert ("held", "set-emptied", "b.jpg") in told(decided)


def test_an_image_that_a_person_let_go_of_is_not_kept_beside_that_of_a_bad_file():
    both, other = (live(1, "a.jpg", "F", "r1"), live(2, "a.jpg", "G", "r2")), live(3, "b.jpg", "B", "r3")
    memory = remembers(*both, other, approved=frozenset({"r1"}))
    decided = plan_one(local(bad("a.jpg"), B), look("r1", "r2", "r3"), memory)
    assert [one.record.remote_id for one in decided.rest] == ["r1"]


def test_lowering_the_limit_deletes_nothing_and_adds_nothing():
    decided = plan_one(local(*TWENTY, A), look(*TWENTY_IDS), Memory(TWENTY_UP), Policy(limit=10))
    assert not decided.writes


def test_without_deletes_a_changed_file_goes_up_beside_the_old_one():
    decided = plan_one(local(file("a.jpg", "A2")), look("r1"), Memory((LIVE_A,)), Policy(deletes=False))
    assert told(decided) == [("upload", "content-changed", "a.jpg"), ("unchanged", None, "a.jpg")]


def test_a_young_image_is_trusted_over_a_listing_without_it():
    young = live(1, "a.jpg", "A", "r1", since=Instant(NOW.wall - 5, "boot", NOW.uptime - 5))
    decided = plan_one(local(A, B), look("r2"), Memory((young, LIVE_B)), Policy(window_start=NOW, lag_seconds=6))
    assert {action for action, _, _ in told(decided)} == {"unchanged"}
    assert decided.remote == 2


def test_an_image_deleted_just_now_does_not_count_though_a_listing_lags():
    gone = record(1, "p1.jpg", "C01", RecordState.GONE, "r1", since=NOW, reason=Reason.REMOVED_LOCALLY)
    decided = plan_one(local(*TWENTY[1:], A), look(*TWENTY_IDS), Memory((gone, *TWENTY_UP[1:])))
    assert decided.remote == 19
    assert [one.file.name for one in decided.uploads] == [b"a.jpg"]


def test_a_deleted_image_that_is_listed_is_asked_for_where_one_that_is_not_listed_takes_the_other_slot():
    gone = record(1, "a.jpg", "A", RecordState.GONE, "r1", since=NOW, reason=Reason.REMOVED_LOCALLY)
    unlisted = live(3, "c.jpg", "C", "r3", since=NOW)
    policy = Policy(limit=3, ambiguity_seconds=60, lag_seconds=60)
    for memory, asked in ((Memory((gone, LIVE_B, unlisted)), ("r1",)), (Memory((gone, LIVE_B)), ())):
        wanted = frozenset({*(one.content.sha256 for one in memory.records[1:]), "D"})
        assert questions(look("r1", "r2").listing, memory, policy, wanted).inspect == asked


def test_the_brake_binds_all_sets_of_a_pass_together():
    from syncd.model.sets import ImageType, SetKey
    from syncd.plan.plan import View, plan

    policy = Policy(max_delete=MaxDelete(10, percent=True), window_start=NOW)
    views = []
    for number in range(6):
        key = SetKey(f"m{number}", ImageType.MODEL_INPUT)
        ups = [
            Record(
                n,
                key,
                f"{n}.jpg".encode(),
                record(n, "x", f"{number}-{n}", RecordState.LIVE).content,
                RecordState.LIVE,
                f"{number}-{n}",
                NOW,
                NOW,
            )
            for n in range(1, 6)
        ]
        files = [file(f"{n}.jpg", f"{number}-{n}") for n in range(1, 5)]
        views.append(View(local(*files, key=key), Memory(tuple(ups)), look(*[one.remote_id for one in ups])))
    plans = plan(views, policy, NOW)
    assert [sum(one.action == "held" for one in each.operations) for each in plans] == [1] * 6
    lifted = plan(views, Policy(max_delete=MaxDelete(100, percent=True)), NOW)
    assert all(each.rest for each in lifted)


ROTATE = Policy(overflow=Overflow.ROTATE, window_start=NOW)
DATED = [file(f"p{n}.jpg", f"C{n:02}", mtime=n) for n in range(1, 21)]


def test_a_delete_that_a_bad_file_stops_is_taken_back():
    doomed = record(1, "a.jpg", "A", RecordState.DELETING, "r1", reason=Reason.REMOVED_LOCALLY)
    decided = plan_one(local(bad("a.jpg"), B), look("r1", "r2"), Memory((doomed, LIVE_B)))
    assert decided.changes == (Revive(doomed),)


def test_rotation_gives_the_slots_to_the_newest_and_lets_the_oldest_wait():
    new = [file("n1.jpg", "N1", mtime=100), file("n2.jpg", "N2", mtime=99), file("old.jpg", "O", mtime=0)]
    decided = plan_one(local(*DATED, *new), look(*TWENTY_IDS), Memory(TWENTY_UP), ROTATE)
    assert [(one.record.name, one.reason) for one in decided.room] == [
        (b"p1.jpg", "made-room"),
        (b"p2.jpg", "made-room"),
    ]
    assert [one.file.name for one in decided.uploads] == [b"n1.jpg", b"n2.jpg"]
    waiting = [(one.name, one.rank) for one in decided.operations if one.action == "waiting"]
    assert waiting == [(b"p2.jpg", 1), (b"p1.jpg", 2), (b"old.jpg", 3)]
    assert sum(one.action == "unchanged" for one in decided.operations) == 18


def test_rotation_replaces_no_changed_file_that_a_newer_one_would_then_take_the_slot_of():
    changed = [file("p1.jpg", "X1", mtime=1), file("p20.jpg", "X20", mtime=20)]
    decided = plan_one(
        local(*changed, *DATED[1:19], file("n.jpg", "N", mtime=9)), look(*TWENTY_IDS), Memory(TWENTY_UP), ROTATE
    )
    assert [(one.record.name, one.reason) for one in decided.room] == [(b"p1.jpg", "made-room")]
    assert [(one.file.name, one.replaces is None) for one in decided.uploads] == [(b"p20.jpg", False), (b"n.jpg", True)]
    assert [one.name for one in decided.operations if one.action == "waiting"] == [b"p1.jpg"]


def test_rotation_takes_free_slots_before_it_takes_any_down():
    decided = plan_one(local(*DATED[:19], A), look(*TWENTY_IDS[:19]), Memory(TWENTY_UP[:19]), ROTATE)
    assert not decided.room
    assert [one.file.name for one in decided.uploads] == [b"a.jpg"]


def test_rotation_above_a_lowered_limit_takes_down_what_an_upload_needs_or_nothing():
    lowered = Policy(limit=18, overflow=Overflow.ROTATE, window_start=NOW)
    new = file("n.jpg", "N", mtime=100)
    decided = plan_one(local(*DATED, new), look(*TWENTY_IDS), Memory(TWENTY_UP), lowered)
    assert [one.record.name for one in (*decided.room, *decided.rest)] == [b"p1.jpg", b"p2.jpg", b"p3.jpg"]
    assert [one.file.name for one in decided.uploads] == [b"n.jpg"]
    second_oldest = file("o.jpg", "O", mtime=2)
    assert not plan_one(local(*DATED, second_oldest), look(*TWENTY_IDS), Memory(TWENTY_UP), lowered).writes


def test_above_the_limit_a_new_photo_goes_up_only_once_all_that_makes_room_is_down():
    lowered = Policy(limit=18, overflow=Overflow.ROTATE, window_start=NOW)
    decided = plan_one(local(*DATED, file("n.jpg", "N", mtime=100)), look(*TWENTY_IDS), Memory(TWENTY_UP), lowered)
    assert ([one.record.name for one in decided.room], decided.rest) == ([b"p1.jpg", b"p2.jpg", b"p3.jpg"], ())


def test_above_the_limit_a_changed_file_keeps_its_image_until_the_new_one_is_up_where_there_is_room_for_both():
    # What goes down before it goes up has no slot to come back to, when the upload fails.
    lowered = Policy(limit=18, window_start=NOW)
    changed = file("p1.jpg", "X1", mtime=1)
    decided = plan_one(local(changed, *DATED[2:]), look(*TWENTY_IDS), Memory(TWENTY_UP), lowered)
    assert [one.record.name for one in decided.room] == [b"p2.jpg"]
    assert [(one.file.name, one.swap) for one in decided.uploads] == [(b"p1.jpg", False)]


def test_rotation_takes_copies_of_a_photo_for_as_new_as_the_newest_whichever_of_them_is_up():
    # Else the two contents would take each other's slot in turn, for ever.
    copies = file("old copy.jpg", "C", mtime=1), file("new copy.jpg", "C", mtime=3)
    single, other = Policy(limit=1, overflow=Overflow.ROTATE, window_start=NOW), file("o.jpg", "O", mtime=2)
    for name in ("old copy.jpg", "new copy.jpg"):
        up = record(1, name, "C", RecordState.LIVE, "r1")
        assert not plan_one(local(*copies, other), look("r1"), Memory((up,)), single).writes
    up = record(1, "o.jpg", "O", RecordState.LIVE, "r1")
    decided = plan_one(local(*copies, other), look("r1"), Memory((up,)), single)
    assert [one.file.sha256 for one in decided.uploads] == [copies[0].sha256]


def test_a_twin_goes_before_a_changed_file_replaces_the_copy_that_vouches_for_it():
    decided = plan_one(local(file("a.jpg", "A2")), look("r1", "x", pictures={"x": "A"}), Memory((LIVE_A,)))
    assert [(one.record.remote_id, one.keeper) for one in decided.room] == [("x", "r1")]
    assert [one.replaces.remote_id for one in decided.uploads if one.replaces] == ["r1"]
    assert not decided.rest


def test_a_twin_of_an_image_that_goes_too_comes_before_it():
    decided = plan_one(local(B), look("r1", "r2", "x", pictures={"x": "A"}), Memory((LIVE_A, LIVE_B)))
    deletes = [(one.record.remote_id, one.reason, one.keeper) for one in (*decided.room, *decided.rest)]
    assert deletes == [("x", "same-content", "r1"), ("r1", "removed-locally", None)]


def test_rotation_deletes_nothing_where_deletes_are_off_or_a_file_cannot_be_read():
    new = file("n.jpg", "N", mtime=100)
    off = Policy(overflow=Overflow.ROTATE, deletes=False)
    assert not plan_one(local(*DATED, new), look(*TWENTY_IDS), Memory(TWENTY_UP), off).writes
    doubtful = local(*DATED, new, problems=(unreadable("z.jpg"),))
    assert not plan_one(doubtful, look(*TWENTY_IDS), Memory(TWENTY_UP), ROTATE).writes


def test_policy_is_the_only_thing_a_plan_needs_beside_its_witnesses():
    assert plan_one(local(A), look(), Memory(), POLICY) == plan_one(local(A), look(), Memory(), POLICY)
    assert plan_one(local(A), look()).key == KEY
