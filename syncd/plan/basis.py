"""What a plan rests on, and what moved since: contents, remote ids and records; a new time alone is no move."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from syncd.model.basis import Basis
from syncd.model.local import FolderState, LocalSnapshot
from syncd.model.names import plain
from syncd.model.plan import Look
from syncd.model.record import Memory


def basis_of(local: LocalSnapshot, look: Look | None, memory: Memory) -> Basis:
    """Write down what the plan of a set is made from."""
    return Basis(
        dict(_contents(local)),
        {plain(file.name): file.fingerprint.mtime_ns for file in local.files},
        look.listing.ids if look is not None else frozenset(),
        _digest(memory),
        memory.approved,
    )


def _contents(local: LocalSnapshot) -> Iterator[tuple[str, str]]:
    for file in local.files:
        yield plain(file.name), file.sha256 or f"{file.judgement.reason} {file.size}"
    for problem in local.problems:
        yield plain(problem.name or b""), problem.reason.value
    if local.state is not FolderState.PRESENT:
        yield "", local.state.value


def _digest(memory: Memory) -> str:
    records = sorted(
        repr((one.state, one.name, one.content.sha256, one.remote_id, one.missing_since is None, one.approved))
        for one in memory.records
    )
    foreign = sorted((one.remote_id, one.why) for one in memory.foreign)
    refused = sorted(one.sha256 for one in memory.refusals)
    facts = (records, foreign, refused, sorted(memory.unknown_answers), memory.whole)
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def moved(before: Basis, now: Basis) -> str:
    """Say what moved between two looks at a set; empty where nothing did."""
    if now.files != before.files:
        return _files_moved(before, now)
    if now.remote_ids != before.remote_ids:
        return _ids_moved(before, now)
    if now.records != before.records or not before.approved <= now.approved:
        return "what is remembered of it is another"
    return ""


def _files_moved(before: Basis, now: Basis) -> str:
    for name in sorted(before.files.keys() | now.files.keys()):
        if before.files.get(name) != now.files.get(name):
            what = name or "its folder"
            if name not in before.files:
                return f"{what} is new there" if name else f"{what} is {now.files[name]}"
            return f"{what} was changed" if name in now.files else f"{what} is there no more"
    return ""


def _ids_moved(before: Basis, now: Basis) -> str:
    new, gone = now.remote_ids - before.remote_ids, before.remote_ids - now.remote_ids
    words = [f"{len(new)} new" if new else "", f"{len(gone)} gone" if gone else ""]
    return f"the service shows other images ({', '.join(filter(None, words))})"
