"""A plan, or what became of it, for machines and for people."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace

from syncd.cli.console import Colour, Console, size
from syncd.errors import ExitCode
from syncd.model.counted import count
from syncd.model.local import Note
from syncd.model.names import plain, relative, shown, shown_text
from syncd.model.plan import Halt, Operation, Outcome, PassPlan, SetPlan
from syncd.model.words import Action, HaltName, Reason
from syncd.plan.verdict import code_of_operation

_MARKS: dict[Action, tuple[str, Colour]] = {
    Action.UPLOAD: ("+", "green"),
    Action.REPLACE: ("*", "green"),
    Action.DELETE: ("-", "red"),
    Action.ADOPT: ("=", "green"),
    Action.RENAMED: ("=", "cyan"),
    Action.UNCHANGED: ("=", "cyan"),
    Action.DUPLICATE: ("=", "cyan"),
    Action.WAITING: (">", "yellow"),
    Action.REJECTED: ("!", "yellow"),
    Action.REFUSED: ("!", "yellow"),
    Action.FAILED: ("!", "red"),
    Action.HELD: ("?", "red"),
    Action.PENDING: ("?", "yellow"),
    Action.FOREIGN: ("~", "cyan"),
}


Row = tuple[str, str, str, str]


def document(done: PassPlan, *, unchanged: bool) -> dict[str, object]:
    """Write a pass as the JSON document of contract section 4."""
    return {
        "version": 1,
        "dry_run": done.dry_run,
        "root": plain(done.root) if done.root is not None else None,
        "digest": done.digest,
        "halt": _halt_document(done.halt),
        "summary": dict(done.count()),
        "sets": [_set_document(one, done.root) for one in done.sets],
        "operations": [
            _operation_document(one, operation, done)
            for one in done.sets
            for operation in one.operations
            if unchanged or operation.action is not Action.UNCHANGED
        ],
        "notes": [
            {"path": plain(relative(note.path, done.root)), "reason": note.reason.value, "detail": note.detail}
            for note in _notes(done)
        ],
    }


def _notes(done: PassPlan) -> list[Note]:
    return [*done.notes, *(note for one in done.sets for note in one.notes)]


def _halt_document(halt: Halt | None) -> dict[str, str] | None:
    return None if halt is None else {"name": halt.name.value, "detail": halt.detail, "remedy": halt.remedy}


def _set_document(one: SetPlan, root: bytes | None) -> dict[str, object]:
    halted = {} if one.halt is None else {"halt_detail": one.halt.detail, "halt_remedy": one.halt.remedy}
    return {
        "model_id": one.key.model_id,
        "image_type": one.key.image_type.value,
        "folder": plain(relative(one.folder, root)),
        "limit": one.limit,
        "remote": one.remote,
        "halt": one.halt.name.value if one.halt is not None else None,
        **halted,
    }


def _operation_document(one: SetPlan, operation: Operation, done: PassPlan) -> dict[str, object]:
    root = done.root
    path = _path(one, operation, root)
    more: dict[str, object] = {}
    if operation.rank is not None:
        more["rank"] = operation.rank
    if operation.origin is not None:
        more["from"] = plain(relative(os.path.join(one.folder, operation.origin), root))
    if operation.same_as is not None:
        more["same_as"] = plain(relative(os.path.join(one.folder, operation.same_as), root))
    return {
        "action": operation.action.value,
        "model_id": one.key.model_id,
        "image_type": one.key.image_type.value,
        "path": plain(path) if path is not None else None,
        "reason": operation.reason.value if operation.reason is not None else None,
        "detail": operation.detail,
        "size": operation.size,
        "sha256": operation.sha256,
        "remote_id": operation.remote_id,
        "outcome": None if done.dry_run else _outcome(operation).value,
        **more,
    }


def _outcome(operation: Operation) -> Outcome:
    """Say what became of an operation in a pass that acts; nothing was done for one that only tells how it stands."""
    if operation.outcome is not None:
        return operation.outcome
    return Outcome.FAILED if operation.action is Action.FAILED else Outcome.SKIPPED


def _path(one: SetPlan, operation: Operation, root: bytes | None) -> bytes | None:
    if operation.name is None:
        return None
    return relative(os.path.join(one.folder, operation.name), root)


def show(console: Console, done: PassPlan) -> None:
    """Tell people a plan or its outcome: a line an image, held ones folded to a line a set, and the sum.

    With -q what went wrong alone: what makes the exit code another than 0.
    A key that is not accepted is one error for all sets, on stderr.
    """
    rows = list(_rows(console, done))
    if rows:
        console.listing(rows)
        say_remedies(console, (halt for halt in _halts(done) if not _is_of_key(halt)))
    _say_rejected(console, [halt for halt in _halts(done) if _is_of_key(halt)])
    if rows or not console.options.quiet or any(one.halt is not None for one in done.sets):
        console.say(_sum(done))


def _is_of_key(halt: Halt | None) -> bool:
    """Tell whether a halt is the same for every set, as there is one key."""
    return halt is not None and halt.name is HaltName.KEY_REJECTED


def _say_rejected(console: Console, halts: list[Halt]) -> None:
    if halts:
        left = "a set is" if len(halts) == 1 else f"{len(halts):,} sets are"
        console.fail(f"{shown_text(halts[0].detail, 300).rstrip('.')}; {left} left alone", halts[0].remedy)


def _halts(done: PassPlan) -> list[Halt]:
    found = [done.halt if not done.sets else None, *(one.halt for one in done.sets)]
    return [halt for halt in found if halt is not None]


def _rows(console: Console, done: PassPlan) -> Iterator[Row]:
    if done.halt is not None and not done.sets and not _is_of_key(done.halt):
        root = shown(done.root) if done.root is not None else "-"
        yield (f"{console.paint('?', 'red')} {root}", "halted", "", halt_words(done.halt))
    for one in done.sets:
        yield from set_rows(console, replace(one, halt=None) if _is_of_key(one.halt) else one, done.root)
    for note in _notes(done):
        if console.options.quiet and note.reason is not Reason.UNREADABLE:
            continue
        path = shown(relative(note.path, done.root))
        yield (f"{console.paint('~', 'cyan')} {path}", note.reason.value, "", note.detail)


def set_rows(console: Console, one: SetPlan, root: bytes | None) -> Iterator[Row]:
    """Return the lines of one set: mark and path, action, size, why."""
    folder = shown(relative(one.folder, root))
    if one.halt is not None:
        yield (f"{console.paint('?', 'red')} {folder}", "halted", "", halt_words(one.halt))
    for operation in one.operations:
        if operation.action is Action.HELD or not _is_told(console, operation):
            continue
        mark, colour = _MARKS[operation.action]
        failed = operation.outcome is Outcome.FAILED
        path = _path(one, operation, root)
        subject = shown(path) if path is not None else f"{folder} ({shown_text(operation.remote_id or '', 40)})"
        yield (
            f"{console.paint('!', 'red') if failed else console.paint(mark, colour)} {subject}",
            operation.action.value,
            size(operation.size) if operation.size is not None and operation.action is not Action.DELETE else "",
            _why(operation),
        )
    held = [operation for operation in one.operations if operation.action is Action.HELD]
    if held:
        yield (f"{console.paint('?', 'red')} {folder}", "held", "", _held_words(held, folder))


def _is_told(console: Console, operation: Operation) -> bool:
    if console.options.quiet:
        return code_of_operation(operation) is not ExitCode.OK
    return operation.action is not Action.UNCHANGED or bool(console.options.verbose)


def halt_words(halt: Halt) -> str:
    """Say why a set is left alone; what to do is told once for all, by `say_remedies`."""
    return f"{halt.name.value}: {shown_text(halt.detail, 300).rstrip('.')}"


def say_remedies(console: Console, halts: Iterable[Halt]) -> None:
    """Say of each kind of halt, once, what to do about it."""
    for name, remedy in dict.fromkeys((halt.name.value, halt.remedy) for halt in halts):
        console.say(f"  what to do about {name}: {shown_text(remedy, 300)}")


def _held_words(held: list[Operation], folder: str) -> str:
    return f"{count(len(held), 'delete')}: {held[0].detail}. syncd approve {folder}"


def _why(operation: Operation) -> str:
    if operation.outcome in (Outcome.FAILED, Outcome.SKIPPED):
        return f"{operation.outcome.value}: {shown_text(operation.detail, 300)}"
    if operation.origin is not None:
        return f"from {shown(operation.origin)}"
    if operation.same_as is not None:
        return f"the same as {shown(operation.same_as)}"
    reason = operation.reason.value.replace("-", " ") if operation.reason is not None else ""
    return shown_text(operation.detail, 300) or reason


def _sum(done: PassPlan) -> str:
    counts = done.count()
    words = [f"{counts[action]:,} {action.value}" for action in Action if counts[action]]
    halted = sum(one.halt is not None for one in done.sets) + (done.halt is not None and not done.sets)
    if halted:
        words.append(f"{count(halted, 'set')} halted")
    name = f"{'plan' if done.dry_run else 'pass'} {done.digest[:4]}"
    total = f" · {size(counts['bytes'])}" if counts["bytes"] else ""
    end = " Nothing was changed." if done.dry_run else ""
    return f"{name}: {', '.join(words) or 'nothing to do'}{total}.{end}"
