"""Paths on the command line, for commands that work on the state alone."""

from __future__ import annotations

import os
from difflib import SequenceMatcher

from syncd.cli.world import Session
from syncd.engine.targets import candidates, find_targets, locate, select
from syncd.engine.world import Target
from syncd.errors import UsageError
from syncd.model.names import relative, shown, unplain


def all_targets(session: Session) -> list[Target]:
    """Return every set: with a folder, or with a row in the state."""
    return find_targets(session.places, session.store.sets.keys())[0]


def chosen_targets(session: Session, paths: tuple[str, ...]) -> list[Target]:
    """Return the sets that paths mean; all of them for none."""
    targets = all_targets(session)
    return select(targets, session.places, paths, os.getcwdb()) if paths else targets


def one_file(session: Session, path: str) -> tuple[Target, bytes]:
    """Return the set and the name that a path means. Raises UsageError for a path in no set."""
    targets = all_targets(session)
    located = [
        (target, name)
        for candidate in candidates(path, session.places, os.getcwdb())
        for target, name in filter(None, [locate(targets, candidate)])
    ]
    # Of several readings the one with a file behind it is meant, else one that was told of: it may be gone.
    if there := [each for each in located if _exists(*each)] or [each for each in located if _was_told(session, *each)]:
        return there[0]
    if located:
        return located[0]
    raise UsageError(f"{shown(unplain(path))} is in no image set", _meant(session, targets, unplain(path)))


def _meant(session: Session, targets: list[Target], path: bytes) -> str:
    """Say what may be meant by a path that is in no set: a file of that name in one, else any set."""
    name, root = os.path.basename(path), session.places.root
    is_file = name not in (b"", b".", b"..") and not os.path.isdir(path)
    for target in targets if is_file else ():
        if target.folder.base and (_exists(target, name) or _was_told(session, target, name)):
            return f"Did you mean {shown(relative(os.path.join(target.folder.path, name), root))}?"
    folders = [target.folder.path for target in targets if target.folder.base]
    folders = [folder for folder in folders if os.path.isdir(folder)] or folders
    if not folders:
        return "There is no image set yet: `syncd init` makes folders for the models of the account."
    near = shown(relative(max(folders, key=lambda folder: _likeness(folder, path)), root))
    if not is_file:
        return f"Name a photo, or the folder of an image set, such as {near}."
    return f"Photos go up from the folders of image sets alone, such as {near}; move it there."


def _likeness(folder: bytes, path: bytes) -> float:
    """Say how near a folder of a set is to the one that a photo was looked for in, or to that itself: 0 to 1."""
    wanted = os.path.abspath(path)
    named = os.fsdecode(folder)
    return max(SequenceMatcher(None, named, os.fsdecode(one)).ratio() for one in (os.path.dirname(wanted), wanted))


def _exists(target: Target, name: bytes) -> bool:
    return os.path.lexists(os.path.join(target.folder.path, name))


def _was_told(session: Session, target: Target, name: bytes) -> bool:
    return bool(session.store.reports.of_name(target.key, name))
