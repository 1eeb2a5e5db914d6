import pytest

from syncd.errors import ExitCode, StateError
from tests.unit.daemon.crew import crew_in
from tests.world import ALWAYS, key_of

FIRST = key_of("m42/modelInput")


@pytest.fixture
def crew(tmp_path, log):
    with crew_in(tmp_path, log, "m42", "m43") as made:
        made.world.fill(*"ABCD")
        made.world.fill("E", key="m43/modelInput")
        made.look()
        made.consent.begin()
        yield made


def test_nothing_asked_is_nothing_done(crew):
    crew.asked()
    crew.consent.look()
    crew.work(5)
    assert crew.asked() == []


def test_a_pause_lets_nothing_begin_until_the_resume(crew, lines):
    crew.store.meta.set_paused(paused=True)
    crew.consent.look()
    crew.world.fill("F")
    crew.queue.add(FIRST)
    crew.work(60)
    assert crew.world.up() == [*"ABCD"]
    crew.store.meta.set_paused(paused=False)
    crew.consent.look()
    crew.work(1)
    assert crew.world.up() == [*"ABCDF"]
    assert [line for line in lines.messages if line in ("paused", "resumed")] == ["paused", "resumed"]


def test_a_word_that_could_not_be_read_is_obeyed_at_the_next_look(crew, monkeypatch):
    crew.store.meta.set_paused(paused=True)
    with monkeypatch.context() as patched:
        patched.setattr(crew.store.meta, "paused", fails)
        with pytest.raises(StateError):
            crew.consent.look()
    crew.consent.look()
    assert crew.consent.paused


def fails():
    raise StateError("It cannot be read at the moment.", "")


def test_a_pause_of_before_binds_from_the_beginning(tmp_path, log):
    with crew_in(tmp_path, log) as crew:
        crew.world.fill("A")
        crew.store.meta.set_paused(paused=True)
        crew.consent.begin()
        crew.look()
        assert crew.world.up() == []


def test_what_was_held_goes_once_it_is_approved(crew):
    crew.world.remove(*(f"{name}.jpg" for name in "ABCD"))
    crew.look()
    crew.work(40)
    assert (crew.world.up(), len(crew.store.holds.list())) == ([*"ABCD"], 4)
    crew.asked()
    crew.store.holds.approve([str(FIRST)], crew.clock.now())
    crew.consent.look()
    crew.work()
    assert crew.world.up() == []
    assert not [one for one in crew.asked() if "m43" in one]


def test_a_retry_ends_back_offs_and_refusals(crew):
    crew.world.fill("F")
    crew.world.fail_next("POST", "413", 1)
    crew.look()
    assert crew.store.sets.get(FIRST).counts["refused"] == 1
    crew.store.records.retry(FIRST)
    crew.consent.look()
    crew.work()
    assert crew.world.up() == [*"ABCDF"]


def test_a_flush_looks_at_once_and_is_answered(crew):
    crew.world.fill("F")
    crew.world.fill("G", key="m43/auxiliaryType")
    number = crew.store.flushes.ask([str(FIRST), "m43/auxiliaryType"])
    crew.consent.look()
    crew.work()
    crew.consent.look()
    assert (crew.store.flushes.answer_to(number), crew.store.flushes.asked()) == (ExitCode.OK, {})
    assert (crew.world.up(), crew.world.up("m43/auxiliaryType")) == ([*"ABCDF"], ["G"])


def test_a_flush_that_cannot_be_done_now_is_not_answered_yet(crew):
    crew.world.fill("F")
    crew.world.fail_next("list", "503", ALWAYS)
    number = crew.store.flushes.ask([str(FIRST)])
    crew.consent.look()
    crew.work(30)
    crew.consent.look()
    assert crew.store.flushes.answer_to(number) is None
    crew.store.flushes.drop(number)
    crew.consent.look()
    assert crew.store.flushes.asked() == {}
