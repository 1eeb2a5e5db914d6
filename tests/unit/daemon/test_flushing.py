import pytest

from syncd.daemon.flushing import Flushing
from syncd.errors import ExitCode
from tests.world import key_of

A, B = key_of("m1/modelInput"), key_of("m2/modelInput")


@pytest.fixture
def flushing():
    made = Flushing()
    assert made.ask({1: [str(A), str(B)]}, now=100) == {str(A), str(B)}
    return made


def test_it_answers_once_all_sets_were_passed_over(flushing):
    flushing.learn(A, 101, ExitCode.OK, over=True)
    assert flushing.answers() == {}
    flushing.learn(B, 102, ExitCode.OK, over=True)
    # Until it is written down: that may be tried again.
    assert flushing.answers() == flushing.answers() == {1: ExitCode.OK}
    flushing.answered(1)
    assert flushing.answers() == {}


def test_a_pass_that_began_before_proves_nothing(flushing):
    flushing.learn(A, 99, ExitCode.OK, over=True)
    flushing.learn(B, 101, ExitCode.OK, over=True)
    assert flushing.answers() == {}


def test_a_set_that_is_tried_again_is_waited_for(flushing):
    flushing.learn(A, 101, ExitCode.TEMPORARY, over=False)
    flushing.learn(B, 101, ExitCode.OK, over=True)
    assert flushing.answers() == {}
    flushing.learn(A, 105, ExitCode.HALTED, over=True)
    assert flushing.answers() == {1: ExitCode.HALTED}


def test_the_worst_ending_is_the_answer_and_a_set_that_vanished_none(flushing):
    flushing.learn(A, 101, ExitCode.SOME_FAILED, over=True)
    flushing.forget([A])
    assert flushing.answers() == {1: ExitCode.SOME_FAILED}


def test_two_questions_are_answered_apart_and_one_taken_back_not_at_all(flushing):
    assert flushing.ask({1: [str(A), str(B)], 2: [str(B)]}, now=200) == {str(B)}
    flushing.learn(B, 201, ExitCode.OK, over=True)
    assert flushing.answers() == {2: ExitCode.OK}
    flushing.ask({}, now=300)
    flushing.learn(A, 301, ExitCode.OK, over=True)
    assert flushing.answers() == {}
