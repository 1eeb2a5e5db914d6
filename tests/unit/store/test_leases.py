import os
from pathlib import Path

import pytest

from syncd.errors import Leased, LeaseLost
from syncd.model.record import Memory
from syncd.model.words import Reason
from syncd.store import Lease, Store, this_process
from syncd.store.identity import process_started

from .world import KEY, OTHER, T0, Processes, content, heard, later, process, state, up


def fill(store: Store, leases: list[Lease]) -> None:
    for lease, letter in zip(leases, "ab", strict=True):
        up(store, lease, letter)


def test_one_worker_a_set_and_the_other_is_told_who(path: Path) -> None:
    host = Processes()
    with state(path, identity=host.identity(11)) as one, state(path, identity=host.identity(12)) as two:
        one.leases.acquire(KEY, T0)
        with pytest.raises(Leased, match="Process 11 on nas") as told:
            two.leases.acquire(KEY, later(1_000_000))
        assert not isinstance(told.value, LeaseLost)
        with pytest.raises(Leased):
            one.leases.acquire(KEY, T0)
        assert two.leases.acquire(OTHER, T0).key == OTHER
        assert two.leases.held(T0) == {KEY, OTHER}


def test_a_lease_given_back_is_free_and_its_fence_used_up(path: Path) -> None:
    host = Processes()
    with state(path, identity=host.identity(11)) as one, state(path, identity=host.identity(12)) as two:
        old = one.leases.acquire(KEY, T0)
        one.leases.release(old)
        with pytest.raises(LeaseLost):
            up(one, old, "a")
        assert two.leases.acquire(KEY, T0).fence > old.fence


def test_what_a_process_had_is_free_when_it_begins_anew_and_nobody_elses(path: Path) -> None:
    host = Processes()
    with state(path, identity=host.identity(11)) as one, state(path, identity=host.identity(12)) as two:
        old = one.leases.acquire(KEY, T0)
        two.leases.acquire(OTHER, T0)
        with state(path, identity=host.identity(11)) as anew:
            anew.leases.begin_anew()
            with pytest.raises(LeaseLost):
                up(one, old, "a")
            assert anew.leases.held(T0) == {OTHER}
            assert anew.leases.acquire(KEY, T0).fence > old.fence


@pytest.mark.parametrize("started", [None, 8], ids=["gone", "another with its number"])
def test_on_one_host_a_lease_is_free_as_soon_as_its_process_is_gone(path: Path, started: int | None) -> None:
    host = Processes()
    with state(path, identity=host.identity(11)) as one, state(path, identity=host.identity(12)) as two:
        one.leases.acquire(KEY, T0)
        del host.alive[11]
        if started:
            host.alive[11] = started
        assert two.leases.acquire(KEY, T0)


def test_after_a_reboot_every_lease_of_the_host_is_free(path: Path) -> None:
    host = Processes()
    with state(path, identity=host.identity(11)) as one:
        one.leases.acquire(KEY, T0)
    with state(path, identity=host.identity(11, boot="boot-b")) as two:
        assert two.leases.held(T0) == frozenset()
        assert two.leases.acquire(KEY, T0)


def test_a_lease_of_another_host_is_free_after_thirty_seconds_without_renewal(path: Path) -> None:
    with state(path, identity=Processes().identity(11)) as one:
        lease = one.leases.acquire(KEY, T0)
        with state(path, identity=Processes().identity(12, host="desk", boot="boot-z")) as two:
            one.leases.renew(lease, later(20))
            with pytest.raises(Leased, match="on nas"):
                two.leases.acquire(KEY, later(50))
            assert two.leases.acquire(KEY, later(51))


def test_a_lease_that_was_given_back_cannot_be_renewed(path: Path) -> None:
    with state(path) as store:
        lease = store.leases.acquire(KEY, T0)
        store.leases.release(lease)
        for now in (T0, later(20)):
            with pytest.raises(LeaseLost):
                store.leases.renew(lease, now)
        assert store.leases.acquire(KEY, T0).fence > lease.fence


def test_a_lease_that_is_renewed_all_the_time_is_never_free(path: Path) -> None:
    there = Processes().identity(12, host="desk", boot="boot-z")
    with state(path, identity=Processes().identity(11)) as one, state(path, identity=there) as two:
        lease = one.leases.acquire(KEY, T0)
        for tenths in range(6, 600, 6):
            one.leases.renew(lease, later(tenths / 10))
        with pytest.raises(Leased):
            two.leases.acquire(KEY, later(88))


def test_a_lease_is_renewed_also_after_the_clock_was_set_back(path: Path) -> None:
    there = Processes().identity(12, host="desk", boot="boot-z")
    with state(path, identity=Processes().identity(11)) as one, state(path, identity=there) as two:
        one.leases.renew(one.leases.acquire(KEY, T0), later(-3600))
        assert two.leases.acquire(KEY, later(-3569))


def test_a_lease_from_a_clock_that_runs_ahead_is_free_when_it_was_seen_to_stand_still(path: Path) -> None:
    there = Processes().identity(11, host="desk", boot="boot-z")
    with state(path, identity=Processes().identity(11)) as one, state(path, identity=there) as other:
        held = other.leases.acquire(KEY, later(86_400))
        for seconds in (0, 25):
            with pytest.raises(Leased):
                one.leases.acquire(KEY, later(seconds))
        other.leases.renew(held, later(86_425))
        for seconds in (26, 56):
            with pytest.raises(Leased):
                one.leases.acquire(KEY, later(seconds))
        assert one.leases.acquire(KEY, later(57)).fence > held.fence


def test_the_fenced_write_nothing_at_all(path: Path) -> None:
    host = Processes()
    with state(path, identity=host.identity(11)) as one, state(path, identity=host.identity(12)) as two:
        old = one.leases.acquire(KEY, T0)
        record = one.records.begin(old, KEY, b"a", content("a"), T0)
        del host.alive[11]
        two.leases.acquire(KEY, T0)
        memory = two.records.load(KEY)
        writes = [
            lambda: one.records.begin(old, KEY, b"b", content("b"), T0),
            lambda: one.records.finish(old, record, "id", T0),
            lambda: one.records.unsent(old, record),
            lambda: one.records.refuse(old, record, "no", T0),
            lambda: one.records.tombstone(old, record, Reason.MADE_ROOM, T0),
            lambda: one.records.drop_all(old, KEY),
            lambda: one.sets.set_whole(old, KEY, whole=False),
            lambda: one.leases.renew(old, T0),
        ]
        for write in writes:
            with pytest.raises(LeaseLost, match="m42/modelInput"):
                write()
        one.leases.release(old)
        assert two.records.load(KEY) == memory != Memory()
        assert two.leases.held(T0) == {KEY}


def test_a_set_taken_over_within_a_transaction_spoils_all_of_it(path: Path) -> None:
    host = Processes()
    with state(path, identity=host.identity(11)) as one, state(path, identity=host.identity(12)) as two:
        old = one.leases.acquire(KEY, T0)
        other = one.leases.acquire(OTHER, T0)
        del host.alive[11]
        two.leases.acquire(KEY, T0)
        together = one.transaction(other)
        with pytest.raises(LeaseLost), together:
            fill(one, [other, old])
        assert two.records.load(OTHER) == Memory()


def test_a_real_process_holds_its_lease_until_it_is_killed(path: Path) -> None:
    with process(path, "lease = opened().leases.acquire(KEY, T0); say('held'); hear()") as worker, state(path) as store:
        assert heard(worker) == "held"
        with pytest.raises(Leased, match=f"Process {worker.pid} "):
            store.leases.acquire(KEY, T0)
        worker.kill()
        os.waitid(os.P_PID, worker.pid, os.WEXITED | os.WNOWAIT)  # dead, and not buried yet
        assert store.leases.acquire(KEY, T0).fence == 2


def test_this_process_lives_and_no_other_with_its_number(store: Store) -> None:
    me = this_process()
    assert me.lives(me.pid, me.started)
    assert not me.lives(me.pid, me.started + 1)
    assert process_started(2**22 + 1) is None
