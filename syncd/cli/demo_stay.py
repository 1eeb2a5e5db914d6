"""The demo that stays: a line for each thing that happens, and what to try next."""

from __future__ import annotations

import os
import shlex
import sys
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING

from syncd.cli.calling import path_line
from syncd.cli.console import Console
from syncd.cli.plans import set_rows
from syncd.cli.samples import STYLE, TRAINING
from syncd.model.plan import Operation, Outcome, SetPlan
from syncd.model.sets import SetKey
from syncd.model.words import Action

if TYPE_CHECKING:
    from syncd.daemon.inbox import Inbox

_TRIES = (
    ("drop a photo, and see it go up:", f"cp {TRAINING}/portrait-21.heic {STYLE}/"),
    ("remove one, and see the next in line take its slot:", f"rm {TRAINING}/portrait-2.jpeg"),
    ("overfill a set:", f"cp {TRAINING}/portrait-* {STYLE}/"),
    ("empty a set, which needs your word:", f"rm {STYLE}/*"),
    ("give it:", "syncd approve"),
    ("see how every set stands:", "syncd status"),
)


def stay_and_tell(console: Console, own: Console, inbox: Inbox, folder: str, page: str) -> int:
    """Run the daemon on the demo's configuration, which `own` names; tell people what it does, until it is stopped.

    `page`: where its status page is.
    """
    from syncd.cli.run import stay

    if not console.options.quiet:
        console.say("Now the daemon, as `syncd run` is; Ctrl-C ends it. To try in a second terminal:\n")
        if (line := path_line(sys.argv[0])) is not None:
            console.say(f"  {line}")
        console.say(f"  cd {shlex.quote(os.path.abspath(folder))}")
        for what, line in _TRIES:
            console.say(f"  # {what}\n  {line}")
        console.say(f"\nOr look at it in a browser: {page}")
        console.say("")
    # Without the environment: what it names may be the real service and the real key.
    code = stay(own, inbox, environ={}, told=News(console).tell)
    if not console.options.quiet:
        console.say(f"\nThe demo has ended. What it made lies in {shlex.quote(folder)}, and nowhere else.")
    return code


class News:
    """Tells what is new after each pass over a set. Any thread."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lock = Lock()
        self._known: dict[SetKey, set[object]] = {}

    def tell(self, plan: SetPlan) -> None:
        """Tell of a pass that ended."""
        with self._lock:
            known = self._known.get(plan.key, set())
            self._known[plan.key] = {_name(one) for one in plan.operations} | {plan.halt and plan.halt.name}
            news = tuple(one for one in plan.operations if _happened(one) or _name(one) not in known)
            halt = None if plan.halt is None or plan.halt.name in known else plan.halt
            rows = list(set_rows(self._console, replace(plan, operations=news, halt=halt), _above(plan)))
            if rows:
                self._console.listing(rows)


def _happened(one: Operation) -> bool:
    return one.outcome in (Outcome.DONE, Outcome.FAILED)


def _name(one: Operation) -> object:
    return (one.action, one.name, one.sha256, one.remote_id if one.action is Action.HELD else None)


def _above(plan: SetPlan) -> bytes:
    """Return the demo's folder, three levels above each of its sets."""
    return plan.folder.rsplit(b"/", 3)[0]
