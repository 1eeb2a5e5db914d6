"""What keeps a set from being worked on, as a halt with a way out."""

from __future__ import annotations

from syncd.errors import (
    KeyRejected,
    Leased,
    NotFound,
    StateError,
    Stopping,
    SyncdError,
    UnexpectedAnswer,
    Unreachable,
)
from syncd.model.plan import Halt
from syncd.model.words import HaltName

PASSING = frozenset({HaltName.UNREACHABLE, HaltName.LISTING_FAILED, HaltName.LEASED})
"""What may be over in a moment, so that a pass tries again."""

_OTHER_MODEL = (
    "Name the folder by the id of a model of the account (`syncd models` lists them), or make the model again."
)


def halt_of(error: SyncdError) -> Halt:
    """Name the halt that an error means for a set. Raises the error where it means none: also when we are ending."""
    if isinstance(error, Stopping):
        raise error
    names = {
        KeyRejected: HaltName.KEY_REJECTED,
        # Also an entry that contradicts another: it concerns its set, and the others go on.
        StateError: HaltName.STATE_UNWRITABLE,
        Leased: HaltName.LEASED,
        NotFound: HaltName.MODEL_NOT_FOUND,
        Unreachable: HaltName.UNREACHABLE,
        UnexpectedAnswer: HaltName.LISTING_FAILED,
    }
    for kind, name in names.items():
        if isinstance(error, kind):
            return Halt(name, error.message, _OTHER_MODEL if name is HaltName.MODEL_NOT_FOUND else error.remedy)
    raise error


def model_halt(model_id: str, *, deleted: bool) -> Halt:
    """Say that the service has no such model, or a deleted one."""
    seen = "is deleted" if deleted else "does not exist for this account"
    return Halt(
        HaltName.MODEL_NOT_FOUND,
        f"model {model_id} {seen}",
        _OTHER_MODEL,
    )
