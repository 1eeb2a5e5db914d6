from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncd.model.plan import MaxDelete, Overflow, Policy
from syncd.model.record import Memory, RecordState
from syncd.model.words import Action
from tests.plans import NOW, Service, bad, file, foreign, live, local, obey, plan_one, record, unreadable

ROTATING = Policy(limit=5, overflow=Overflow.ROTATE, max_delete=MaxDelete(100, percent=True), window_start=NOW)
OPEN = Policy(limit=5, max_delete=MaxDelete(100, percent=True), window_start=NOW)
NAMES = [f"{letter}{number}.jpg" for letter in "aB" for number in (1, 2, 10)] + ["x.jpg", "y.jpg"]
CONTENTS = [f"C{number:02}" for number in range(12)]


@st.composite
def doubtful(draw, files):
    """Perhaps add a bad file, or return a problem."""
    taken = {one.name for one in files}
    name = draw(st.sampled_from([None, *(name for name in NAMES if name.encode() not in taken)]))
    if name is None:
        return ()
    if draw(st.booleans()):
        return (unreadable(name),)
    files.append(bad(name))
    return ()


@st.composite
def worlds(draw, *, doubts=True):
    """Folder, service and memory of one set, each a disturbed copy of the others."""
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=8))
    files = [file(name, draw(st.sampled_from(CONTENTS)), mtime=draw(st.integers(0, 9))) for name in names]
    up = draw(st.lists(st.sampled_from(CONTENTS), unique=True, max_size=5))
    service = Service()
    records = []
    for row, content in enumerate(up, 1):
        remote_id = f"r{row:02}"
        known = draw(st.sampled_from(["live", "live", "live", "lost", "begun", "deleting", "forgotten"]))
        name = next((one.name.decode() for one in files if one.sha256 == content), draw(st.sampled_from(NAMES)))
        if known != "lost":
            service.pictures[remote_id] = content
        if known in ("live", "lost"):
            records.append(live(row, name, content, remote_id))
        elif known == "begun":
            records.append(record(row, name, content, RecordState.BEGUN))
        elif known == "deleting":
            records.append(record(row, name, content, RecordState.DELETING, remote_id))
    strangers = draw(st.integers(0, 5 - len(service.pictures)))
    known_foreign = []
    for number in range(strangers):
        service.pictures[f"f{number}"] = f"S{number}"
        if draw(st.booleans()):
            known_foreign.append(foreign(f"f{number}", f"S{number}"))
    problems = draw(doubtful(files)) if doubts else ()
    whole = draw(st.booleans())
    return local(*files, problems=problems), service, Memory(tuple(records), tuple(known_foreign), whole=whole)


relaxed = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@relaxed
@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_the_inputs_is_irrelevant(world, random):
    snapshot, service, memory = world
    there = service.look(memory)
    files, records, images = list(snapshot.files), list(memory.records), list(there.listing.images)
    for shuffled in (files, records, images):
        random.shuffle(shuffled)
    other = plan_one(
        replace(snapshot, files=tuple(files)),
        replace(there, listing=replace(there.listing, images=tuple(images))),
        replace(memory, records=tuple(records)),
        OPEN,
    )
    one = plan_one(snapshot, there, memory, OPEN)
    assert one.operations == other.operations
    assert (one.room, one.uploads, one.rest, one.halt) == (other.room, other.uploads, other.rest, other.halt)


@relaxed
@given(worlds(), st.sampled_from([OPEN, ROTATING]))
def test_an_obeyed_plan_leaves_nothing_to_do_and_never_passes_the_limit(world, policy):
    snapshot, service, memory = world
    for _ in range(4):
        decided = plan_one(snapshot, service.look(memory), memory, policy)
        if decided.halt is not None:
            return
        memory = obey(decided, memory, service)
        if not decided.writes and not decided.changes:
            break
    assert not plan_one(snapshot, service.look(memory), memory, policy).writes
    assert service.most <= 5
    assert len(set(service.pictures.values())) == len(service.pictures)


@relaxed
@given(worlds(doubts=False))
def test_in_sync_means_that_every_photo_is_up_or_waits_for_a_slot(world):
    snapshot, service, memory = world
    for _ in range(4):
        decided = plan_one(snapshot, service.look(memory), memory, OPEN)
        if decided.halt is not None or any(one.action is Action.HELD for one in decided.operations):
            return
        memory = obey(decided, memory, service)
    wanted = {one.sha256 for one in snapshot.files}
    ours = {one.content.sha256 for one in memory.records if one.state is RecordState.LIVE}
    assert ours <= wanted
    assert ours == wanted or len(service.pictures) == 5


@relaxed
@given(worlds())
def test_a_foreign_image_is_never_deleted(world):
    snapshot, service, memory = world
    for _ in range(3):
        decided = plan_one(snapshot, service.look(memory), memory, OPEN)
        doomed = [*decided.room, *decided.rest]
        targets = {one.record.remote_id for one in doomed}
        targets |= {one.replaces.remote_id for one in decided.uploads if one.replaces}
        assert not any(target.startswith("f") for target in targets)
        memory = obey(decided, memory, service)


@relaxed
@given(worlds())
def test_each_image_and_each_file_has_one_line(world):
    snapshot, service, memory = world
    decided = plan_one(snapshot, service.look(memory), memory, OPEN)
    if decided.halt is not None:
        return
    kept_apart = (Action.DELETE, Action.HELD, Action.FOREIGN, Action.PENDING)
    names = [one.name for one in decided.operations if one.action not in kept_apart and one.name is not None]
    assert len(names) == len(set(names))
    digests = [one.sha256 for one in decided.operations if one.action in (Action.UPLOAD, Action.REPLACE)]
    assert len(digests) == len(set(digests))
    spoken = {one.name for one in decided.operations}
    assert {one.name for one in snapshot.files} <= spoken


@relaxed
@given(worlds())
def test_an_unreadable_file_deletes_nothing(world):
    snapshot, service, memory = world
    decided = plan_one(replace(snapshot, problems=(unreadable("q.jpg"),)), service.look(memory), memory, OPEN)
    assert not decided.room
    assert not decided.rest
    assert not any(one.replaces for one in decided.uploads)
