"""Sets whose folder is as their last good pass left it: the service is not asked for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from syncd.engine.observe import look_at_folder
from syncd.engine.roots import RootVerdict
from syncd.engine.world import Target, World
from syncd.model.local import FolderState, LocalSnapshot
from syncd.model.plan import Operation, SetPlan
from syncd.model.record import Memory, RecordState
from syncd.model.words import Action
from syncd.store import Lease, SetStatus

_UP = frozenset({Action.UNCHANGED, Action.UPLOAD, Action.REPLACE, Action.ADOPT, Action.RENAMED})
_WITHOUT_FILE = frozenset({Action.DELETE, Action.FOREIGN})


def untouched(world: World, target: Target, root: RootVerdict, lease: Lease | None) -> SetPlan | None:
    """Return how a set stands whose folder did not change since its last good pass; None where it may have."""
    store = world.store
    status, memory = store.sets.get(target.key), store.records.load(target.key)
    if status is None or root.halt is not None or not _is_settled(status, memory, root):
        return None
    told = [one for one in store.reports.states(target.key) if one.action is not Action.DELETE]
    local = look_at_folder(world, target, root, lease)
    if status.limit != world.policy.limit or not _says_the_same(local, told) or _is_released(told, memory):
        return None
    return SetPlan(
        target.key,
        target.folder.path,
        status.limit,
        status.remote,
        sum(record.state is RecordState.LIVE for record in memory.records),
        operations=tuple(map(_as_it_is, told)),
        notes=local.notes,
    )


def _is_settled(status: SetStatus, memory: Memory, root: RootVerdict) -> bool:
    good = status.halt is None and status.last_success is not None and status.last_success == status.last_pass
    settled = {RecordState.LIVE, RecordState.GONE, RecordState.LAPSED}
    still = all(record.state in settled and record.missing_since is None for record in memory.records)
    return good and still and memory.whole and not memory.approved and status.root_uuid == root.identity


def _says_the_same(local: LocalSnapshot, told: Iterable[Operation]) -> bool:
    here = {(file.name, file.sha256, file.size) for file in local.files}
    of_files = (one for one in told if one.name is not None and one.action not in _WITHOUT_FILE)
    then = {(one.name, one.sha256, one.size) for one in of_files}
    return local.state is FolderState.PRESENT and not local.problems and here == then


def _is_released(told: Iterable[Operation], memory: Memory) -> bool:
    """Tell whether a person wants sent again what the service refused."""
    stopped = {one.sha256 for one in memory.refusals} | {sha256 for sha256, _ in memory.unknown_answers}
    return any(one.action is Action.REFUSED and one.sha256 not in stopped for one in told)


def _as_it_is(one: Operation) -> Operation:
    if one.action not in _UP:
        return replace(one, outcome=None)
    return replace(one, action=Action.UNCHANGED, reason=None, detail="", body=0, origin=None, outcome=None)
