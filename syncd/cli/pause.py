"""`syncd pause` and `syncd resume`: a wish in the state, which the daemon follows."""

from __future__ import annotations

import click

from syncd.cli.console import Console
from syncd.cli.options import Options, common, example

_RESTS = "Paused: the daemon begins nothing until `syncd resume`. An explicit `syncd sync` still acts."
_GOES_ON = "Resumed: the daemon goes on."


@click.command(epilog=example("syncd pause"))
@common
def pause(options: Options) -> int:
    """Let the daemon rest, also across restarts, until `syncd resume`. An explicit `syncd sync` still acts."""
    return _want(Console(options), paused=True)


@click.command(epilog=example("syncd resume"))
@common
def resume(options: Options) -> int:
    """Let the daemon go on."""
    return _want(Console(options), paused=False)


def _want(console: Console, *, paused: bool) -> int:
    changed = _set(console, paused=paused)
    if console.options.json:
        console.document({"paused": paused, "changed": changed})
    elif changed:
        console.say(_RESTS if paused else _GOES_ON)
    else:
        console.say("It is paused already." if paused else "It was not paused.")
    return 0


def _set(console: Console, *, paused: bool) -> bool:
    """Write the wish down; tell whether it changed anything."""
    from syncd.cli.world import session
    from syncd.model.clock import MachineClock
    from syncd.store import open_state

    with session(console, writing=False) as opened:
        if opened.store.meta.paused() == paused:
            return False
        url = opened.loaded.config.state.url
    # Whoever pauses before the first sync means it: then this makes the state.
    with open_state(url, create=True, clock=MachineClock()) as store:
        store.meta.set_paused(paused=paused)
    return True
