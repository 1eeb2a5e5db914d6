"""The images that we know: still there, gone, come back, or not to be told yet."""

from __future__ import annotations

from syncd.model.plan import Gone, Halt, Look, Missing, Policy, Revive
from syncd.model.record import Memory, Record, RecordState
from syncd.model.words import HaltName
from syncd.plan.ledger import Ledger
from syncd.plan.questions import questions, shows_known


def settle_known(ledger: Ledger, look: Look, memory: Memory, policy: Policy) -> Halt | None:
    """Follow what the look says of each known image. Absence counts only where something known was seen."""
    for record in ledger:
        _settle_sure(ledger, record, look)
    unanswered = _doubt_unanswered(ledger, look, memory, policy)
    missing = [record for record in ledger.by_state(RecordState.LIVE, RecordState.SURPLUS) if _is_404(record, look)]
    if not missing:
        return None
    if unanswered and _is_mass(len(missing) + len(unanswered), ledger):
        # Were those gone as well it would be a halt: none is given up until all have been answered for.
        ledger.change([Missing(record) for record in missing])
        return None
    return _settle_missing(ledger, missing, look, memory, policy)


def _settle_sure(ledger: Ledger, record: Record, look: Look) -> None:
    listed = record.remote_id in look.listing.ids
    match record.state:
        case RecordState.LIVE if listed and record.missing_since is not None:
            ledger.change([Revive(record)])
        case RecordState.GONE if listed and look.inspected.get(record.remote_id or "") is not None:
            _bring_back(ledger, record)
        case RecordState.DELETING if _is_404(record, look):
            ledger.change([Gone(record)])
        case _:
            pass


def _doubt_unanswered(ledger: Ledger, look: Look, memory: Memory, policy: Policy) -> list[Record]:
    """Take an image that the listing lacks, and of which the service gave no answer, for neither up nor gone."""
    asked = set(questions(look.listing, memory, policy).inspect) - look.inspected.keys()
    found = [record for record in ledger.by_state(RecordState.LIVE) if record.remote_id in asked]
    ledger.change([Missing(record) for record in found])
    return found


def _bring_back(ledger: Ledger, record: Record) -> None:
    # gone is never final: a service restored from its backup shows images again that were deleted or lost.
    other = ledger.holder(record.content.sha256, RecordState.LIVE, RecordState.BEGUN)
    ledger.change([Revive(record, surplus=other is not None)])


def _settle_missing(ledger: Ledger, missing: list[Record], look: Look, memory: Memory, policy: Policy) -> Halt | None:
    up = len(ledger.by_state(RecordState.LIVE))
    approved = HaltName.REMOTE_MASS_MISSING in memory.approved
    if _is_mass(len(missing), ledger) and not approved:
        return _mass_missing(len(missing), up)
    proven = approved or shows_known(look.listing, memory)
    for record in missing:
        waited = _waited(record, look, policy)
        ledger.change([Gone(record) if proven or (look.confirmed and waited) else Missing(record)])
    return None


def _is_mass(missing: int, ledger: Ledger) -> bool:
    return missing >= 2 and missing * 2 > len(ledger.by_state(RecordState.LIVE))


def _waited(record: Record, look: Look, policy: Policy) -> bool:
    since = record.missing_since or look.listing.taken
    return since.age_at(look.listing.taken) >= policy.ambiguity_seconds


def _is_404(record: Record, look: Look) -> bool:
    asked = record.remote_id in look.inspected
    return asked and look.inspected[record.remote_id or ""] is None


def _mass_missing(missing: int, up: int) -> Halt:
    return Halt(
        HaltName.REMOTE_MASS_MISSING,
        f"{missing} of our {up} images are gone from the service at once; they were not removed by syncd",
        "check the account and the model; `syncd approve PATH` uploads the photos again",
    )
