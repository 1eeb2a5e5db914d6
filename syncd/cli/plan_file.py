"""Plans as files: the document of a dry run with what it rests on, written and read back."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from syncd.engine.script import Script, subjects
from syncd.engine.targets import find_targets
from syncd.engine.world import Target, World
from syncd.errors import StalePlan, UsageError
from syncd.model.basis import Basis
from syncd.model.names import plain, relative, shown, shown_json, shown_text, unplain
from syncd.model.plan import Halt, Operation, PassPlan, SetPlan
from syncd.model.sets import ImageType, SetKey
from syncd.model.words import Action, HaltName
from syncd.plan.plan import digest

VERSION = 1
_NEW = "Make a new one: syncd sync --plan FILE."


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan read back: `root` and `folders` as it names them, `halted` the sets that it leaves alone.

    `overrides` are the options that it was made with, as `section.key`; `name` is what its file is called.
    """

    name: str
    root: str | None
    script: Script
    folders: Mapping[SetKey, str]
    halted: tuple[SetPlan, ...]
    overrides: Mapping[str, object]


def sealed(document: dict[str, object], done: PassPlan, overrides: Mapping[str, object]) -> dict[str, object]:
    """Add to a dry run's document what it rests on, and a digest of it all."""
    seen = [one for one in done.sets if one.basis is not None]
    sets = {str(one.key): _basis_document(one.basis) for one in seen if one.basis is not None}
    basis: dict[str, object] = {"digest": digest(seen), "options": dict(overrides), "sets": sets}
    basis["seal"] = _seal({**document, "basis": basis})
    return {**document, "basis": basis}


def _seal(document: Mapping[str, Any]) -> str:
    basis = {name: value for name, value in document["basis"].items() if name != "seal"}
    text = json.dumps({**document, "basis": basis}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _basis_document(basis: Basis) -> dict[str, object]:
    return {
        "files": {name: [content, basis.times.get(name)] for name, content in sorted(basis.files.items())},
        "remote_ids": sorted(basis.remote_ids),
        "records": basis.records,
        "approved": sorted(basis.approved),
    }


def refuse_place(path: str) -> None:
    """Raise UsageError where no plan could be written, before any work is done for it."""
    folder = os.path.dirname(os.path.abspath(path))
    if os.path.isdir(path):
        raise UsageError(f"{shown(os.fsencode(path))} is a folder", "Name a file for the plan.")
    if not os.path.isdir(folder):
        raise UsageError(f"{shown(os.fsencode(folder))} is no folder", "Name a file in a folder that exists.")


def write(path: str, document: Mapping[str, object]) -> None:
    """Write a plan, whole or not at all where there is a file or nothing. Raises UsageError where it cannot be."""
    text = shown_json(json.dumps(document, ensure_ascii=False, indent=2)) + "\n"
    plain_file = os.path.isfile(path) or not os.path.lexists(path)
    aside = f"{os.path.realpath(path)}.part" if plain_file else path
    try:
        with open(aside, "w", encoding="utf-8") as file:
            file.write(text)
        if plain_file:
            os.replace(aside, os.path.realpath(path))
    except OSError as error:
        with suppress(OSError):
            if plain_file:
                os.unlink(aside)
        why = os.strerror(error.errno or 0)
        raise UsageError(
            f"The plan cannot be written to {shown(os.fsencode(path))}: {why}", "Name another file."
        ) from error


def read(path: str) -> Planned:
    """Read a plan (`-`: stdin). UsageError says what is wrong with it."""
    name = "stdin" if path == "-" else shown(os.fsencode(path))
    document = _parsed(_bytes(path, name), name)
    version = document.get("version")
    if isinstance(version, int) and version > VERSION:
        raise UsageError(f"{name} is a plan of version {version}; this syncd knows {VERSION}", f"Update syncd. {_NEW}")
    if version != VERSION or document.get("dry_run") is not True or not isinstance(document.get("basis"), dict):
        raise UsageError(f"{name} is no plan of syncd", f"A plan is written by a dry run. {_NEW}")
    with suppress(KeyError, TypeError, ValueError, AttributeError):
        if document["basis"].get("seal") == _seal(document):
            return _planned(document, name)
    raise UsageError(f"{name} is damaged, or was changed since syncd wrote it", _NEW)


def targets_of(planned: Planned, made: World) -> list[Target]:
    """Return the sets that a plan is about. UsageError where it is of another root, StalePlan where one is gone."""
    root = made.places.root
    if planned.root != (plain(root) if root is not None else None):
        raise _other_root(planned, planned.root or "none")
    targets, _ = find_targets(made.places, made.store.sets.recorded())
    found = {target.key: target for target in targets}
    for key in planned.script.bases:
        if key not in found:
            raise StalePlan(f"Nothing was done: the plan is out of date, as {key} is no image set any more", _NEW)
        if plain(relative(found[key].folder.path, root)) != planned.folders[key]:
            raise _other_root(planned, planned.folders[key])
    return [found[key] for key in planned.script.bases]


def _other_root(planned: Planned, there: str) -> UsageError:
    return UsageError(
        f"{planned.name} is a plan for other folders ({shown_text(there)})",
        "Use the configuration that it was made with, or make a new plan.",
    )


def _bytes(path: str, name: str) -> bytes:
    try:
        if path == "-":
            return sys.stdin.buffer.read()
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise UsageError(f"The plan {name} cannot be read: {os.strerror(error.errno or 0)}", _NEW) from error


def _parsed(data: bytes, name: str) -> dict[str, Any]:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise UsageError(f"{name} is damaged: it is not JSON", _NEW) from None
    if not isinstance(document, dict):
        raise UsageError(f"{name} is no plan of syncd", f"A plan is written by a dry run. {_NEW}")
    return document


def _planned(document: Mapping[str, Any], name: str) -> Planned:
    basis = document["basis"]
    bases = {_key(name): _basis(one) for name, one in basis["sets"].items()}
    sends, deletes = subjects((_set(one), _operation(one)) for one in document["operations"])
    folders = {_set(one): one["folder"] for one in document["sets"]}
    halted = tuple(_halted(one) for one in document["sets"] if one["halt"] is not None)
    script = Script(basis["digest"], bases, sends, deletes)
    return Planned(name, document["root"], script, folders, halted, dict(basis["options"]))


def _key(text: str) -> SetKey:
    model_id, _, image_type = text.partition("/")
    return SetKey(model_id, ImageType(image_type))


def _set(one: Mapping[str, Any]) -> SetKey:
    return SetKey(one["model_id"], ImageType(one["image_type"]))


def _basis(one: Mapping[str, Any]) -> Basis:
    files = {name: content for name, (content, _) in one["files"].items()}
    times = {name: time for name, (_, time) in one["files"].items() if time is not None}
    return Basis(files, times, frozenset(one["remote_ids"]), one["records"], frozenset(one["approved"]))


def _operation(one: Mapping[str, Any]) -> Operation:
    path = one["path"]
    name = unplain(path.rpartition("/")[2]) if path is not None else None
    return Operation(Action(one["action"]), name, sha256=one["sha256"], remote_id=one["remote_id"])


def _halted(one: Mapping[str, Any]) -> SetPlan:
    halt = Halt(HaltName(one["halt"]), one.get("halt_detail", ""), one.get("halt_remedy", ""))
    return SetPlan(_set(one), unplain(one["folder"]), one["limit"], one["remote"], halt=halt)
