"""What the images are whose pictures must be seen, lest an upload be given up or an image deleted by mistake."""

from __future__ import annotations

from syncd.model.local import LocalSnapshot
from syncd.model.plan import Adopt, Lapse, Look, Policy
from syncd.model.record import Memory, Record, RecordState
from syncd.model.remote import RemoteImage
from syncd.model.time import Instant
from syncd.plan.mistaken import is_named_since, shown
from syncd.plan.questions import is_young
from syncd.plan.resolve import Resolved, resolve


def doubted(
    local: LocalSnapshot, look: Look, memory: Memory, policy: Policy, now: Instant, wanted: frozenset[str]
) -> tuple[RemoteImage, ...]:
    """Return the images that answers named since an upload was lost, where something hangs on what they are.

    `wanted` are the contents of the folder. Nothing hangs on it as long as the answers are only waited for.
    """
    lost = [one for one in memory.records if one.state is RecordState.BEGUN]
    named = [one for one in memory.records if any(is_named_since(each, one, look.listing) for each in lost)]
    if not named:
        return ()
    found = resolve(local, look, memory, policy, now)
    if not (_gives_up(found) or _may_delete(found, lost, named, look, policy, wanted)):
        return ()
    there = shown(look)
    return tuple(there[one.remote_id] for one in named if one.remote_id in there)


def _gives_up(found: Resolved) -> bool:
    return any(isinstance(change, Lapse) for change in found.ledger.changes)


def _may_delete(
    found: Resolved, lost: list[Record], named: list[Record], look: Look, policy: Policy, wanted: frozenset[str]
) -> bool:
    """Tell whether one that was named may go: as its photo is gone, or as the copy that vouches for another one."""
    if not policy.deletes or not any(is_young(one, look.listing, policy) for one in lost):
        return False
    twins = {change.content.sha256 for change in found.ledger.changes if isinstance(change, Adopt) and change.surplus}
    return any(one.content.sha256 not in wanted or one.content.sha256 in twins for one in named)
