"""What a pass tells its caller: one exit code for all that happened."""

from __future__ import annotations

from collections.abc import Iterator

from syncd.errors import ExitCode, worst
from syncd.model.plan import Halt, Operation, Outcome, PassPlan
from syncd.model.words import WRITING, Action, HaltName, Reason

_HALTS = {
    HaltName.KEY_REJECTED: ExitCode.KEY_REJECTED,
    HaltName.STATE_UNWRITABLE: ExitCode.NEEDS_A_PERSON,
    HaltName.LEASED: ExitCode.LEASED,
    HaltName.UNREACHABLE: ExitCode.TEMPORARY,
}
_CHANGES = WRITING | {Action.ADOPT}


def exit_code(done: PassPlan, *, detailed: bool = False) -> ExitCode:
    """Return the code that outranks the others, by contract section 5."""
    codes = list(_codes(done))
    if detailed and done.dry_run and any(one.action in _CHANGES for each in done.sets for one in each.operations):
        codes.append(ExitCode.CHANGES_PENDING)
    return worst(codes)


def _codes(done: PassPlan) -> Iterator[ExitCode]:
    halts = [done.halt, *(one.halt for one in done.sets)]
    yield from (code_of_halt(halt) for halt in halts if halt is not None)
    yield from (code_of_operation(one) for each in done.sets for one in each.operations)
    if any(note.reason is Reason.UNREADABLE for note in done.notes):
        yield ExitCode.SOME_FAILED


def code_of_halt(halt: Halt) -> ExitCode:
    """Return the code that a halt means."""
    return _HALTS.get(halt.name, ExitCode.HALTED)


def code_of_operation(operation: Operation) -> ExitCode:
    """Return the code that an operation means by itself: OK where nothing went wrong with it."""
    match operation.action:
        case Action.HELD:
            return ExitCode.HALTED
        case Action.PENDING:
            return ExitCode.TEMPORARY
        case Action.FAILED:
            return ExitCode.SOME_FAILED
    if operation.outcome is Outcome.FAILED:
        return ExitCode.TEMPORARY if operation.temporary else ExitCode.SOME_FAILED
    if operation.action is Action.REPLACE and operation.outcome is Outcome.SKIPPED and operation.temporary:
        # What is up is the photo of before, and no plan will call the new one waiting.
        return ExitCode.TEMPORARY
    return ExitCode.OK
