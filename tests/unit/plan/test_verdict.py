import pytest

from syncd.errors import ExitCode
from syncd.model.plan import Operation, Outcome, PassPlan, SetPlan
from syncd.model.words import Action
from syncd.plan.verdict import exit_code
from tests.plans import KEY


@pytest.mark.parametrize(
    ("action", "code"),
    [(Action.REPLACE, ExitCode.TEMPORARY), (Action.UPLOAD, ExitCode.OK), (Action.DELETE, ExitCode.OK)],
)
def test_a_changed_photo_that_found_no_slot_is_still_to_be_sent_and_a_new_one_waits(action, code):
    skipped = Operation(action, b"a.jpg", outcome=Outcome.SKIPPED, temporary=True)
    left = Operation(Action.REPLACE, b"b.jpg", outcome=Outcome.SKIPPED)
    for operations, expected in (((skipped,), code), ((left,), ExitCode.OK)):
        one = SetPlan(KEY, b"/root/m42", 20, 20, 20, operations=operations)
        assert exit_code(PassPlan(b"/root", False, (one,), (), "7c1e")) == expected
