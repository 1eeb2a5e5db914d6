"""What a daemon keeps in the state: that it is there, whom it owes an answer, and copies of all of it."""

import os
import sqlite3
import time

import pytest

from syncd.errors import StateError
from syncd.store import Identity, back_up, open_state
from tests.harness.hands import HandClock


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'state.db'}"


@pytest.fixture
def as_process(url, clock):
    """Open the state as one of several processes; those in `alive` live."""
    alive, opened = {1: 11, 2: 22}, []

    def open_as(pid, host="nas", boot="boot-a"):
        store = open_state(
            url, create=True, clock=clock, identity=Identity(host, boot, pid, alive.get(pid, 0), alive.get)
        )
        opened.append(store)
        return store

    open_as.alive = alive
    yield open_as
    for store in opened:
        store.close()


def test_a_daemon_is_seen_while_it_lives(as_process, clock):
    first, other = as_process(1), as_process(2)
    assert other.presence.look(clock.now()) is None
    first.presence.claim(clock.now())
    first.presence.tell(clock.now(), "poll", "network", "remount")
    seen = other.presence.look(clock.now())
    assert (seen.host, seen.pid, seen.since, seen.watch) == ("nas", 1, clock.wall, "poll")
    assert (seen.why, seen.remedy) == ("network", "remount")
    del as_process.alive[1]
    assert other.presence.look(clock.now()) is None


def test_there_is_one_daemon_at_a_time(as_process, clock):
    first, other = as_process(1), as_process(2)
    first.presence.claim(clock.now())
    with pytest.raises(StateError, match="process 1 on nas"):
        other.presence.claim(clock.now())
    first.presence.leave()
    other.presence.claim(clock.now())
    assert first.presence.look(clock.now()).pid == 2


def test_one_of_another_boot_is_gone_and_one_of_another_host_is_after_a_while(as_process, clock):
    as_process(1).presence.claim(clock.now())
    assert as_process(2, boot="boot-b").presence.look(clock.now()) is None
    elsewhere = as_process(2, host="other")
    assert elsewhere.presence.look(clock.now()).pid == 1
    clock.advance(181)
    assert elsewhere.presence.look(clock.now()) is None


def test_a_question_is_answered_once_and_can_be_taken_back(as_process):
    daemon, command = as_process(1), as_process(2)
    before = daemon.meta.wishes()
    first, second = command.flushes.ask(["m1/modelInput"]), command.flushes.ask(["m2/modelInput", "m1/modelInput"])
    assert daemon.meta.wishes() > before
    assert daemon.flushes.asked() == {first: {"m1/modelInput"}, second: {"m1/modelInput", "m2/modelInput"}}
    daemon.flushes.answer(first, 4)
    assert (command.flushes.answer_to(first), command.flushes.answer_to(second)) == (4, None)
    command.flushes.drop(second)
    daemon.flushes.answer(second, 0)
    assert (command.flushes.answer_to(second), daemon.flushes.asked()) == (None, {})
    assert command.flushes.ask([]) > second


def test_a_new_daemon_owes_no_answers(as_process):
    store = as_process(1)
    number = store.flushes.ask(["m1/modelInput"])
    store.flushes.answer(number, 0)
    store.flushes.ask(["m1/modelInput"])
    store.flushes.clear()
    assert (store.flushes.answer_to(number), store.flushes.asked()) == (None, {})


def paused(path):
    with sqlite3.connect(path) as copy:
        assert copy.execute("PRAGMA quick_check").fetchone() == ("ok",)
        return copy.execute("SELECT value FROM meta WHERE key = 'paused'").fetchone() is not None


def test_two_copies_are_kept_and_none_is_made_too_soon(as_process, url, clock, tmp_path):
    newest, older = tmp_path / "state.db.1.bak", tmp_path / "state.db.2.bak"
    store = as_process(1)
    assert back_up(url, clock.now(), 60) is True
    os.utime(newest, (clock.wall, clock.wall))
    store.meta.set_paused(paused=True)
    clock.advance(59)
    assert back_up(url, clock.now(), 60) is False
    assert (paused(newest), older.exists()) == (False, False)
    clock.advance(2)
    assert back_up(url, clock.now(), 60) is True
    assert (paused(newest), paused(older)) == (True, False)
    assert newest.stat().st_mode & 0o077 == 0


def test_a_write_of_anyone_is_seen_and_none_where_there_was_none(as_process, clock):
    first, other = as_process(1), as_process(2)
    clock.wall = time.time() + 60
    first.touched.look(clock.now())
    assert not first.touched.look(clock.now())
    other.meta.set_paused(paused=True)
    assert first.touched.look(clock.now())
    assert not first.touched.look(clock.now())
    # Where the clock says that it was only just written to, a second write may look the same.
    clock.wall = time.time()
    assert first.touched.look(clock.now())


def test_there_is_no_copy_of_nothing(clock, tmp_path):
    assert back_up("sqlite:///:memory:", clock.now(), 0) is False
    assert back_up(f"sqlite:///{tmp_path / 'none.db'}", clock.now(), 0) is False
    assert list(tmp_path.iterdir()) == []
