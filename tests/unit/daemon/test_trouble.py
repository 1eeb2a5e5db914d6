import pytest

from syncd.daemon.trouble import Trouble


@pytest.fixture
def trouble(clock, log):
    return Trouble(clock, log, "began", "lasts", "ended")


def test_it_is_told_at_its_start_its_end_and_once_an_hour(trouble, clock, lines):
    trouble.begin("a", "no answer", "wait")
    trouble.begin("b", "no answer", "wait")
    for _ in range(150):
        clock.advance(60)
        trouble.tick()
    assert trouble.lasts
    trouble.end("a")
    trouble.end("b")
    trouble.tick()
    assert lines.messages == ["began", "lasts", "lasts", "ended"]
    assert lines.records[-1].seconds == 150 * 60
    assert lines.records[1].concerned == 2


def test_it_lasts_while_anyone_is_troubled(trouble, lines):
    trouble.begin("a", "", "")
    trouble.begin("b", "", "")
    assert (trouble.end("a"), trouble.lasts) == (False, True)
    assert (trouble.end("b"), trouble.lasts) == (True, False)
    assert trouble.end("b") is False
    assert lines.messages == ["began", "ended"]


def test_whoever_exists_no_more_is_not_troubled(trouble, lines):
    trouble.begin("a", "", "")
    trouble.keep({"b"})
    assert lines.messages == ["began", "ended"]
