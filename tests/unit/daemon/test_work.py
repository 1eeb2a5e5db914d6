import shutil
from concurrent.futures import CancelledError
from dataclasses import replace

import pytest

from syncd.daemon.chores import Chore
from syncd.daemon.work import Worker
from syncd.errors import ExitCode
from syncd.workqueue import Standing
from tests.unit.daemon.crew import crew_in
from tests.world import ALWAYS, key_of

FIRST = key_of("m42/modelInput")


@pytest.fixture
def crew(tmp_path, log):
    with crew_in(tmp_path, log) as made:
        yield made


@pytest.fixture
def many(tmp_path, log):
    models = [f"m{number}" for number in range(15)]
    with crew_in(tmp_path, log, *models) as made:
        for model in models:
            made.world.fill(f"P{model}", key=f"{model}/modelInput")
        yield made


def test_the_first_look_brings_all_sets_in_line_and_the_next_asks_nothing(crew):
    crew.world.fill(*"ABC")
    crew.look()
    assert crew.world.up() == [*"ABC"]
    crew.asked()
    crew.look()
    crew.work(60)
    assert crew.asked() == []


def test_a_change_that_nobody_told_of_is_found_by_the_next_look(crew):
    crew.world.fill("A")
    crew.look()
    crew.world.fill("B")
    crew.world.write("m42/auxiliaryType/C.jpg", "C")
    crew.look()
    assert (crew.world.up(), crew.world.up("m42/auxiliaryType")) == (["A", "B"], ["C"])


def test_a_hint_waits_until_its_set_is_quiet(crew):
    crew.look()
    crew.world.fill("A")
    crew.look()
    for name in "BCD":
        crew.world.fill(name)
        crew.queue.add(FIRST)
        crew.work(1)
    assert crew.world.up() == ["A"]
    crew.work(2)
    assert crew.world.up() == [*"ABCD"]


def test_a_delete_comes_by_itself_once_the_grace_is_over(crew):
    crew.world.fill(*"ABCD")
    crew.look()
    crew.world.remove("A.jpg")
    crew.look()
    crew.asked()
    crew.work(29)
    assert (crew.world.up(), crew.asked()) == ([*"ABCD"], [])
    crew.work(2)
    assert crew.world.up() == [*"BCD"]


def test_a_failure_is_tried_again_with_pauses_until_it_is_over(crew):
    crew.world.fill("A")
    crew.world.fail_next("list", "503", 4)
    crew.look()
    assert crew.world.up() == []
    crew.work(120)
    assert (crew.world.up(), crew.asked().count("list m42/modelInput")) == (["A"], 5)


def test_what_the_service_asks_for_is_waited(crew):
    crew.world.fill("A")
    crew.world.fail_next("list", "429 with Retry-After", 1)
    crew.look()
    crew.work(6)
    assert crew.world.up() == []
    crew.work(5)
    assert crew.world.up() == ["A"]


def test_an_outage_is_told_once_and_asked_little_whatever_there_is_to_do(many, lines):
    many.world.fail_next("list", "not sent", ALWAYS)
    many.look()
    assert len(many.asked()) <= 6
    many.work(3600, step=10)
    many.rooms.health.outage.tick()
    # One set at a time, a minute apart at most, by full jitter.
    assert len(many.asked()) < 400
    many.world.remote.heal()
    many.work(200, step=5)
    assert all(many.world.up(f"m{number}/modelInput") for number in range(15))
    told = [line for line in lines.messages if line.startswith("service")]
    assert told == ["service unreachable", "service still unreachable", "service answers again"]
    assert not [line for line in lines.messages if line == "set halted"]


def test_a_key_that_is_not_accepted_at_first_ends_it(crew):
    crew.world.fill("A")
    crew.world.fail_next("list", "401", ALWAYS)
    crew.look()
    assert [type(error).exit_code for error in crew.failed] == [ExitCode.KEY_REJECTED]


def test_without_a_set_the_key_is_tried_all_the_same(crew):
    crew.look()
    crew.look()
    assert (crew.calls, crew.failed) == ([1], [])


def test_without_a_set_a_wrong_key_ends_it_too(crew):
    crew.world.remote.accepts = "sk-another-one"
    crew.look()
    assert [type(error).exit_code for error in crew.failed] == [ExitCode.KEY_REJECTED]


def test_a_state_that_takes_no_writes_is_told_once_and_sat_out(crew, lines):
    crew.look()
    crew.world.fill(*"ABC")
    limit(crew.store, "PRAGMA query_only = ON")
    crew.look()
    crew.work(60)
    assert (crew.world.up(), crew.health.stuck.lasts) == ([], True)
    limit(crew.store, "PRAGMA query_only = OFF")
    crew.work(300)
    assert crew.world.up() == [*"ABC"]
    told = [line for line in lines.messages if line.startswith("state")]
    assert told == ["state unwritable", "state writable again"]


def test_a_state_that_cannot_be_written_is_told_also_while_nothing_else_happens(crew, lines):
    limit(crew.store, "PRAGMA query_only = ON")
    crew.queue.add_now(Chore.SHOW)
    crew.work(30)
    limit(crew.store, "PRAGMA query_only = OFF")
    crew.work(10)
    assert lines.messages == ["state unwritable", "state writable again"]
    assert crew.lost == []


def test_a_state_that_was_replaced_needs_a_new_beginning(crew, lines):
    crew.world.state.rename(crew.world.state.with_name("moved.db"))
    crew.queue.add_now(Chore.SHOW)
    crew.work()
    assert (lines.messages, crew.lost) == (["state lost"], [1])


def limit(store, pragma):
    """Change what the state lets us do: as a disk does that is full or read-only."""
    store._database._open().connection.driver_connection.execute(pragma)


def test_a_key_that_is_rejected_later_is_probed_seldom_and_read_again(many, lines):
    many.look()
    many.asked()
    many.world.fail_next("list", "401", ALWAYS)
    for number in range(15):
        many.world.fill(f"N{number}", key=f"m{number}/modelInput")
    many.look()
    many.work(290, step=10)
    assert len(many.asked()) == 1
    many.work(6 * 3600, step=60)
    assert 2 <= len(many.asked()) <= 8
    many.world.remote.heal()
    many.world.key = many.world.remote.accepts = "sk-the-same-account-5555"
    many.health.look_at_key()
    many.work(2)
    assert many.world.up("m14/modelInput") == ["N14", "Pm14"]
    assert (many.failed, many.health.lockout.lasts) == ([], False)
    assert lines.messages.count("API key rejected") == lines.messages.count("API key accepted again") == 1


def test_a_halted_root_is_looked_at_again_and_goes_on_by_itself(crew, lines):
    crew.world.fill("A")
    crew.look()
    gone = crew.world.root.rename(crew.world.root.with_name("gone"))
    crew.look()
    crew.look()
    assert lines.messages.count("set halted") == 1
    gone.rename(crew.world.root)
    crew.world.fill("B")
    crew.look()
    assert crew.world.up() == ["A", "B"]


def test_a_root_that_is_missing_from_the_first_is_told_and_taken_when_it_comes(crew, lines):
    aside = crew.world.root.rename(crew.world.root.with_name("aside"))
    crew.look()
    crew.look()
    assert (lines.messages, crew.world.up()) == (["root missing"], [])
    aside.rename(crew.world.root)
    crew.world.fill("A")
    crew.look()
    assert (lines.messages[1], crew.world.up()) == ("root there again", ["A"])


def test_a_set_that_somebody_else_works_on_is_waited_for(crew, lines):
    crew.world.fill("A")
    other = crew.store.leases.acquire(FIRST, crew.clock.now())
    crew.look()
    crew.work(120)
    assert (crew.world.up(), lines.messages) == ([], [])
    crew.store.leases.release(other)
    crew.work(3)
    assert crew.world.up() == ["A"]


def test_drift_of_the_service_is_found_within_the_period(crew):
    crew.world.fill(*"ABC")
    crew.look()
    crew.world.lose("A")
    for _ in range(20):
        crew.queue.add_now(Chore.LIST)
        crew.work(45)
    assert crew.world.up() == [*"ABC"]


def test_an_unknown_answer_is_settled_by_itself(crew):
    crew.world.fill(*"AB")
    crew.world.fail_next("POST", "lost answer", 1)
    crew.look()
    crew.work(300)
    assert (crew.world.up(), crew.world.records()) == (["A", "B"], ["live A", "live B"])


def test_upkeep_forgets_what_is_old_and_copies_the_state_once_a_day(crew):
    crew.world.fill(*"ABCD")
    crew.look()
    crew.world.remove("A.jpg")
    crew.look()
    crew.work(31)
    assert "gone A" in crew.world.records()
    crew.clock.advance(8 * 86400)
    crew.queue.add_now(Chore.KEEP)
    crew.work()
    assert "gone A" not in crew.world.records()
    copy = crew.world.state.with_name("state.db.1.bak")
    made = copy.stat().st_mtime_ns
    crew.queue.add_now(Chore.KEEP)
    crew.work()
    assert copy.exists()
    assert made


def test_work_that_fails_unforeseen_is_told_and_tried_again(crew, lines):
    def told(_):
        crew.queue.close()
        raise RuntimeError("nobody thought of this")

    crew.world.fill("A")
    crew.sets.refresh()
    crew.queue.add_now(FIRST)
    worker = Worker(replace(crew.rooms, told=told))
    worker.run()
    assert "work failed unforeseen" in lines.messages
    assert (crew.queue.standing(FIRST), worker.is_stuck(1)) == (Standing.BACKING_OFF, False)


def test_what_is_cut_off_at_the_end_is_no_news(crew, lines):
    def told(_):
        crew.queue.close()
        worker.cut_off()
        raise CancelledError

    crew.world.fill("A")
    crew.sets.refresh()
    crew.queue.add_now(FIRST)
    worker = Worker(replace(crew.rooms, told=told))
    worker.run()
    levels = {record.msg: record.levelname for record in lines.records}
    assert levels == {"work failed unforeseen": "DEBUG", "it came about here": "DEBUG", "set in sync": "INFO"}


def test_what_lies_in_a_set_and_is_not_synced_is_told_once(crew, lines):
    crew.world.fill("A")
    (crew.world.folder() / "sub").mkdir()
    (crew.world.folder() / "link.jpg").symlink_to("A.jpg")
    for name in "BCD":
        crew.look()
        crew.world.fill(name)
    told = [(record.path.split("/")[-1], record.reason) for record in lines.records if record.msg == "not synced"]
    assert sorted(told) == [("link.jpg", "link"), ("sub", "not-in-a-set")]


def vanish(crew, *, halting="model-not-found"):
    """Let a set halt, beside one that halts for good, and take its folder away."""
    crew.world.write("typo/modelInput/A.jpg", "A")
    crew.world.write("m43/modelInput/B.jpg", "B")
    crew.world.fill("C")
    crew.look()
    halted = {str(one.key): one.halt.name.value for one in crew.store.sets.all() if one.halt}
    assert halted == dict.fromkeys(["m43/modelInput", "typo/modelInput"], halting)
    shutil.rmtree(crew.world.root / "models" / "typo")


def test_a_halted_set_whose_folder_was_removed_is_forgotten_soon(crew):
    vanish(crew)
    crew.look()
    crew.work(10)
    assert [str(one.key) for one in crew.store.sets.all() if one.halt] == ["m43/modelInput"]
    assert "2 sets: 1 in sync, 1 model-not-found" in crew.rooms.journal.summary()


def test_nothing_is_forgotten_while_the_root_is_missing(crew):
    vanish(crew)
    gone = crew.world.root.rename(crew.world.root.with_name("gone"))
    crew.look()
    crew.queue.add_now(Chore.KEEP)
    crew.work(10)
    assert "typo/modelInput" in map(str, crew.store.sets.keys())
    gone.rename(crew.world.root)
    crew.look()
    crew.queue.add_now(Chore.KEEP)
    crew.work(10)
    assert "typo/modelInput" not in map(str, crew.store.sets.keys())


def test_nothing_is_forgotten_while_an_empty_folder_lies_in_the_roots_place(crew):
    vanish(crew)
    crew.world.root.rename(crew.world.root.with_name("gone"))
    crew.world.root.mkdir()
    crew.look()
    crew.work(10)
    assert {"m43/modelInput", "typo/modelInput"} <= set(map(str, crew.store.sets.keys()))


def test_workers_that_all_hang_are_stuck(crew):
    crew.worker._busy = {1: crew.clock.now().uptime, 2: crew.clock.now().uptime}
    assert crew.worker.is_stuck(2) is False
    crew.clock.advance(901)
    assert (crew.worker.is_stuck(2), crew.worker.is_stuck(3)) == (True, False)


def test_what_is_not_synced_is_told_once_and_again_when_it_came_back(crew, lines):
    crew.world.fill("A")
    folder = crew.world.root / "models/m42/modelInput/inner"
    for _ in range(2):
        folder.mkdir()
        crew.look()
        crew.look()
        folder.rmdir()
        crew.look()
    assert lines.messages.count("not synced") == 2
    assert not any(crew.worker._notes.values())


def test_what_a_set_missed_is_forgotten_with_the_set(crew):
    crew.world.fill("A")
    crew.look()
    crew.rooms.world.absences.note(key_of("m9/modelInput"), {"i1"}, crew.clock.now())
    crew.queue.add_now(Chore.KEEP)
    crew.work()
    assert crew.rooms.world.absences.all() == {}
