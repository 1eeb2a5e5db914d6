"""`syncd rebuild`: the state anew from what is up."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, cast

import click

from syncd.cli.console import Console
from syncd.cli.options import Options, common, example
from syncd.cli.progress import progress

if TYPE_CHECKING:
    from syncd.engine.world import NoProgress
    from syncd.model.plan import PassPlan

_QUESTION = "Forget what is remembered of all sets, and match what is up with the folders again?"


@click.command(epilog=example("syncd rebuild", "syncd rebuild --yes"))
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@common
def rebuild(options: Options, *, yes: bool) -> int:
    """Make the state anew: match what is up with the photos in the folders, by content.

    Uploads and deletes nothing. What is up and lies in no folder becomes foreign, and is never deleted by syncing.
    A copy of the state as it was is kept beside it. Asks on a terminal only.
    """
    from syncd.cli.plans import document, show
    from syncd.plan.verdict import exit_code

    console = Console(options)
    asks = not (yes or options.json) and sys.stdin.isatty() and sys.stderr.isatty()
    if asks and not click.confirm(_QUESTION, err=True):
        console.note("Nothing was changed.")
        return 0
    done, kept = _rebuilt(console)
    if options.json:
        console.document({**document(done, unchanged=options.verbose > 0), "kept": kept})
    else:
        show(console, done)
        if kept is not None:
            console.note(f"The state as it was is kept as {kept}")
    return exit_code(done)


def _rebuilt(console: Console) -> tuple[PassPlan, str | None]:
    """Pass over everything without sending; tells also where the state as it was is kept."""
    from syncd.cli.settings import settings
    from syncd.cli.sync import one_pass
    from syncd.cli.world import world
    from syncd.engine.passing import Wishes
    from syncd.model.clock import MachineClock
    from syncd.store import keep_copy

    kept = keep_copy(settings(console, warn=False).config.state.url, clock=MachineClock())
    bar = cast("NoProgress", progress(console.options))
    with world(console, dry_run=False, overrides={}, progress=bar, checksum=True) as made:
        return one_pass(console, made, (), Wishes(everything=True, rebuild=True)), kept
