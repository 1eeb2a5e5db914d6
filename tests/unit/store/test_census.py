from syncd.model.plan import MarkForeign
from syncd.model.remote import Picture
from syncd.model.words import Reason
from syncd.store import Lease, Store

from .world import KEY, OTHER, T0, content, later, up


def test_live_images_are_counted_by_set(store: Store, lease: Lease) -> None:
    up(store, lease, "a")
    up(store, lease, "b")
    store.records.begin(lease, KEY, b"c", content("c"), T0)
    up(store, store.leases.acquire(OTHER, T0), "a", "id-other")
    assert store.census.all_live() == {KEY: 2, OTHER: 1}


def test_removals_count_within_the_window_and_not_when_approved_or_for_another_reason(
    store: Store, lease: Lease
) -> None:
    cases = [
        ("a", Reason.REMOVED_LOCALLY, later(0), False),
        ("b", Reason.REMOVED_LOCALLY, later(100), False),
        ("c", Reason.REMOVED_LOCALLY, later(100), True),
        ("d", Reason.MADE_ROOM, later(100), False),
    ]
    for letter, reason, moment, approved in cases:
        up(store, lease, letter)
        record = store.census.find(f"id-{letter}")
        assert record is not None
        store.records.tombstone(lease, record, reason, moment, approved=approved)
    gone = store.census.find("id-b")
    assert gone is not None
    store.records.gone(lease, gone, later(101))
    assert store.census.removed(later(110), 10) == {KEY: 1}
    assert store.census.removed(later(110), 110) == {KEY: 2}


def test_some_ids_known_to_be_up_are_told_the_latest_first(store: Store, lease: Lease) -> None:
    for letter in "abc":
        up(store, lease, letter)
    record = store.census.find("id-c")
    assert record is not None
    store.records.gone(lease, record, T0)
    assert store.census.known_ids(5) == ("id-b", "id-a")
    assert store.census.known_ids(1) == ("id-b",)


def test_an_image_is_found_in_whatever_set_and_is_up_until_it_is_gone(store: Store, lease: Lease) -> None:
    up(store, lease, "a")
    record = store.census.live_anywhere("id-a")
    assert record is not None
    assert record.key == KEY
    store.records.gone(lease, record, T0)
    assert store.census.live_anywhere("id-a") is None
    assert store.census.find("id-a") is not None
    assert store.census.find("id-z") is None


def test_an_id_was_met_whether_it_is_ours_or_not_up_or_gone(store: Store, lease: Lease) -> None:
    up(store, lease, "a")
    record = store.census.find("id-a")
    assert record is not None
    store.records.gone(lease, record, T0)
    store.records.apply(lease, KEY, [MarkForeign("id-f", Picture("ab" * 32), "not-ours")], T0)
    assert [store.census.knows(one) for one in ("id-a", "id-f", "id-z")] == [True, True, False]
