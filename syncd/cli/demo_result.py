"""What the demo says to someone who sees syncd for the first time."""

from __future__ import annotations

import os
import shlex
import sys

from syncd.cli.calling import path_line
from syncd.cli.console import Console
from syncd.cli.samples import GOOD, MODEL_ID
from syncd.engine.report import counts
from syncd.model.counted import count
from syncd.model.names import relative, shown
from syncd.model.plan import Outcome, PassPlan, SetPlan
from syncd.model.words import Action

_COLUMNS = ("up", "waiting", "rejected", "duplicate")
_OTHERS = ("pending", "refused", "held", "foreign", "failed")
_LEGEND = (
    ("slots", "a model takes 20 images of each type; what is up keeps its slot"),
    ("waiting", "a good photo without a slot; it goes up by itself when one frees"),
    ("rejected", "a file that cannot go up; it is judged again when it changes"),
    ("duplicate", "the same photo twice in one set; one slot is enough"),
)


def begin(console: Console, folder: str, made: int, base_url: str, *, once: bool) -> None:
    """Say what there is, and what is about to happen."""
    if _silent(console):
        return
    written = f"{count(made, 'file')} made" if made else "all there already"
    console.say(f"Sample photos in {shown(os.fsencode(folder))}: {written}; some are bad on purpose.")
    console.say(f"A sandbox plays the service, on this machine alone: {base_url}")
    console.say(f"A model takes 20 training photos; for {MODEL_ID} there are {GOOD} good ones.")
    if once:
        console.say("Now one pass, as `syncd sync` does it:\n")


def result(console: Console, folder: str, sandbox: str, done: PassPlan) -> None:
    """Say how each set stands, what the words mean, and what to try next; `sandbox` is what runs it again."""
    if _silent(console):
        return
    console.say("")
    _table(console, done)
    console.say("")
    console.table(_LEGEND)
    console.say("")
    _next(console, folder, sandbox, done)


def _silent(console: Console) -> bool:
    return console.options.json or console.options.quiet


def _table(console: Console, done: PassPlan) -> None:
    counted = [(one, counts(one)) for one in done.sets]
    words = [*_COLUMNS, *(word for word in _OTHERS if any(each[word] for _, each in counted))]
    rows = [
        (
            shown(relative(one.folder, done.root)),
            f"{one.remote}/{one.limit}",
            *(str(each[word] or "-") for word in words),
        )
        for one, each in counted
    ]
    console.table(rows, ("set", "slots", *words))


def _next(console: Console, folder: str, sandbox: str, done: PassPlan) -> None:
    console.say("To try more, start the sandbox again, since it ended with the demo.")
    if own := sorted(name for name in os.environ if name.startswith("SYNCD_")):
        console.say("Your environment goes before the demo's configuration; so first, in both terminals:\n")
        console.say(f"  unset {' '.join(own)}\n")
    if (line := path_line(sys.argv[0])) is not None:
        console.say(f"First, in both terminals, so that `syncd` is found:\n\n  {line}\n")
    console.say("In a second terminal:\n")
    console.say(f"  cd {shlex.quote(os.path.abspath(folder))} && {sandbox}")
    console.say("\nThen in this one:\n")
    for line in [f"cd {shlex.quote(folder)}", *_tries(done), "# how does every set stand?", "syncd status"]:
        console.say(f"  {line}")


def _tries(done: PassPlan) -> list[str]:
    """Return commands with files of the fullest set, so that each shows what it promises."""
    fullest = max(done.sets, key=lambda one: len(one.operations), default=None)
    if fullest is None:
        return []
    lines: list[str] = []
    if rejected := _names(fullest, Action.REJECTED):
        lines += ["# why is this one not up?", f"syncd explain {_word(fullest, rejected[-1], done)}"]
    twins = {operation.same_as for operation in fullest.operations}
    up = [name for name in _names(fullest, Action.UPLOAD, Action.UNCHANGED) if name not in twins]
    if up and (waiting := _names(fullest, Action.WAITING)):
        lines += [
            f"# free a slot, and see {shown(waiting[0])} go up:",
            f"rm {_word(fullest, up[0], done)}",
            "syncd sync",
        ]
    return lines


def _names(one: SetPlan, *actions: Action) -> list[bytes]:
    chosen = (each for each in one.operations if each.action in actions and each.outcome in (None, Outcome.DONE))
    named = [(each.rank or 0, each.name) for each in chosen if each.name is not None]
    return [name for _, name in sorted(named, key=lambda each: each[0])]


def _word(one: SetPlan, name: bytes, done: PassPlan) -> str:
    return shlex.quote(os.fsdecode(relative(os.path.join(one.folder, name), done.root)))
