"""`syncd explain PATH`: one file, its state, why, and what to do. Needs no network."""

from __future__ import annotations

import os
import shlex
import stat
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import click

from syncd.cli.console import Console
from syncd.cli.explained import (
    HIDING,
    MOVE,
    NEXT,
    REMEDIES,
    Explanation,
    ignored,
    of_missing,
    of_operation,
    of_set,
    with_halt,
)
from syncd.cli.options import Options, common, completed_paths, example
from syncd.model.names import plain, relative, shown, shown_text
from syncd.model.words import Action, Reason

if TYPE_CHECKING:
    from syncd.cli.world import Session
    from syncd.engine.world import Target
    from syncd.model.local import Judgement
    from syncd.model.plan import Operation


@click.command(epilog=example("syncd explain models/m42/modelInput/a.jpg"))
@click.argument("path", metavar="PATH", shell_complete=completed_paths)
@common
def explain(options: Options, *, path: str) -> int:
    """Say why a file is up, or why it is not, and what to do."""
    from syncd.cli.paths import one_file
    from syncd.cli.world import session

    console = Console(options)
    with session(console, writing=False) as opened:
        target, name = one_file(opened, path)
        found = _whose_turn(opened, _explain(opened, target, name))
        shown_path = relative(
            os.path.join(target.folder.path, name) if name else target.folder.path, opened.places.root
        )
    # What is to be typed can be copied.
    found = replace(found, remedy=found.remedy.replace("PATH", shlex.quote(shown(shown_path))))
    if options.json:
        console.document({"path": plain(shown_path), **asdict(found)})
    else:
        _tell(console, shown(shown_path), found)
    return 0


def _tell(console: Console, path: str, found: Explanation) -> None:
    reason = f" ({found.reason})" if found.reason not in (None, found.state) else ""
    console.say(f"{path}: {found.state}{reason}")
    for label, text in (("why", found.detail), ("what to do", found.remedy), ("remote image", found.remote_id)):
        if text:
            console.say(f"  {label}: {shown_text(text)}")


def _explain(opened: Session, target: Target, name: bytes) -> Explanation:
    status = opened.store.sets.get(target.key)
    if not name:
        return of_set(status)
    beside = _beside(opened, target, name)
    if beside is not None:
        return beside
    told = opened.store.reports.of_name(target.key, name)
    path = os.path.join(target.folder.path, name)
    if not os.path.lexists(path):
        hidden = status is not None and status.halt is not None and status.halt.name in HIDING
        if hidden:
            return with_halt(Explanation("unknown"), status)
        return of_missing(told, deletes=opened.loaded.config.deletes.enabled)
    found = _fresh(opened, target, name) or of_operation(next(iter(_about_file(told)), None))
    return with_halt(found, status)


def _beside(opened: Session, target: Target, name: bytes) -> Explanation | None:
    """Explain what is in the folder and not of the set."""
    from syncd.config.ignore import compile_patterns, deciding_pattern

    if b"/" in name:
        return Explanation("not-in-a-set", Reason.NOT_IN_A_SET.value, "a folder inside a set; sets are flat", MOVE)
    patterns = opened.loaded.config.dataset.ignore
    if compile_patterns(patterns)(name):
        return ignored(deciding_pattern(name, patterns))
    return _no_file(os.path.join(target.folder.path, name))


def _no_file(path: bytes) -> Explanation | None:
    try:
        mode = os.lstat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        why = f"its folder cannot be read: {os.strerror(error.errno or 0)}"
        return Explanation("failed", Reason.UNREADABLE.value, why, REMEDIES[Reason.UNREADABLE])
    if stat.S_ISLNK(mode):
        return Explanation("link", Reason.LINK.value, "links are not followed", "put the photo itself here")
    if stat.S_ISDIR(mode):
        return Explanation("not-in-a-set", Reason.NOT_IN_A_SET.value, "a folder inside a set; sets are flat", MOVE)
    return None


def _about_file(told: tuple[Operation, ...]) -> list[Operation]:
    return [one for one in told if one.action not in (Action.DELETE, Action.HELD)]


def _fresh(opened: Session, target: Target, name: bytes) -> Explanation | None:
    """Judge a file that changed since the last pass; None where what was told of it still holds."""
    from syncd.scan.reading import fingerprint_of

    path = os.path.join(target.folder.path, name)
    known = opened.store.files.known(target.key).get(name)
    told = _about_file(opened.store.reports.of_name(target.key, name))
    try:
        now = fingerprint_of(os.lstat(path))
    except OSError:
        return None
    if told and (known is None or known.fingerprint == now):
        return None
    judgement = _judge(opened, target, name)
    if isinstance(judgement, str):
        return Explanation("failed", Reason.UNREADABLE.value, judgement, REMEDIES[Reason.UNREADABLE])
    if judgement.reason is not None:
        return Explanation("rejected", judgement.reason.value, judgement.detail, REMEDIES[judgement.reason])
    return Explanation("pending", None, "it is new or was changed since the last pass", NEXT)


def _judge(opened: Session, target: Target, name: bytes) -> Judgement | str:
    from concurrent.futures import ThreadPoolExecutor

    from syncd.cli.world import scanning_of
    from syncd.images.apart import Apart
    from syncd.model.clock import MachineClock
    from syncd.scan.folder import Known, scan

    wanted = scanning_of(opened.loaded.config)
    with Apart(1) as decoder, ThreadPoolExecutor(1) as pool:
        settings = replace(wanted, ignored=lambda each: each != name, decoder=decoder)
        snapshot = scan(target.folder, Known(), settings, pool, MachineClock().now()).snapshot
    if snapshot.files:
        return snapshot.files[0].judgement
    return snapshot.problems[0].detail if snapshot.problems else snapshot.detail or "it cannot be read"


def _whose_turn(opened: Session, found: Explanation) -> Explanation:
    """Say who looks at what waits for a look: the daemon, if one is at work and not paused, or nobody yet."""
    from syncd.model.clock import MachineClock

    if found.remedy != NEXT:
        return found
    if opened.store.meta.paused():
        return replace(found, remedy="`syncd resume`, as the daemon is paused; or `syncd sync`")
    if opened.store.presence.look(MachineClock().now()) is None:
        return replace(found, remedy="`syncd sync`, or `syncd run`: no daemon is at work")
    return replace(found, remedy="nothing: the daemon looks at it by itself")
