"""What is left to tell of a set: uploads of unknown fate without a file, and images that are not ours."""

from __future__ import annotations

from collections.abc import Iterable

from syncd.model.plan import Look, Operation
from syncd.model.record import RecordState
from syncd.model.words import Action, Reason
from syncd.plan.resolve import Resolved

_FOREIGN = {
    "not-comparable": "its picture could not be compared",
    "forgotten": "kept by `syncd forget`",
    "ignored": "its file is ignored now",
    "unnamed": "the configuration does not name its folder any more",
    "twin": "equal to an image of ours, but not sent by us",
}


def the_rest(told: Iterable[Operation], resolved: Resolved, look: Look) -> list[Operation]:
    """Return a line for each of them that is not `told` yet."""
    return [*_pending(told, resolved), *_foreign(resolved, look)]


def _pending(told: Iterable[Operation], resolved: Resolved) -> list[Operation]:
    wanted = {one.sha256 for one in told if one.action is Action.PENDING}
    detail = "its file is gone, and whether it went up is not known yet"
    return [
        Operation(Action.PENDING, record.name, Reason.ANSWER_UNKNOWN, detail, sha256=record.content.sha256)
        for record in resolved.ledger.by_state(RecordState.BEGUN)
        if record.content.sha256 not in wanted
    ]


def _foreign(resolved: Resolved, look: Look) -> list[Operation]:
    foreign = {one.remote_id: _FOREIGN.get(one.why, "") for one in resolved.ledger.foreign.values()}
    foreign |= dict.fromkeys(resolved.suspects, "not told apart from a photo of ours yet")
    return [
        Operation(Action.FOREIGN, None, Reason.NOT_OURS, foreign[remote_id], remote_id=remote_id)
        for remote_id in sorted(foreign.keys() & look.listing.ids)
    ]
