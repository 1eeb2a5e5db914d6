import os
import sqlite3
import threading
from pathlib import Path

import pytest

from syncd.errors import StateError
from syncd.model.record import Memory
from syncd.store import Store, open_copy, snapshot
from syncd.store.migrations import STEPS, newest

from .test_opening import add_note
from .world import KEY, T0, HandClock, everything, heard, process, run, state, tell, up, url_of

KILLED = "store = opened(); up(store, store.leases.acquire(KEY, T0), 'a'); os.kill(os.getpid(), 9)"


def copy(path: Path, **how: object) -> Store:
    return open_copy(url_of(path), clock=HandClock(), **how)  # type: ignore[arg-type]


def ids(store: Store) -> tuple[str, ...]:
    return store.census.known_ids(9)


def test_where_there_is_no_state_the_copy_is_empty_and_none_is_made(path: Path) -> None:
    with copy(path) as store:
        assert store.records.load(KEY) == Memory()
        assert store.meta.get("origin") == "new"
        lease = store.leases.acquire(KEY, T0)
        up(store, lease, "a")
        assert ids(store) == ("id-a",)
    assert not path.parent.exists()


def test_a_state_at_rest_is_read_without_a_trace(path: Path) -> None:
    with state(path) as store:
        up(store, store.leases.acquire(KEY, T0), "a")
    before = everything(path.parent)
    with copy(path) as store:
        assert ids(store) == ("id-a",)
        store.meta.set("x", "1")
        store.records.retry(KEY)
    assert everything(path.parent) == before


@pytest.mark.parametrize("without", [(), ("-shm",)], ids=["wal and shm", "wal alone"])
def test_what_a_killed_process_left_is_read_to_the_last_commit_without_a_trace(
    path: Path, without: tuple[str, ...]
) -> None:
    run(path, KILLED)
    for end in without:
        path.with_name(path.name + end).unlink()
    before = everything(path.parent)
    assert len(before) == 3 - len(without)
    with copy(path) as store:
        assert ids(store) == ("id-a",)
    assert everything(path.parent) == before


@pytest.mark.parametrize("more", ["", "up(store, lease, 'b'); "], ids=["just opened", "written more"])
def test_a_state_in_use_is_read_to_the_last_commit_and_its_files_stay(path: Path, more: str) -> None:
    program = f"store = opened(); lease = store.leases.acquire(KEY, T0); up(store, lease, 'a'); {more}say('up'); hear()"
    with process(path, program) as daemon:
        assert heard(daemon) == "up"
        before = everything(path.parent)
        with copy(path) as store:
            assert ids(store) == (("id-b", "id-a") if more else ("id-a",))
        after = everything(path.parent)
        assert {name: after[name] for name in ("state.db", "state.db-wal")} == {
            name: before[name] for name in ("state.db", "state.db-wal")
        }
        assert after.keys() == before.keys()
        tell(daemon)
        assert daemon.wait() == 0


def test_a_copy_while_this_process_works_on_the_state_sees_its_commits_and_leaves_its_locks(path: Path) -> None:
    with state(path) as store:
        up(store, store.leases.acquire(KEY, T0), "a")
        with store.transaction():
            store.meta.set("x", "not yet")
            seen = []
            reader = threading.Thread(target=lambda: seen.append(_look(path)))
            reader.start()
            reader.join()
            # Had the copy dropped our locks, another process could write between our BEGIN and COMMIT.
            with process(
                path, "import sqlite3\nc = sqlite3.connect(path, timeout=0)\nc.execute('BEGIN IMMEDIATE')"
            ) as other:
                assert other.wait() != 0
        assert seen == [(("id-a",), None)]


def test_after_a_copy_other_processes_still_know_that_this_one_works_on_the_state(path: Path) -> None:
    with state(path) as store:
        wal = path.with_name("state.db-wal").stat().st_ino
        copy(path).close()
        run(path, "opened().close()")
        # Whoever thinks to be the last one deletes the -wal, and what we write to it then is lost.
        assert path.with_name("state.db-wal").stat().st_ino == wal
        store.meta.set("x", "1")
        assert _look(path) == ((), "1")


def test_a_state_that_changed_while_it_was_copied_is_copied_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state(path).close()
    read = snapshot._read

    def interrupted(*how: object) -> None:
        read(*how)  # type: ignore[arg-type]
        monkeypatch.undo()
        with state(path) as daemon:
            daemon.meta.set("x", "changed")

    monkeypatch.setattr(snapshot, "_read", interrupted)
    assert _look(path) == ((), "changed")


def _look(path: Path) -> tuple[tuple[str, ...], str | None]:
    with copy(path) as store:
        return ids(store), store.meta.get("x")


def test_an_older_state_is_brought_up_to_date_in_the_copy_alone(path: Path) -> None:
    state(path).close()
    before = everything(path.parent)
    with copy(path, steps=[*STEPS, add_note]) as store:
        assert store.meta.get("version") == str(newest(STEPS) + 1)
    assert everything(path.parent) == before


@pytest.mark.parametrize("bytes_", [b"", b"nonsense" * 999], ids=["empty", "damaged"])
def test_a_damaged_state_counts_as_begun_anew_and_is_left_where_it_is(path: Path, bytes_: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(bytes_)
    before = everything(path.parent)
    with copy(path) as store:
        assert store.records.load(KEY) == Memory(whole=False)
        assert "begin anew" in store.notices[0]
    assert everything(path.parent) == before


@pytest.mark.parametrize("page", [1, -1], ids=["that is read", "that is not read"])
def test_a_torn_page_is_damage_to_a_copy_as_well(path: Path, page: int) -> None:
    state(path).close()
    whole = bytearray(path.read_bytes())
    start = page % (len(whole) // 4096) * 4096
    whole[start : start + 4096] = b"\xff" * 4096
    path.write_bytes(whole)
    with copy(path) as store:
        assert store.notices


def test_a_folder_is_no_state_to_copy(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="it is a folder"):
        copy(tmp_path)


def test_copies_made_while_others_write_and_come_and_go_are_whole(path: Path) -> None:
    state(path).close()
    program = """
say('go')
for number in range(20):
    store = opened()
    with store.transaction():
        for key in 'xyz': store.meta.set(key, str(number))
    store.close()
"""
    with process(path, program) as writer:
        heard(writer)
        while writer.poll() is None:
            with copy(path) as store, store.transaction():
                assert len({store.meta.get(key) for key in "xyz"}) == 1
                assert store.notices == ()
    assert sqlite3.connect(path).execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert os.path.exists(path)
