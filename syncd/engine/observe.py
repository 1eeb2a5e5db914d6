"""The three witnesses of one set, gathered for the planner."""

from __future__ import annotations

from collections.abc import Mapping

from syncd.engine.ask import ask
from syncd.engine.halts import halt_of
from syncd.engine.rebuild import as_if_lost
from syncd.engine.roots import RootVerdict, changed, claimed
from syncd.engine.unnamed import unnamed_home
from syncd.engine.world import Target, World
from syncd.errors import SyncdError
from syncd.model.local import FolderState, LocalSnapshot
from syncd.model.plan import Halt
from syncd.model.record import Memory
from syncd.plan.plan import View
from syncd.plan.resolve import folder_halt
from syncd.scan.folder import Known, Scan, Seen, scan
from syncd.store import Depth, Judged, Lease, SetStatus
from syncd.store import Known as KnownFile


def observe(
    world: World, target: Target, root: RootVerdict, lease: Lease | None, halt: Halt | None, *, anew: bool = False
) -> View:
    """Look at a set from all sides. What keeps a witness away is a halt in the view, never an error.

    `anew`: as if the memory of the set had been lost.
    """
    empty = LocalSnapshot(target.key, target.folder.path, FolderState.MISSING)
    try:
        with world.store.reading():
            memory = world.store.records.load(target.key)
            status = world.store.sets.get(target.key)
        home = unnamed_home(world, target, root, status)
        halt = root.halt or (_claim(status, target.root, root, memory) if home is None else None) or halt
        if halt is not None:
            return View(empty, memory, halt=halt)
        if home is not None:
            return _look_there(world, LocalSnapshot(target.key, home, FolderState.UNNAMED), memory)
        memory = as_if_lost(memory) if anew else memory
        local = look_at_folder(world, target, root, lease)
        if (hidden := folder_halt(local)) is not None:
            return View(local, memory, halt=hidden)
        return _look_there(world, local, memory)
    except SyncdError as error:
        return View(empty, halt=halt_of(error))


def look_at_folder(world: World, target: Target, root: RootVerdict, lease: Lease | None) -> LocalSnapshot:
    """Scan a set's folder, and remember what it took to read."""
    with world.store.reading():
        files = world.store.files.known(target.key)
        known = _known(world, files)
    found = scan(target.folder, known, world.scanning, world.judges, world.clock.now())
    _remember(world, target, found, known, files, lease)
    snapshot = found.snapshot
    return (
        snapshot
        if root.marked
        else LocalSnapshot(
            snapshot.key,
            snapshot.folder,
            snapshot.state,
            snapshot.files,
            snapshot.problems,
            snapshot.notes,
            snapshot.ignored,
            marked=False,
            detail=snapshot.detail,
        )
    )


def _look_there(world: World, local: LocalSnapshot, memory: Memory) -> View:
    try:
        return View(local, memory, ask(world, local, memory))
    except SyncdError as error:
        return View(local, memory, halt=halt_of(error), retry_after=getattr(error, "retry_after", None))


def _claim(status: SetStatus | None, path: bytes, root: RootVerdict, memory: Memory) -> Halt | None:
    owner = status.root_uuid if status is not None else None
    if owner is None or root.identity is None or owner == root.identity or not memory.records:
        return None
    # Who accepted this root in the place of another one let it have that one's sets, and no others.
    follows = changed(path, root.identity).consent in memory.approved and root.replaced == owner
    halt = claimed(owner, root.identity)
    return None if follows or halt.consent in memory.approved else halt


def _known(world: World, files: Mapping[bytes, KnownFile]) -> Known:
    digests = [file.sha256 for file in files.values() if file.sha256 is not None]
    judged = world.store.files.judgements(digests)
    return Known(
        {
            name: Seen(file.fingerprint, file.sha256, file.hashed_wall)
            for name, file in files.items()
            if file.sha256 is not None
        },
        {sha256: one.judgement for sha256, one in judged.items() if _counts(one, world)},
        world.store.copies.of(digests) if world.scanning.strip or world.scanning.shrink else {},
    )


def _counts(judged: Judged, world: World) -> bool:
    """Tell whether a judgement need not be made again. Who distrusts the state has what it rejects looked at anew."""
    if world.scanning.distrust and not judged.judgement.accepted:
        return False
    return world.scanning.verify == "structure" or judged.depth is not Depth.STRUCTURE


def _remember(
    world: World, target: Target, found: Scan, known: Known, before: Mapping[bytes, KnownFile], lease: Lease | None
) -> None:
    """Write down in one go what it took to read; nothing where there is no news."""
    seen = {name: KnownFile(one.fingerprint, one.sha256, one.hashed) for name, one in found.seen.items()}
    depth = Depth(world.scanning.verify)
    judged = {
        sha256: Judged(depth, judgement)
        for sha256, judgement in found.judgements.items()
        if known.judgements.get(sha256) != judgement
    }
    copies = {key: one for key, one in found.copies.items() if known.copies.get(key) != one}
    if not judged and not copies and seen == before:
        return
    with world.store.transaction(lease):
        world.store.files.remember_judgements(judged)
        world.store.copies.remember(copies)
        world.store.files.remember(lease, target.key, seen, before)
