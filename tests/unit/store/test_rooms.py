from syncd.model.local import Copy, Fingerprint, Judgement, Likeness
from syncd.model.plan import Halt, Lapse, Operation, Outcome
from syncd.model.words import Action, HaltName, Reason
from syncd.store import Account, Depth, Event, Hold, Judged, Known, Lease, Root, SetStatus, Store

from .world import DAY, KEY, OTHER, T0, content, later, up

SCOPE = str(KEY)


def known(size: int = 1, sha256: str | None = "a" * 64) -> Known:
    return Known(Fingerprint(size, 1_800_000_000_123_456_789, -1, 2**64 - 1), sha256, 1_800_000_000.25)


def test_files_come_back_as_they_looked(store: Store, lease: Lease) -> None:
    seen = {b"a\xff.jpg": known(2**40), b"": known(0, None)}
    store.files.remember(lease, KEY, seen)
    assert store.files.known(KEY) == seen
    assert store.files.known(OTHER) == {}


def test_files_that_changed_are_taken_over_and_those_that_vanished_dropped(store: Store, lease: Lease) -> None:
    store.files.remember(lease, KEY, {b"a": known(1), b"b": known(2), b"c": known(3)})
    store.files.remember(None, KEY, {b"b": known(2), b"c": known(4), b"d": known(5)})
    assert store.files.known(KEY) == {b"b": known(2), b"c": known(4), b"d": known(5)}


def test_thousands_of_files_are_remembered_at_once(store: Store, lease: Lease) -> None:
    seen = {b"%d" % number: known(number) for number in range(5000)}
    store.files.remember(lease, KEY, seen)
    assert store.files.known(KEY) == seen


def test_judgements_come_back_by_content_with_their_depth(store: Store) -> None:
    judged = {
        "a": Judged(Depth.DECODE, Judgement("jpeg", None, "", Likeness(1, 2, "0b", "70"), ("small", "blurred"))),
        "b": Judged(Depth.HEADER, Judgement(None, Reason.CORRUPT, "cut off", None, ())),
    }
    store.files.remember_judgements(judged)
    assert store.files.judgements(["a", "b", "c"]) == judged
    better = {"b": Judged(Depth.STRUCTURE, Judgement("png"))}
    store.files.remember_judgements(better)
    assert store.files.judgements(["b"]) == better


def test_more_contents_than_one_question_takes_are_asked_for_in_parts(store: Store) -> None:
    judged = {str(number): Judged(Depth.DECODE, Judgement("png")) for number in range(1200)}
    store.files.remember_judgements(judged)
    assert store.files.judgements(iter(judged)) == judged


def test_copies_come_back_by_content_and_recipe_until_no_file_bears_it(store: Store, lease: Lease) -> None:
    copies = {
        ("a" * 64, "strip"): Copy("1a", 2**40, "png", Likeness(1, 2, "0b", "70")),
        ("a" * 64, "shrink-9"): Copy("1b", 8, "jpeg"),
        ("b" * 64, "shrink-9"): Judgement("heic", Reason.TOO_LARGE, "no copy fits", Likeness(1, 2)),
    }
    store.copies.remember(copies)
    assert store.copies.of(["a" * 64, "b" * 64, "c" * 64]) == copies
    store.copies.remember({("a" * 64, "strip"): Copy("1c", 1, "png")})
    assert store.copies.of(["a" * 64])["a" * 64, "strip"] == Copy("1c", 1, "png")
    store.files.remember(lease, KEY, {b"a": known(1, "a" * 64), b"unread": known(2, None)})
    assert store.purge(T0) == 1
    assert store.copies.of(["b" * 64]) == {}


def test_judgements_that_nothing_bears_any_more_are_purged(store: Store, lease: Lease) -> None:
    judged = {letter * 64: Judged(Depth.DECODE, Judgement("png")) for letter in "abcd"}
    store.files.remember_judgements(judged)
    store.files.remember(lease, KEY, {b"a": known(1, "a" * 64), b"unread": known(2, None)})
    store.records.begin(lease, KEY, b"b", content("b"), T0)
    over = store.records.begin(lease, KEY, b"c", content("c"), T0)
    store.records.apply(lease, KEY, [Lapse(over)], T0)
    assert store.purge(T0) == 2
    assert store.files.judgements(judged).keys() == {"a" * 64, "b" * 64}


def test_the_report_of_a_pass_replaces_the_one_before(store: Store, lease: Lease) -> None:
    first = [
        Operation(Action.UPLOAD, b"a\xff", Reason.NEW, "d", 3, "s", None, 515, None, None, None, Outcome.DONE),
        Operation(Action.FOREIGN, None, Reason.NOT_OURS, remote_id="id-f"),
        Operation(Action.WAITING, b"w", Reason.OVER_LIMIT, rank=1),
    ]
    store.reports.save_states(lease, KEY, first)
    assert store.reports.states(KEY) == tuple(first)
    second = [first[0], Operation(Action.DUPLICATE, b"w", Reason.SAME_CONTENT, same_as=b"a\xff")]
    store.reports.save_states(lease, KEY, second)
    assert store.reports.states(KEY) == tuple(second)
    assert store.reports.of_name(KEY, b"w") == (second[1],)
    assert store.reports.of_name(KEY, b"nothing") == ()
    assert store.reports.states(OTHER) == ()
    store.reports.save_states(lease, KEY, [])
    assert store.reports.states(KEY) == ()


def test_how_a_set_stood_comes_back(store: Store, lease: Lease) -> None:
    halt = Halt(HaltName.UNREACHABLE, "no answer", "wait")
    how = {"folder": b"models/\xff", "root_uuid": "u", "limit": 20, "counts": {"upload": 1}}
    store.sets.save_pass(lease, KEY, **how, remote=3, halt=None, now=T0, success=True)
    store.sets.set_model_name("m42", "Anna")
    store.sets.save_pass(lease, KEY, **how, remote=4, halt=halt, now=later(60), success=False)
    status = SetStatus(KEY, model_name="Anna", remote=4, halt=halt, last_success=T0.wall, last_pass=T0.wall + 60, **how)
    assert (store.sets.all(), store.sets.tally()) == ((status,), (1, 1))
    store.sets.set_halt(None, KEY, None, later(70))
    assert store.sets.get(KEY) is not None
    assert (store.sets.all()[0].halt, store.sets.tally()) == (None, (1, 0))
    assert store.sets.get(OTHER) is None


def test_a_set_exists_by_its_records_until_they_have_ended(store: Store, lease: Lease) -> None:
    other = store.leases.acquire(OTHER, T0)
    up(store, other, "a")
    store.sets.set_halt(lease, KEY, None, T0)
    assert store.sets.keys() == (OTHER, KEY)
    assert store.sets.recorded() == (OTHER,)
    record = store.census.find("id-a")
    assert record is not None
    store.records.gone(other, record, T0)
    assert store.sets.recorded() == ()
    assert store.sets.keys() == (KEY,)
    store.files.remember(lease, KEY, {b"a": known()})
    store.reports.save_states(lease, KEY, [Operation(Action.WAITING, b"w")])
    store.sets.drop(lease, KEY)
    assert store.sets.keys() == ()
    assert (store.files.known(KEY), store.reports.states(KEY)) == ({}, ())


def test_holds_that_persist_keep_their_release_and_their_beginning(store: Store) -> None:
    store.holds.replace(SCOPE, [Hold(SCOPE, "set-emptied", "1", "a"), Hold(SCOPE, "set-emptied", "2")], T0)
    released = store.holds.approve([SCOPE, "elsewhere"], later(1))
    assert [hold.remote_id for hold in released] == ["1", "2"]
    store.holds.replace(SCOPE, [Hold(SCOPE, "set-emptied", "1", "b"), Hold(SCOPE, "set-emptied", "3")], later(2))
    one, three = store.holds.list()
    assert (one.detail, one.since, one.approved_at) == ("b", T0.wall, T0.wall + 1)
    assert (three.remote_id, three.since, three.approved_at) == ("3", T0.wall + 2, None)
    assert store.holds.approved(SCOPE) == {"1"}


def test_a_release_is_for_what_the_halt_was_about_and_for_no_other(store: Store) -> None:
    disks = [Hold(SCOPE, "root-changed", about=about) for about in ("one", "other")]
    store.holds.replace(SCOPE, disks[:1], T0)
    store.holds.approve(None, later(1))
    store.holds.replace(SCOPE, disks[:1], later(2))
    assert store.holds.approved(SCOPE) == {"root-changed one"}
    store.holds.replace(SCOPE, disks[1:], later(3))
    (waiting,) = store.holds.list()
    assert (waiting.about, waiting.since, waiting.approved_at) == ("other", T0.wall + 3, None)


def test_what_waits_is_released_once_and_only_where_it_was_asked_for(store: Store) -> None:
    for scope in (SCOPE, "other"):
        store.holds.replace(scope, [Hold(scope, "root-changed")], T0)
    assert [hold.scope for hold in store.holds.approve([SCOPE], T0)] == [SCOPE]
    assert store.holds.approve([SCOPE], T0) == ()
    assert store.holds.approved("other") == frozenset()
    assert [hold.scope for hold in store.holds.approve(None, T0)] == ["other"]


def test_only_a_released_hold_is_used_up_and_that_once(store: Store) -> None:
    store.holds.replace(SCOPE, [Hold(SCOPE, "root-changed"), Hold(SCOPE, "set-emptied", "1")], T0)
    assert not store.holds.consume(SCOPE, "root-changed")
    store.holds.approve(None, T0)
    assert store.holds.consume(SCOPE, "root-changed")
    assert not store.holds.consume(SCOPE, "root-changed")
    assert [hold.what for hold in store.holds.list()] == ["1"]


def test_history_is_told_newest_first_for_a_path_and_all_below(store: Store) -> None:
    paths = [b"models/m4", b"models/m42/a", b"models/m42", b"models/m42-x", b"models/m42x", b"models/m42\xff"]
    events = [Event(T0.wall, "upload", path, KEY, "new", "id", "d") for path in paths] + [Event(1.0, "adopt", b"old")]
    store.history.add(events)
    store.history.add([])
    assert store.history.recent() == tuple(reversed(events))
    assert [event.path for event in store.history.recent(b"models/m42")] == [b"models/m42", b"models/m42/a"]
    assert len(store.history.recent(limit=2)) == 2


def test_history_is_kept_for_ninety_days(store: Store) -> None:
    store.history.add([Event(T0.wall, "upload", b"a"), Event(T0.wall + 1, "upload", b"b")])
    store.purge(later(90 * DAY))
    assert len(store.history.recent()) == 2
    store.purge(later(90 * DAY + 1))
    assert [event.path for event in store.history.recent()] == [b"b"]


def test_single_values_are_kept_and_taken_away(store: Store) -> None:
    assert store.meta.get("x") is None
    store.meta.set("x", "1")
    store.meta.set("x", "2")
    assert store.meta.get("x") == "2"
    store.meta.set("x", None)
    assert store.meta.get("x") is None
    assert store.meta.account() is None
    store.meta.set_account(Account("salt", "print"))
    assert store.meta.account() == Account("salt", "print")


def test_roots_keep_their_marker(store: Store) -> None:
    assert store.meta.root(b"/srv/\xff") is None
    store.meta.put_root(b"/srv/\xff", None, T0)
    store.meta.put_root(b"/srv/\xff", "uuid", later(1))
    assert store.meta.root(b"/srv/\xff") == Root(b"/srv/\xff", "uuid", T0.wall + 1)
    assert store.meta.roots() == (Root(b"/srv/\xff", "uuid", T0.wall + 1),)


def test_a_daemon_can_see_that_a_person_wished_something(store: Store, lease: Lease) -> None:
    seen = [store.meta.wishes()]
    store.holds.replace(SCOPE, [Hold(SCOPE, "root-changed")], T0)
    store.holds.approve(None, T0)
    seen.append(store.meta.wishes())
    store.meta.set_paused(paused=True)
    assert store.meta.paused()
    seen.append(store.meta.wishes())
    store.meta.set_paused(paused=False)
    assert not store.meta.paused()
    store.records.retry(KEY)
    seen.append(store.meta.wishes())
    store.records.forget(KEY, [])
    seen.append(store.meta.wishes())
    assert seen == sorted(set(seen))
