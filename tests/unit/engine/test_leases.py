import pytest

from syncd.engine.leasing import taken
from syncd.errors import StateUnwritable
from tests.world import World, key_of

SET = key_of("m42/modelInput")
AUX = "m42/auxiliaryType"


@pytest.fixture
def other(world):
    """Another living process with the same state open."""
    with world.open_as(world.another(555)) as store:
        yield store


def test_a_set_that_another_process_works_on_is_waited_for_and_left_when_it_stays_busy(world, other):
    other.leases.acquire(SET, world.clock.now())
    world.fill("A")
    world.fill("B", key=AUX)
    world.sync()
    assert (world.halts(), world.up(), world.up(AUX), world.code) == (["m42/modelInput: leased"], [], ["B"], 6)
    assert 59 <= sum(world.clock.naps) <= 61
    assert world.asked == [f"list {AUX}", "model m42", "POST "]


def test_a_set_is_taken_as_soon_as_it_comes_free(world, other):
    lease = other.leases.acquire(SET, world.clock.now())
    world.fill("A")
    nap = world.clock.sleep

    def sleep(seconds):
        nap(seconds)
        if len(world.clock.naps) == 3:
            other.leases.release(lease)

    world.clock.sleep = sleep
    world.sync()
    assert (world.up(), world.code, len(world.clock.naps)) == (["A"], 0, 3)


def test_a_busy_set_is_waited_for_although_another_one_fails_for_good(world, other):
    lease = other.leases.acquire(SET, world.clock.now())
    world.fill("A")
    world.fill("B", key=AUX)
    world.fail_next("list", "503", 99, only=AUX)
    nap = world.clock.sleep

    def sleep(seconds):
        nap(seconds)
        if sum(world.clock.naps) >= 30:
            other.leases.release(lease)

    world.clock.sleep = sleep
    world.sync()
    assert (world.up(), world.halts(), world.code) == (["A"], [f"{AUX}: unreachable"], 5)


def test_who_waits_for_a_busy_set_lets_others_have_those_that_are_done(world, other):
    lease = other.leases.acquire(SET, world.clock.now())
    world.fill("A")
    world.fill("B", key=AUX)
    nap, taken = world.clock.sleep, []

    def sleep(seconds):
        nap(seconds)
        if not taken:
            taken.append(other.leases.acquire(key_of(AUX), world.clock.now()))
            other.leases.release(lease)

    world.clock.sleep = sleep
    world.sync()
    assert taken
    assert (world.up(), world.up(AUX), world.code) == (["A"], ["B"], 0)


def test_the_lease_of_a_process_that_is_gone_is_free(world):
    world.fill("A")
    with world.open_as(world.another(556)) as dead:
        dead.leases.acquire(SET, world.clock.now())
    del world._alive[556]
    world.sync()
    assert (world.up(), world.code, world.clock.naps) == (["A"], 0, [])


def test_the_lease_of_another_host_is_free_after_half_a_minute(world):
    world.fill("A")
    with world.open_as(world.another(1, host="elsewhere")) as store:
        store.leases.acquire(SET, world.clock.now())
    world.sync()
    assert (world.up(), world.code) == (["A"], 0)
    assert 30 <= sum(world.clock.naps) <= 31


@pytest.mark.parametrize("moment", ["model", "inspect"])
def test_who_lost_the_lease_meanwhile_sends_nothing_more(world, moment):
    world.fill("A", "B", "C")
    world.sync()
    world.remove("A.jpg")
    world.fill("D")

    def take_over():
        # Another process has reason to think us dead.
        del world._alive[world.pid]
        with world.open_as(world.another(556)) as store:
            store.leases.acquire(SET, world.clock.now())

    world.remote.before(moment, take_over)
    world.sync()
    sent = [one.split()[0] for one in world.asked if one.startswith(("POST", "DELETE"))]
    # What was up before the lease went is up; the delete whose image was just asked for is not sent.
    assert sent == ([] if moment == "model" else ["POST"])
    assert (world.halts(), world.code) == (["m42/modelInput: leased"], 6)


def test_who_lost_the_lease_while_a_photo_waited_for_its_turn_does_not_send_it(world):
    world.caps = {"max_concurrency": 1}
    world.fill("A", "B", "C")

    def take_over():
        del world._alive[world.pid]
        with world.open_as(world.another(556)) as store:
            store.leases.acquire(SET, world.clock.now())

    world.remote.before("POST", take_over)
    world.sync()
    assert (world.count("POST"), world.halts(), world.code) == (1, ["m42/modelInput: leased"], 6)


def test_who_lost_the_lease_while_a_delete_waited_for_its_turn_does_not_send_it(world):
    world.fill("A", "B", "C")
    world.sync()
    world.remove("A.jpg")
    world.caps = {"requests_per_second": 0.1}
    nap = world.clock.sleep

    def sleep(seconds):
        nap(seconds)
        if world.asked[-1].startswith("inspect") and world.pid in world._alive:
            del world._alive[world.pid]
            with world.open_as(world.another(556)) as store:
                store.leases.acquire(SET, world.clock.now())

    world.clock.sleep = sleep
    world.sync(wait=0)
    assert (world.count("inspect"), world.count("DELETE"), world.code) == (1, 0, 6)


def test_who_lost_a_lease_takes_it_again_when_it_comes_free(world):
    world.fill("A")

    def take_over():
        world.clock.advance(40)
        with world.open_as(world.another(1, host="elsewhere")) as store:
            store.leases.acquire(SET, world.clock.now())

    world.remote.before("model", take_over)
    world.sync()
    assert (world.up(), world.code, world.count("POST")) == (["A"], 0, 1)


def test_a_person_who_keeps_an_image_in_mid_delete_leaves_the_set_free(world, other):
    world.fill("A", "B")
    world.sync()
    world.clock.advance(100)
    world.remove("A.jpg")
    rows = [one.row for one in other.records.load(SET).records if one.name == b"A.jpg"]
    world.remote.before("list", lambda: other.records.forget(SET, rows))
    world.sync(wait=0)
    assert (world.up(), world.count("DELETE")) == (["A", "B"], 0)
    assert other.leases.acquire(SET, world.clock.now())


def test_a_lease_that_could_not_be_given_back_binds_nobody_in_the_same_process(world):
    world.fill("A")
    world.sync()
    world.fuse.full_from = 1
    world.fill("B")
    world.sync(wait=0)
    assert world.code == 78
    world.fuse.reset()
    world.sync()
    assert (world.up(), world.code, world.clock.naps) == (["A", "B"], 0, [])


def test_two_passes_at_once_share_the_work_and_send_nothing_twice(tmp_path):
    import threading

    world = World(tmp_path)
    world.fill(*"ABCDEFGH")
    world.fill(*"ABCDEFGH", key=AUX)
    world.sync(dry_run=True)
    twin = World.__new__(World)
    twin.__dict__.update(world.__dict__)
    twin._store = world.open_as(world.another(777))
    threads = [threading.Thread(target=each.sync) for each in (world, twin)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert world.up() == world.up(AUX) == [*"ABCDEFGH"]
    assert sum(one.kind == "upload" for one in world.service.events) == 16
    twin._store.close()
    world.end()


def test_a_set_that_is_held_for_a_few_writes_is_free_again_where_one_fails(world, other):
    with world.opened() as store:
        with pytest.raises(StateUnwritable), taken(store, SET, world.clock.now()):
            raise StateUnwritable("The disk is full.", "Make room.")
        other.leases.release(other.leases.acquire(SET, world.clock.now()))
