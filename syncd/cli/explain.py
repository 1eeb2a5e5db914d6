"""`syncd explain PATH`: one file, its state, why, and what to do. Needs no network."""

from __future__ import annotations

import os
import shlex
import stat
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from syncd.cli.console import Console
from syncd.cli.options import Options, common, completed_paths, example
from syncd.model.names import plain, shown, shown_text
from syncd.model.words import Action, Reason

if TYPE_CHECKING:
    from syncd.cli.world import Session
    from syncd.engine.world import Target
    from syncd.model.local import Judgement
    from syncd.model.plan import Operation
    from syncd.store import SetStatus


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is so of one file, in the words of the contract."""

    state: str
    reason: str | None = None
    detail: str = ""
    remedy: str = ""
    remote_id: str | None = None


@click.command(epilog=example("syncd explain models/m42/modelInput/a.jpg"))
@click.argument("path", metavar="PATH", shell_complete=completed_paths)
@common
def explain(options: Options, *, path: str) -> int:
    """Say why a file is up, or why it is not, and what to do."""
    from syncd.cli.paths import one_file
    from syncd.cli.plans import relative
    from syncd.cli.world import session

    console = Console(options)
    with session(console, writing=False) as opened:
        target, name = one_file(opened, path)
        found = _explain(opened, target, name)
        shown_path = relative(
            os.path.join(target.folder.path, name) if name else target.folder.path, opened.places.root
        )
    # What is to be typed can be copied.
    found = replace(found, remedy=found.remedy.replace("PATH", shlex.quote(shown(shown_path))))
    if options.json:
        console.document(
            {
                "path": plain(shown_path),
                "state": found.state,
                "reason": found.reason,
                "detail": found.detail,
                "remedy": found.remedy,
                "remote_id": found.remote_id,
            }
        )
        return 0
    reason = f" ({found.reason})" if found.reason not in (None, found.state) else ""
    console.say(f"{shown(shown_path)}: {found.state}{reason}")
    for label, text in (("why", found.detail), ("what to do", found.remedy), ("remote image", found.remote_id)):
        if text:
            console.say(f"  {label}: {shown_text(text)}")
    return 0


def _explain(opened: Session, target: Target, name: bytes) -> Explanation:
    status = opened.store.sets.get(target.key)
    if not name:
        return _of_set(status)
    beside = _beside(opened, target, name)
    if beside is not None:
        return beside
    told = opened.store.reports.of_name(target.key, name)
    path = os.path.join(target.folder.path, name)
    if not os.path.lexists(path):
        return _of_missing(told)
    found = _fresh(opened, target, name) or _of_operation(next(iter(_about_file(told)), None))
    return _with_halt(found, status)


def _of_set(status: SetStatus | None) -> Explanation:
    if status is None:
        return Explanation("pending", None, "this set was not passed over yet", _NEXT)
    if status.halt is not None:
        return Explanation("halted", status.halt.name.value, status.halt.detail, status.halt.remedy)
    words = ", ".join(f"{number} {word}" for word, number in status.counts.items() if number)
    return Explanation("set", None, words or "empty")


def _beside(opened: Session, target: Target, name: bytes) -> Explanation | None:
    """Explain what is in the folder and not of the set."""
    from syncd.config.ignore import compile_patterns

    if b"/" in name:
        return Explanation("not-in-a-set", Reason.NOT_IN_A_SET.value, "a folder inside a set; sets are flat", _MOVE)
    if compile_patterns(opened.loaded.config.dataset.ignore)(name):
        return Explanation("ignored", None, "a pattern of dataset.ignore matches it", "`!pattern` there takes one out")
    try:
        mode = os.lstat(os.path.join(target.folder.path, name)).st_mode
    except OSError:
        return None
    if stat.S_ISLNK(mode):
        return Explanation("link", Reason.LINK.value, "links are not followed", "put the photo itself here")
    if stat.S_ISDIR(mode):
        return Explanation("not-in-a-set", Reason.NOT_IN_A_SET.value, "a folder inside a set; sets are flat", _MOVE)
    return None


def _of_missing(told: tuple[Operation, ...]) -> Explanation:
    last = next((one for one in told if one.action is Action.HELD), next(iter(told), None))
    if last is None:
        return Explanation("unknown", None, "there is no such file, and none was ever seen", "check the name")
    if last.action is Action.HELD:
        return _of_operation(last)
    if last.action is Action.DELETE:
        return Explanation("gone", Reason.REMOVED_LOCALLY.value, "the file was removed, and its image deleted")
    return Explanation("gone", None, "the file is gone since the last pass", _NEXT)


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
        return Explanation("failed", Reason.UNREADABLE.value, judgement, _REMEDIES[Reason.UNREADABLE])
    if judgement.reason is not None:
        return Explanation("rejected", judgement.reason.value, judgement.detail, _REMEDIES[judgement.reason])
    return Explanation("pending", None, "it is new or was changed since the last pass", _NEXT)


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


def _of_operation(one: Operation | None) -> Explanation:
    from syncd.engine.report import standing

    if one is None:
        return Explanation("pending", None, "it was not looked at yet", _NEXT)
    state = standing(one)
    reason = one.reason.value if one.reason is not None else None
    detail = one.detail or (f"the same bytes as {shown(one.same_as)}" if one.same_as else "")
    remedy = _REMEDIES.get(one.reason, "") if one.reason is not None and state != "up" else ""
    return Explanation(state, reason if state != "up" else None, detail, remedy, one.remote_id)


def _with_halt(found: Explanation, status: SetStatus | None) -> Explanation:
    if status is None or status.halt is None or found.state not in ("pending", "waiting", "refused"):
        return found
    halt = status.halt
    return Explanation(found.state, halt.name.value, f"its set is halted: {halt.detail}", halt.remedy, found.remote_id)


_NEXT = "nothing: the daemon, or the next `syncd sync`, looks at it"
_MOVE = "move it into the folder of a set"
_REMEDIES = {
    Reason.OVER_LIMIT: "nothing: it goes up when a slot frees; remove a photo to make room",
    Reason.UNSUPPORTED_FORMAT: "save it as jpg, png, webp or heic",
    Reason.CORRUPT: "copy it again from where it came",
    Reason.TOO_LARGE: "save a smaller copy",
    Reason.EMPTY: "copy it again from where it came",
    Reason.NOT_AN_IMAGE: "put a photo here, or move it away",
    Reason.TOO_MANY_PIXELS: "save a smaller copy",
    Reason.REFUSED_BY_SERVICE: "change the photo, or `syncd retry PATH` to send it once more",
    Reason.SET_EMPTIED: "`syncd approve PATH` deletes the image, `syncd forget PATH` keeps it; or put the photo back",
    Reason.TOO_MANY_DELETES: "`syncd approve PATH` deletes the image, `syncd forget PATH` keeps it",
    Reason.UNREADABLE: "give the user of syncd the right to read it",
    Reason.CHANGED_WHILE_READING: _NEXT,
    Reason.ANSWER_UNKNOWN: "nothing: syncd looks whether it is up before it sends it again",
    Reason.SAME_CONTENT: "nothing: one copy of a photo in a set is enough",
    Reason.NEW: _NEXT,
    Reason.CONTENT_CHANGED: _NEXT,
    Reason.MISSING_REMOTELY: _NEXT,
}
