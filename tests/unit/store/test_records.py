from dataclasses import replace
from pathlib import Path

import pytest

from syncd.errors import LeaseLost, StateError
from syncd.model.local import Likeness
from syncd.model.plan import Adopt, Gone, Lapse, MarkForeign, Missing, Rename, Revive
from syncd.model.record import Foreign, Memory, Record, RecordState, Refusal
from syncd.model.remote import Picture
from syncd.model.words import HaltName, Reason
from syncd.store import Hold, Lease, Store

from .world import DAY, KEY, OTHER, T0, content, later, state, up

A, B = content("a"), content("b")
PICTURE = Picture("f" * 64, Likeness(1, 2, "0b", "70"), "")


def one(store: Store) -> Record:
    (record,) = store.records.load(KEY).records
    return record


def begun(store: Store, lease: Lease, letter: str = "a") -> Record:
    return store.records.begin(lease, KEY, letter.encode(), content(letter), T0)


def live(store: Store, lease: Lease, letter: str = "a") -> Record:
    return store.records.finish(lease, begun(store, lease, letter), f"id-{letter}", T0)


def test_a_set_never_heard_of_is_empty_and_whole(store: Store) -> None:
    assert store.records.load(KEY) == Memory()


def test_every_part_of_a_begun_record_comes_back_after_opening_again(path: Path) -> None:
    name, moment = b"caf\xe9 \xff\n.jpg", replace(T0, wall=1_800_000_000.123456, uptime=0.1)
    with state(path) as store:
        lease = store.leases.acquire(KEY, T0)
        record = store.records.begin(lease, KEY, name, A, moment)
    assert record == Record(record.row, KEY, name, A, RecordState.BEGUN, None, moment, moment)
    with state(path) as again:
        assert one(again) == record


def test_a_content_without_likeness_comes_back_without_one(store: Store, lease: Lease) -> None:
    record = store.records.begin(lease, KEY, b"x", content("a", None), T0)
    assert one(store) == record


def test_finishing_makes_it_live_and_clears_what_stood_against_the_content(store: Store, lease: Lease) -> None:
    store.records.apply(lease, KEY, [Lapse(begun(store, lease))], T0)
    store.records.refuse_content(lease, KEY, A.sha256, "no", T0)
    store.records.refuse_content(lease, KEY, B.sha256, "never", T0)
    record = store.records.finish(lease, begun(store, lease), "id-a", later(5))
    memory = store.records.load(KEY)
    assert record.state is RecordState.LIVE
    assert record.remote_id == "id-a"
    assert (record.begun, record.since) == (T0, later(5))
    assert record in memory.records
    assert memory.refusals == (Refusal(B.sha256, "never"),)
    assert memory.unknown_answers == ()


def test_one_content_is_begun_or_live_only_once_in_a_set(store: Store, lease: Lease) -> None:
    begun(store, lease)
    with pytest.raises(StateError, match="contradicts"):
        begun(store, lease)
    store.records.finish(lease, one(store), "id-a", T0)
    with pytest.raises(StateError, match="contradicts"):
        begun(store, lease)
    other = store.leases.acquire(OTHER, T0)
    assert store.records.begin(other, OTHER, b"a", A, T0).row
    assert len(store.records.load(KEY).records) == 1


def test_one_remote_image_has_one_record_over_all_sets(store: Store, lease: Lease) -> None:
    live(store, lease)
    other = store.leases.acquire(OTHER, T0)
    record = store.records.begin(other, OTHER, b"b", B, T0)
    with pytest.raises(StateError, match="contradicts"):
        store.records.finish(other, record, "id-a", T0)
    assert store.records.load(OTHER).records == (record,)


def test_what_was_proven_not_sent_leaves_no_trace(store: Store, lease: Lease) -> None:
    store.records.unsent(lease, begun(store, lease))
    assert store.records.load(KEY) == Memory()


def test_taking_back_a_send_never_takes_a_live_record(store: Store, lease: Lease) -> None:
    record = begun(store, lease)
    finished = store.records.finish(lease, record, "id-a", T0)
    store.records.unsent(lease, record)
    assert one(store) == finished


def test_an_upload_that_is_up_is_known_even_when_its_row_was_dropped_meanwhile(store: Store, lease: Lease) -> None:
    record = begun(store, lease)
    store.records.drop_all(lease, KEY)
    finished = store.records.finish(lease, record, "id-a", T0)
    assert one(store) == finished
    assert finished.row != record.row


def test_a_refused_upload_leaves_the_words_of_the_service(store: Store, lease: Lease) -> None:
    store.records.refuse(lease, begun(store, lease), "bad \ud800 image\0", T0)
    memory = store.records.load(KEY)
    assert memory.records == ()
    assert memory.refusals == (Refusal(A.sha256, "bad \\ud800 image\\x00"),)


def test_a_delete_is_intended_then_done(store: Store, lease: Lease) -> None:
    record = store.records.tombstone(lease, live(store, lease), Reason.REMOVED_LOCALLY, later(1), approved=True)
    assert one(store) == record
    assert (record.state, record.reason, record.approved) == (RecordState.DELETING, Reason.REMOVED_LOCALLY, True)
    store.records.gone(lease, record, later(2))
    assert one(store) == replace(record, state=RecordState.GONE, since=later(2))


def test_a_delete_taken_back_leaves_a_live_image(store: Store, lease: Lease) -> None:
    record = live(store, lease)
    intended = store.records.tombstone(lease, record, Reason.REMOVED_LOCALLY, later(1), approved=True)
    store.records.cancel(lease, intended, later(2))
    assert one(store) == replace(record, since=later(2))


def test_a_delete_taken_back_beside_a_live_twin_leaves_a_surplus(store: Store, lease: Lease) -> None:
    intended = store.records.tombstone(lease, live(store, lease), Reason.SAME_CONTENT, T0)
    store.records.finish(lease, begun(store, lease), "id-new", T0)
    store.records.cancel(lease, intended, T0)
    assert [record.state for record in store.records.load(KEY).records] == [RecordState.SURPLUS, RecordState.LIVE]


def test_nothing_is_deleted_that_a_person_kept_meanwhile(store: Store, lease: Lease) -> None:
    record = live(store, lease)
    store.records.forget(KEY, [record.row])
    with pytest.raises(LeaseLost):
        store.records.tombstone(lease, record, Reason.REMOVED_LOCALLY, T0)
    assert store.records.load(KEY).records == ()


def test_an_adopted_image_takes_the_place_of_its_begun_upload(store: Store, lease: Lease) -> None:
    record = begun(store, lease)
    store.records.apply(lease, KEY, [MarkForeign("id-9", PICTURE, "not-ours")], T0)
    store.records.apply(lease, KEY, [Adopt("id-9", b"renamed", A, record)], later(3))
    memory = store.records.load(KEY)
    state = RecordState.LIVE
    assert memory.records == (replace(record, name=b"renamed", state=state, remote_id="id-9", since=later(3)),)
    assert memory.foreign == ()


def test_an_image_adopted_out_of_nothing_was_never_sent_by_us(store: Store, lease: Lease) -> None:
    store.records.apply(lease, KEY, [Adopt("id-9", b"x", A)], T0)
    record = one(store)
    assert record == Record(record.row, KEY, b"x", A, RecordState.LIVE, "id-9", None, T0)


def test_a_late_effect_of_a_lapsed_upload_becomes_its_record_and_clears_the_count(store: Store, lease: Lease) -> None:
    record = begun(store, lease)
    store.records.apply(lease, KEY, [Lapse(record)], later(1))
    assert store.records.load(KEY).unknown_answers == ((A.sha256, 1),)
    store.records.apply(lease, KEY, [Adopt("id-9", b"a", A, one(store))], later(2))
    assert one(store) == replace(record, state=RecordState.LIVE, remote_id="id-9", since=later(2))
    assert store.records.load(KEY).unknown_answers == ()


def test_of_two_images_that_one_upload_made_both_are_known(store: Store, lease: Lease) -> None:
    record = begun(store, lease)
    twins = [Adopt("id-1", b"a", A, record), Adopt("id-2", b"a", A, record, surplus=True)]
    store.records.apply(lease, KEY, twins, T0)
    states = {record.remote_id: record.state for record in store.records.load(KEY).records}
    assert states == {"id-1": RecordState.LIVE, "id-2": RecordState.SURPLUS}


def test_every_lapse_of_one_content_is_counted_once(store: Store, lease: Lease) -> None:
    for _ in range(3):
        record = begun(store, lease)
        store.records.apply(lease, KEY, [Lapse(record)], T0)
        store.records.apply(lease, KEY, [Lapse(record)], T0)
    assert store.records.load(KEY).unknown_answers == ((A.sha256, 3),)


def test_a_foreign_image_replaces_the_record_it_had_and_keeps_its_picture(store: Store, lease: Lease) -> None:
    store.records.apply(lease, KEY, [MarkForeign("id-a", PICTURE, "twin", live(store, lease))], T0)
    assert store.records.load(KEY) == Memory(foreign=(Foreign("id-a", PICTURE, "twin"),))


def test_an_image_misses_since_the_first_listing_without_it(store: Store, lease: Lease) -> None:
    live(store, lease)
    store.records.apply(lease, KEY, [Missing(one(store))], later(1))
    store.records.apply(lease, KEY, [Missing(one(store))], later(2))
    assert one(store).missing_since == later(1)
    store.records.apply(lease, KEY, [Gone(one(store))], later(3))
    assert (one(store).state, one(store).missing_since) == (RecordState.GONE, later(1))


def test_an_image_that_came_back_is_live_and_misses_no_more(store: Store, lease: Lease) -> None:
    record = live(store, lease)
    intended = store.records.tombstone(lease, record, Reason.REMOVED_LOCALLY, T0, approved=True)
    store.records.apply(lease, KEY, [Missing(intended), Gone(intended)], later(1))
    store.records.apply(lease, KEY, [Revive(one(store))], later(2))
    assert one(store) == replace(record, since=later(2))


def test_an_image_that_came_back_beside_its_successor_is_surplus(store: Store, lease: Lease) -> None:
    old = live(store, lease)
    store.records.gone(lease, old, T0)
    store.records.finish(lease, begun(store, lease), "id-new", T0)
    store.records.apply(lease, KEY, [Revive(old, surplus=True)], T0)
    assert {record.state for record in store.records.load(KEY).records} == {RecordState.SURPLUS, RecordState.LIVE}


def test_a_plan_may_change_again_what_it_has_just_adopted(store: Store, lease: Lease) -> None:
    adopted = Record(0, KEY, b"x", A, RecordState.LIVE, "id-9", None, T0)
    store.records.apply(lease, KEY, [Adopt("id-9", b"x", A), Rename(adopted, b"y")], T0)
    assert one(store).name == b"y"
    assert store.records.tombstone(lease, adopted, Reason.MADE_ROOM, T0).state is RecordState.DELETING
    assert one(store).state is RecordState.DELETING


def test_changes_that_contradict_each_other_are_not_half_remembered(store: Store, lease: Lease) -> None:
    record = live(store, lease)
    with pytest.raises(StateError):
        store.records.apply(lease, KEY, [Rename(record, b"new"), Adopt("id-b", b"x", A)], T0)
    assert one(store) == record


def test_forgotten_images_stay_up_as_foreign_ones_and_are_held_no_more(store: Store, lease: Lease) -> None:
    record, kept = live(store, lease, "a"), live(store, lease, "b")
    waiting = begun(store, lease, "c")
    holds = [Hold(str(KEY), "set-emptied", one) for one in ("id-a", "id-b")]
    store.holds.replace(str(KEY), holds, T0)
    assert store.records.forget(KEY, [record.row, waiting.row, 999]) == (record,)
    memory = store.records.load(KEY)
    assert memory.records == (kept, waiting)
    assert memory.foreign == (Foreign("id-a", Picture(A.sent_sha256, A.likeness), "forgotten"),)
    assert [hold.remote_id for hold in store.holds.list()] == ["id-b"]


def test_retry_forgets_refusals_and_open_answers_of_its_set_alone(store: Store, lease: Lease) -> None:
    other = store.leases.acquire(OTHER, T0)
    for held in (lease, other):
        store.records.refuse_content(held, held.key, A.sha256, "no", T0)
    store.records.apply(lease, KEY, [Lapse(begun(store, lease, "b"))], T0)
    assert store.records.retry(KEY) == 2
    assert (store.records.load(KEY).refusals, store.records.load(KEY).unknown_answers) == ((), ())
    assert store.records.load(OTHER).refusals == (Refusal(A.sha256, "no"),)


def test_another_account_begins_with_nothing(store: Store, lease: Lease) -> None:
    up(store, lease, "a")
    store.records.apply(lease, KEY, [Lapse(begun(store, lease, "b")), MarkForeign("f", PICTURE, "not-ours")], T0)
    store.records.refuse_content(lease, KEY, A.sha256, "no", T0)
    other = store.leases.acquire(OTHER, T0)
    up(store, other, "a", "id-other")
    store.records.drop_all(lease, KEY)
    assert store.records.load(KEY) == Memory()
    assert len(store.records.load(OTHER).records) == 1


def test_what_a_person_released_is_part_of_the_memory(store: Store) -> None:
    halt = HaltName.REMOTE_MASS_MISSING.value
    holds = [Hold(str(KEY), "set-emptied", "id-1"), Hold(str(KEY), halt)]
    store.holds.replace(str(KEY), holds, T0)
    assert store.records.load(KEY).approved == frozenset()
    store.holds.approve([str(KEY)], T0)
    assert store.records.load(KEY).approved == {"id-1", HaltName.REMOTE_MASS_MISSING}
    assert store.records.load(OTHER).approved == frozenset()


def test_after_a_lost_state_a_set_is_not_whole_until_it_is_said_to_be(store: Store, lease: Lease) -> None:
    store.meta.set("made_anew", "it was damaged")
    assert store.records.load(KEY).whole is False
    store.sets.set_whole(lease, KEY, whole=True)
    assert store.records.load(KEY).whole is True
    assert store.records.load(OTHER).whole is False


def test_the_ended_are_kept_for_a_week(store: Store, lease: Lease) -> None:
    for letter, moment in (("a", T0), ("b", later(DAY))):
        store.records.gone(lease, live(store, lease, letter), moment)
    store.records.apply(lease, KEY, [Lapse(begun(store, lease, "c"))], T0)
    up(store, lease, "d")
    assert store.purge(later(7 * DAY)) == 0
    assert store.purge(later(7 * DAY + 1)) == 2
    assert [record.content for record in store.records.load(KEY).records] == [B, content("d")]


def test_a_clock_set_forward_ends_nothing_early(store: Store, lease: Lease) -> None:
    store.records.gone(lease, live(store, lease), T0)
    store.purge(replace(later(60), wall=T0.wall + 30 * DAY))
    assert len(store.records.load(KEY).records) == 1


def test_a_number_once_given_never_names_another_record(store: Store, lease: Lease) -> None:
    first = begun(store, lease)
    store.records.unsent(lease, first)
    assert begun(store, lease).row > first.row


def test_a_lost_answer_starts_the_time_of_doubt_and_says_nothing_of_a_finished_upload(
    store: Store, lease: Lease
) -> None:
    record = begun(store, lease)
    store.records.unanswered(lease, record, later(60))
    assert one(store) == replace(record, since=later(60))
    finished = store.records.finish(lease, record, "id-a", later(61))
    store.records.unanswered(lease, record, later(70))
    assert one(store) == finished
