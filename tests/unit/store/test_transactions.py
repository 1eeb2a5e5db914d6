import os
import signal
import threading
from pathlib import Path

import pytest

from syncd.errors import LeaseLost, StateError, StateUnwritable
from syncd.model.record import Memory
from syncd.store import Lease, Store
from syncd.store.database import IDLE_READERS

from .world import KEY, T0, content, heard, process, run, state, tell, up

COUNT = """
store = opened()
for _ in range(60):
    with store.transaction():
        store.meta.set('n', str(int(store.meta.get('n') or 0) + 1))
"""


def count(store: Store, times: int) -> None:
    for _ in range(times):
        with store.transaction():
            store.meta.set("n", str(int(store.meta.get("n") or 0) + 1))


def test_two_processes_and_two_threads_lose_no_update(path: Path) -> None:
    with state(path) as store, process(path, COUNT) as one, process(path, COUNT) as two:
        threads = [threading.Thread(target=count, args=(store, 60)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (one.wait(), two.wait()) == (0, 0)
        assert store.meta.get("n") == "240"


def test_threads_share_a_copy_in_memory_without_losing_an_update() -> None:
    with state(Path(":memory:")) as store:
        threads = [threading.Thread(target=count, args=(store, 50)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert store.meta.get("n") == "200"


def write_and_fail(store: Store, lease: Lease) -> None:
    with store.transaction(lease):
        up(store, lease, "a")
        store.meta.set("x", "1")
        raise ZeroDivisionError


def write_and_look_away(store: Store, lease: Lease) -> None:
    with store.transaction(lease):
        up(store, lease, "a")
        with pytest.raises(StateError, match="contradicts"):
            store.records.begin(lease, KEY, b"a", content("a"), T0)


def test_a_transaction_keeps_all_or_nothing(store: Store, lease: Lease) -> None:
    with pytest.raises(ZeroDivisionError):
        write_and_fail(store, lease)
    assert store.records.load(KEY) == Memory()
    assert store.meta.get("x") is None
    with store.transaction(lease):
        up(store, lease, "a")
        assert len(store.records.load(KEY).records) == 1
    assert len(store.records.load(KEY).records) == 1


def test_a_part_that_failed_spoils_the_whole_even_if_someone_looks_away(store: Store, lease: Lease) -> None:
    with pytest.raises(StateError, match="nothing of it was kept"):
        write_and_look_away(store, lease)
    assert store.records.load(KEY) == Memory()
    up(store, lease, "a")


def test_other_threads_see_nothing_before_the_commit_and_do_not_wait(store: Store) -> None:
    seen = []
    with store.transaction():
        store.meta.set("x", "1")
        reader = threading.Thread(target=lambda: seen.append(store.meta.get("x")))
        reader.start()
        reader.join()
    assert seen == [None]
    assert store.meta.get("x") == "1"


def test_all_reads_of_a_block_see_one_state(store: Store) -> None:
    store.meta.set("x", "1")

    def other() -> None:
        store.meta.set("x", "2")

    with store.reading():
        before = store.meta.get("x")
        writer = threading.Thread(target=other)
        writer.start()
        writer.join()
        assert (before, store.meta.get("x")) == ("1", "1")
    assert store.meta.get("x") == "2"


def test_a_lease_that_is_lost_in_the_midst_of_a_process_fails_the_next_transaction(store: Store, lease: Lease) -> None:
    with store.transaction(lease):
        up(store, lease, "a")
    store.leases.release(lease)
    store.leases.acquire(KEY, T0)
    with pytest.raises(LeaseLost), store.transaction(lease):
        up(store, lease, "b")
    with pytest.raises(LeaseLost), store.transaction():
        up(store, lease, "b")
    assert len(store.records.load(KEY).records) == 1


def test_a_process_killed_in_a_transaction_loses_nothing_that_was_committed(path: Path) -> None:
    program = """
store = opened()
lease = store.leases.acquire(KEY, T0)
up(store, lease, 'a')
with store.transaction(lease):
    up(store, lease, 'b')
    os.kill(os.getpid(), signal.SIGKILL)
"""
    assert run(path, program) == -signal.SIGKILL
    with state(path) as store:
        assert [record.remote_id for record in store.records.load(KEY).records] == ["id-a"]
        up(store, store.leases.acquire(KEY, T0), "b")
        assert len(store.records.load(KEY).records) == 2
        assert store.notices == ()


def test_a_writer_that_will_not_end_is_told_and_survived(path: Path) -> None:
    program = """
store = opened()
with store.transaction():
    store.meta.set('x', 'theirs')
    say('writing'); hear()
"""
    with state(path) as store:
        store.meta.set("x", "ours")
        with store.transaction():
            store._database._connection.exec_driver_sql("PRAGMA busy_timeout=20")
        with process(path, program) as other:
            assert heard(other) == "writing"
            with pytest.raises(StateUnwritable, match="locked"):
                store.meta.set("x", "1")
            assert store.meta.get("x") == "ours"
            tell(other)
            other.wait()
        store.meta.set("y", "2")
        assert (store.meta.get("x"), store.meta.get("y")) == ("theirs", "2")


def test_a_full_disk_is_said_so_and_what_was_committed_stays(path: Path) -> None:
    with state(path) as store:
        lease = store.leases.acquire(KEY, T0)
        up(store, lease, "a")
        with store.transaction():
            pages = store._database._connection.exec_driver_sql("PRAGMA page_count").scalar()
            store._database._connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 2}")
        with pytest.raises(StateUnwritable, match="the disk is full") as told:
            store.meta.set("x", "x" * 100_000)
        assert told.value.remedy
        assert [record.remote_id for record in store.records.load(KEY).records] == ["id-a"]
        store.meta.set("x", "small")
        assert store.meta.get("x") == "small"


def test_a_disk_that_takes_no_more_bytes_is_unwritable_at_open_and_at_a_commit(path: Path) -> None:
    program = """
import resource
from syncd.errors import StateUnwritable
store = opened()
store.meta.set('x', 'before')
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
def another(): open_state(url_of(path.parent / 'new' / 'n.db'), create=True, clock=MachineClock())
tries = [lambda: store.meta.set('x', 'y' * 50000), opened, another]
for one in tries:
    try: one()
    except StateUnwritable as error: say(error.message)
    else: say('written')
os._exit(0)
"""
    with process(path, program) as limited:
        told = [heard(limited) for _ in range(3)]
        limited.wait()
    assert sorted(os.listdir(path.parent / "new")) == []
    assert [one.rpartition(": ")[2] for one in told] == ["the disk reports an error."] * 3
    with state(path) as store:
        assert store.meta.get("x") == "before"


def test_a_state_that_became_read_only_is_unwritable_and_still_read(path: Path) -> None:
    with state(path) as store:
        store.meta.set("x", "1")
        with store.transaction():
            store._database._connection.exec_driver_sql("PRAGMA query_only=ON")
        with pytest.raises(StateUnwritable, match="read-only"):
            store.meta.set("x", "2")
        assert store.meta.get("x") == "1"


def test_a_state_removed_under_us_takes_no_more_writes(path: Path) -> None:
    with state(path) as store:
        store.meta.set("x", "1")
        path.rename(path.with_name("elsewhere"))
        with pytest.raises(StateError, match="removed or replaced"):
            store.meta.set("x", "2")
        with state(path) as other:
            other.meta.set("x", "new")
            with pytest.raises(StateError, match="removed or replaced"):
                store.meta.set("x", "3")


def test_a_state_damaged_under_us_is_said_to_be(path: Path) -> None:
    state(path).close()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    from syncd.store import sqlite
    from syncd.store.database import Database
    from syncd.store.meta import Meta

    database = Database("the state", sqlite.writer(str(path)))
    with pytest.raises(StateError, match="damaged"):
        Meta(database).get("x")
    database.close()


def test_a_look_after_one_that_failed_or_saw_less_sees_what_is_so(store: Store) -> None:
    assert store.meta.get("n") is None
    with pytest.raises(ZeroDivisionError), store._database.read():
        raise ZeroDivisionError
    store.meta.set("n", "1")
    assert store.meta.get("n") == "1"


def test_looks_of_many_threads_at_once_all_see_what_is_so(store: Store) -> None:
    together, seen = threading.Barrier(2 * IDLE_READERS), []

    def look() -> None:
        with store._database.read():
            together.wait(20)
            seen.append(store.meta.get("n"))

    for number in ("1", "2"):
        store.meta.set("n", number)
        threads = [threading.Thread(target=look) for _ in range(2 * IDLE_READERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert seen == [number] * (2 * IDLE_READERS)
        seen.clear()
