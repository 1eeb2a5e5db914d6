"""`syncd sync`: one pass over everything, or over the sets at some paths; or a plan, written or done."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import click

from syncd.cli.console import Console
from syncd.cli.lazy import Seconds
from syncd.cli.options import Options, common, completed_paths, example
from syncd.cli.progress import progress
from syncd.errors import UsageError

if TYPE_CHECKING:
    from syncd.engine.passing import Wishes
    from syncd.engine.world import World
    from syncd.model.plan import PassPlan

NO_OVERRIDES: Mapping[str, object] = {}


def _brake(_: click.Context, __: click.Parameter, written: str | None) -> str | None:
    """Refuse what is no brake as a mistake of the command line, not of the configuration."""
    from syncd.config.brake import max_delete

    try:
        if written is not None:
            max_delete(written)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    return written


def _seconds(_: click.Context, __: click.Parameter, wait: float) -> float:
    if math.isnan(wait):
        raise click.BadParameter("must be a number of seconds")
    return wait


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of one `sync`."""

    paths: tuple[str, ...]
    dry_run: bool
    plan: str | None
    apply: str | None
    max_delete: str | None
    no_delete: bool
    quick: bool
    checksum: bool
    wait: float
    detailed_exitcode: bool

    @property
    def overrides(self) -> dict[str, object]:
        """Return what its options set of the configuration."""
        over: dict[str, object] = {}
        if self.max_delete is not None:
            over["deletes.max_delete"] = self.max_delete
        if self.no_delete:
            over["deletes.enabled"] = False
        return over


@click.command(
    epilog=example(
        "syncd sync --dry-run",
        "syncd sync",
        "syncd sync models/m42",
        "syncd sync --max-delete 100% models/m42",
        "syncd sync --plan plan.json && syncd sync --apply plan.json",
    )
)
@click.argument("paths", nargs=-1, metavar="[PATH]...", shell_complete=completed_paths)
@click.option("-n", "--dry-run", is_flag=True, help="Print the plan and change nothing.")
@click.option(
    "--plan",
    metavar="FILE",
    shell_complete=completed_paths,
    help="A dry run that also writes its plan to FILE (-: stdout).",
)
@click.option(
    "--apply",
    metavar="FILE",
    shell_complete=completed_paths,
    help="Do exactly the plan in FILE, or nothing where it is out of date.",
)
@click.option("--max-delete", callback=_brake, metavar="N|N%", help="Hold deletes beyond this, for this run.")
@click.option("--no-delete", is_flag=True, help="Upload only.")
@click.option("--quick", is_flag=True, help="Ask the service only for sets whose folder changed.")
@click.option("--checksum", is_flag=True, help="Read every file anew, whatever is remembered of it.")
@click.option(
    "--wait",
    type=Seconds(),
    callback=_seconds,
    default=60.0,
    metavar="S",
    help="Wait at most S seconds to try again (60).",
)
@click.option("--detailed-exitcode", is_flag=True, help="With --dry-run: exit 3 when something is to be done.")
@common
def sync(options: Options, /, **given: object) -> int:
    """Bring the image sets in line with the folders, once, and end."""
    asked = Asked(**given)  # type: ignore[arg-type]
    _refuse_contradictions(asked)
    return _applied(options, asked) if asked.apply is not None else _synced(options, asked)


def _refuse_contradictions(asked: Asked) -> None:
    if asked.apply is None:
        return
    with_it = {
        "a PATH": bool(asked.paths),
        "--plan": asked.plan is not None,
        "--max-delete": asked.max_delete is not None,
        "--no-delete": asked.no_delete,
        "--quick": asked.quick,
    }
    if named := [name for name, there in with_it.items() if there]:
        raise UsageError(
            f"--apply does exactly what its plan says, and takes no {named[0].removeprefix('a ')}",
            "Leave it out, or make a plan with it: syncd sync --plan FILE.",
        )


def _synced(options: Options, asked: Asked) -> int:
    from syncd.cli import plan_file
    from syncd.engine.passing import Wishes
    from syncd.plan.verdict import exit_code

    if asked.plan == "-":
        options = replace(options, json=True)
    elif asked.plan is not None:
        plan_file.refuse_place(asked.plan)
    console = Console(options)
    wishes = Wishes(asked.dry_run or asked.plan is not None, asked.wait, not asked.paths, quick=asked.quick)
    with opened(console, asked, wishes, asked.overrides) as made:
        done = one_pass(console, made, asked.paths, wishes)
    if asked.plan is not None and asked.plan != "-":
        plan_file.write(asked.plan, _document(console, done, asked.overrides))
    tell(console, done, asked.overrides)
    return exit_code(done, detailed=asked.detailed_exitcode)


def _applied(options: Options, asked: Asked) -> int:
    """Do the plan in a file. Raises UsageError where it is none, and StalePlan where it holds no more."""
    from syncd.cli import plan_file
    from syncd.engine.passing import Pass, Wishes
    from syncd.plan.verdict import exit_code

    console = Console(options)
    planned = plan_file.read(asked.apply or "")
    wishes = Wishes(asked.dry_run, asked.wait, script=planned.script)
    with opened(console, asked, wishes, planned.overrides) as made:
        targets = plan_file.targets_of(planned, made)
        _say_paused(console, made, wishes)
        done = Pass(made, targets, (), wishes).run()
    done = replace(done, sets=tuple(sorted((*done.sets, *planned.halted), key=lambda one: one.key)))
    tell(console, done, planned.overrides)
    return exit_code(done, detailed=asked.detailed_exitcode)


def opened(
    console: Console, asked: Asked, wishes: Wishes, overrides: Mapping[str, object]
) -> AbstractContextManager[World]:
    """Open the world of a pass, with a bar for who watches."""
    from syncd.cli.world import world
    from syncd.engine.world import NoProgress

    bar = cast("NoProgress", progress(console.options))
    return world(console, dry_run=wishes.dry_run, overrides=overrides, progress=bar, checksum=asked.checksum)


def one_pass(console: Console, made: World, paths: tuple[str, ...], wishes: Wishes) -> PassPlan:
    """Pass over the sets at some paths, or for none over everything. Raises UsageError for a path in no set."""
    from syncd.engine.passing import Pass
    from syncd.engine.targets import find_targets, select

    targets, notes = find_targets(made.places, made.store.sets.recorded())
    if paths:
        targets, notes = select(targets, made.places, paths, os.getcwdb()), ()
    _say_paused(console, made, wishes)
    return Pass(made, targets, notes, wishes).run()


def _say_paused(console: Console, made: World, wishes: Wishes) -> None:
    if made.store.meta.paused() and not wishes.dry_run:
        console.note("The daemon is paused; this run acts all the same.")


def tell(console: Console, done: PassPlan, overrides: Mapping[str, object] = NO_OVERRIDES) -> None:
    """Tell what a pass did, or would do: a document for machines, or lines for people."""
    from syncd.cli.plans import show

    if console.options.json:
        console.document(_document(console, done, overrides))
    else:
        show(console, done)


def _document(console: Console, done: PassPlan, overrides: Mapping[str, object]) -> dict[str, object]:
    from syncd.cli.plan_file import sealed
    from syncd.cli.plans import document

    written = document(done, unchanged=console.options.verbose > 0)
    return sealed(written, done, overrides) if done.dry_run else written
