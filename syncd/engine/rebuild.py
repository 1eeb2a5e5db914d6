"""The state made anew, set by set: what is up is matched by content with what lies here. Nothing is sent."""

from __future__ import annotations

from dataclasses import replace

from syncd.engine.halts import halt_of
from syncd.engine.world import World
from syncd.errors import SyncdError
from syncd.model.plan import Operation, Outcome, SetPlan
from syncd.model.record import Memory, RecordState
from syncd.model.words import WRITING, Action
from syncd.store import Lease

_KEPT = frozenset({RecordState.BEGUN, RecordState.GONE, RecordState.LAPSED})


def as_if_lost(memory: Memory) -> Memory:
    """Return what is left of a set's memory: uploads whose fate may be open, by which late copies of ours are known."""
    kept = tuple(record for record in memory.records if record.state in _KEPT)
    return Memory(kept, approved=memory.approved, whole=False)


def rebuilt(world: World, lease: Lease, decided: SetPlan) -> SetPlan:
    """Put what was matched into the place of all that was remembered of a set; what would be sent is left undone."""
    try:
        world.store.records.rebuild(lease, decided.key, decided.changes, world.clock.now())
    except SyncdError as error:
        return replace(decided, halt=halt_of(error))
    operations = tuple(map(_outcome, decided.operations))
    return replace(decided, operations=operations, room=(), uploads=(), rest=())


def _outcome(one: Operation) -> Operation:
    if one.action in WRITING:
        return replace(one, outcome=Outcome.SKIPPED, detail="left to the next `syncd sync`")
    if one.action in (Action.ADOPT, Action.RENAMED):
        return replace(one, outcome=Outcome.DONE)
    return one
