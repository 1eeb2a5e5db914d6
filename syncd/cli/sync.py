"""`syncd sync`: one pass over everything, or over the sets at some paths."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING, cast

import click

from syncd.cli.console import Console
from syncd.cli.options import Options, common, example
from syncd.cli.progress import progress

if TYPE_CHECKING:
    from syncd.engine.passing import Wishes
    from syncd.engine.world import World
    from syncd.model.plan import PassPlan


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


@click.command(
    epilog=example(
        "syncd sync --dry-run", "syncd sync", "syncd sync models/m42", "syncd sync --max-delete 100% models/m42"
    )
)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("-n", "--dry-run", is_flag=True, help="Print the plan and change nothing.")
@click.option("--max-delete", callback=_brake, metavar="N|N%", help="Hold deletes beyond this, for this run.")
@click.option("--no-delete", is_flag=True, help="Upload only.")
@click.option(
    "--wait",
    type=click.FloatRange(min=0),
    callback=_seconds,
    default=60.0,
    metavar="S",
    help="Wait at most S seconds to try again (60).",
)
@click.option("--detailed-exitcode", is_flag=True, help="With --dry-run: exit 3 when something is to be done.")
@common
def sync(
    options: Options,
    *,
    paths: tuple[str, ...],
    dry_run: bool,
    max_delete: str | None,
    no_delete: bool,
    wait: float,
    detailed_exitcode: bool,
) -> int:
    """Bring the image sets in line with the folders, once, and end."""
    from syncd.cli.world import world
    from syncd.engine.passing import Wishes
    from syncd.engine.world import NoProgress
    from syncd.plan.verdict import exit_code

    console = Console(options)
    overrides = _overrides(max_delete, no_delete=no_delete)
    bar = cast("NoProgress", progress(options))
    with world(console, dry_run=dry_run, overrides=overrides, progress=bar) as made:
        done = one_pass(console, made, paths, Wishes(dry_run, wait, everything=not paths))
    tell(console, done)
    return exit_code(done, detailed=detailed_exitcode)


def one_pass(console: Console, made: World, paths: tuple[str, ...], wishes: Wishes) -> PassPlan:
    """Pass over the sets at some paths, or for none over everything. Raises UsageError for a path in no set."""
    from syncd.engine.passing import Pass
    from syncd.engine.targets import find_targets, select

    targets, notes = find_targets(made.places, made.store.sets.recorded(), made.scanning.ignored)
    if paths:
        targets, notes = select(targets, made.places, paths, os.getcwdb()), ()
    if made.store.meta.paused() and not wishes.dry_run:
        console.note("The daemon is paused; this run acts all the same.")
    return Pass(made, targets, notes, wishes).run()


def tell(console: Console, done: PassPlan) -> None:
    """Tell what a pass did, or would do: a document for machines, or lines for people."""
    from syncd.cli.plans import document, show

    if console.options.json:
        console.document(document(done, unchanged=console.options.verbose > 0))
    else:
        show(console, done)


def _overrides(max_delete: str | None, *, no_delete: bool) -> dict[str, object]:
    overrides: dict[str, object] = {}
    if max_delete is not None:
        overrides["deletes.max_delete"] = max_delete
    if no_delete:
        overrides["deletes.enabled"] = False
    return overrides
