"""`syncd flush`: wait until the daemon has everything in sync, or cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syncd.cli.console import Console
from syncd.cli.options import Options, common, example
from syncd.errors import ExitCode, SyncdError
from syncd.model.counted import count

if TYPE_CHECKING:
    from syncd.model.clock import MachineClock
    from syncd.store import Store

TIMEOUT_SECONDS = 300.0
POLL_SECONDS = 0.1

_WORDS = {
    ExitCode.OK: "in sync",
    ExitCode.SOME_FAILED: "some photos failed; `syncd status` and `syncd explain PATH` tell which, and why",
    ExitCode.HALTED: "a set is halted, or holds deletes; `syncd status` tells which, and why",
    ExitCode.TEMPORARY: "not in sync yet; the daemon goes on trying",
    ExitCode.KEY_REJECTED: "the service does not accept the key",
    ExitCode.NEEDS_A_PERSON: "the state needs a person; `syncd doctor` tells more",
}


@click.command(epilog=example("syncd flush", "syncd flush --timeout 30 models/m42"))
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0),
    default=TIMEOUT_SECONDS,
    show_default=True,
    metavar="S",
    help="Wait at most S seconds.",
)
@common
def flush(options: Options, *, paths: tuple[str, ...], timeout: float) -> int:
    """Wait until the daemon has everything, or the sets at some paths, in sync, or cannot.

    It looks at them at once, whatever it was waiting for. Ends with 0 when all is in sync; 4 where a person is
    wanted; 5 when the time was up before; 1 where some photos failed, or no daemon is at work.
    """
    from syncd.cli.paths import chosen_targets
    from syncd.cli.world import session
    from syncd.model.clock import MachineClock

    console, clock = Console(options), MachineClock()
    with session(console, writing=False) as looked:
        _refuse_idle(looked.store, clock)
        scopes = [str(target.key) for target in chosen_targets(looked, paths)]
    with session(console, writing=True) as opened:
        number = opened.store.flushes.ask(scopes)
        try:
            code = _wait(opened.store, number, timeout, clock)
        finally:
            opened.store.flushes.drop(number)
    if options.json:
        console.document({"in_sync": code == ExitCode.OK, "sets": len(scopes)})
    else:
        console.say(f"{count(len(scopes), 'set')}: {_WORDS.get(code, _WORDS[ExitCode.TEMPORARY])}.")
    return code


def _wait(store: Store, number: int, timeout: float, clock: MachineClock) -> ExitCode:
    until = clock.now().uptime + timeout
    while (code := store.flushes.answer_to(number)) is None:
        if clock.now().uptime >= until:
            return ExitCode.TEMPORARY
        _refuse_idle(store, clock)
        clock.sleep(POLL_SECONDS)
    return ExitCode(code)


def _refuse_idle(store: Store, clock: MachineClock) -> None:
    """Raise where no daemon will ever answer."""
    if store.presence.look(clock.now()) is None:
        raise SyncdError("No daemon is at work with this state", "Start it: syncd run. Or run `syncd sync`.")
    if store.meta.paused():
        raise SyncdError("The daemon is paused", "Let it go on: syncd resume.")
