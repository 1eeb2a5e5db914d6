"""`syncd demo`: a folder of sample photos, a sandbox, and a pass between the two."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import click

from syncd.cli.console import Console
from syncd.cli.options import Options, common, completed_paths, example
from syncd.cli.progress import progress
from syncd.errors import UsageError
from syncd.model.names import shown

if TYPE_CHECKING:
    from syncd.engine.world import NoProgress
    from syncd.model.plan import PassPlan

LISTEN = "127.0.0.1:8788"
"""Where `syncd sandbox` listens unless told otherwise, so that it can go on where the demo ended."""

PAGE = "127.0.0.1:8787"
"""Where the status page is; any other port will do where that one is taken."""

_DATA = ".sandbox"
MARKER = ".syncd-demo"
_MADE = b"This folder was made by `syncd demo`, which may add its samples to it again.\n"
_CONFIG = """\
# The demo's own configuration. `syncd demo` writes it anew each time.

[service]
# A sandbox on this machine instead of the real service, and the key that it made.
base_url = "{base_url}"
api_key_file = ".sandbox/api_key"

[dataset]
# This folder. The photos of a model lie in models/<model id>/modelInput and models/<model id>/auxiliaryType.
root = "."
# Quicker than usual, as somebody is watching.
settle_seconds = 0.5

[deletes]
grace_seconds = 3

[status]
listen = "{page}"

[log]
level = "warning"
"""


@click.command(epilog=example("syncd demo", "syncd demo --once ./try-it"))
@click.argument("folder", default="./syncd-demo", metavar="[DIR]", shell_complete=completed_paths)
@click.option("--once", is_flag=True, help="One pass; prints the result and ends.")
@common
def demo(options: Options, *, folder: str, once: bool) -> int:
    """Show syncd at work on sample photos, with a sandbox in place of the service.

    It stays, as the daemon does, and tells what happens to the photos, until Ctrl-C ends it.

    DIR (./syncd-demo) must be new, empty, or the demo's own; photos that you put there stay. It has a configuration
    of its own, and nothing leaves this machine.
    """
    from syncd.cli.demo_result import begin, result
    from syncd.plan.verdict import exit_code

    if options.json and not once:
        raise UsageError("--json gives one document, and the demo goes on and on", "Run `syncd demo --once --json`.")
    console = Console(options)
    made, page = _prepare(folder), _free(PAGE)
    with _sandbox(folder, page) as base_url:
        begin(console, folder, made, base_url, once=once)
        if not once:
            return _stay(console, folder, page)
        done = _pass(console, folder)
    result(console, folder, _sandbox_again(base_url), done)
    return exit_code(done, detailed=False)


def _prepare(folder: str) -> int:
    """Make the folder, or complete it; tell how many samples were written."""
    from syncd.cli.samples import lay_out, write

    try:
        os.makedirs(folder, exist_ok=True)
        if not os.path.isfile(os.path.join(folder, MARKER)):
            if os.listdir(folder):
                raise _not_ours(folder)
            write(os.path.join(folder, MARKER), _MADE)
        return lay_out(folder)
    except FileExistsError as error:
        raise _not_ours(folder) from error
    except OSError as error:
        raise _unwritable(folder, error) from error


def _not_ours(folder: str) -> UsageError:
    message = f"{shown(os.fsencode(folder))} is not empty and was not made by the demo"
    return UsageError(message, "Name a new or an empty folder: syncd demo --once DIR.")


def _unwritable(folder: str, error: OSError) -> UsageError:
    message = f"The demo cannot write to {shown(os.fsencode(folder))}: {os.strerror(error.errno or 0)}"
    return UsageError(message, "Name a folder that you may write to: syncd demo --once DIR.")


def _free(address: str) -> str:
    """Return this address, or one with another port where it is taken."""
    host, _, port = address.rpartition(":")
    for each in (int(port), 0):
        with suppress(OSError), socket.create_server((host, each)) as bound:
            return f"{host}:{bound.getsockname()[1]}"
    return address


@contextmanager
def _sandbox(folder: str, page: str) -> Iterator[str]:
    """Run the demo's own service, with its model, and write the configuration that leads there."""
    from syncd.cli.samples import MODEL_ID, write
    from syncd.sandbox import ApiError, opened, running

    _forget_lost_sandbox(folder)
    with ExitStack() as stack:
        try:
            service = stack.enter_context(opened(os.path.join(folder, _DATA)))
        except ValueError as error:
            remedy = "End the sandbox that runs there, or let the demo make another folder: syncd demo --once DIR."
            raise UsageError(str(error), remedy) from error
        try:
            service.model(MODEL_ID)
        except ApiError:
            service.create_model(MODEL_ID, "Demo portrait")
        try:
            base_url = stack.enter_context(running(service, listen=LISTEN))
        except ValueError:  # taken; any other will do
            base_url = stack.enter_context(running(service))
        try:
            write(os.path.join(folder, "syncd.toml"), _CONFIG.format(base_url=base_url, page=page).encode())
        except OSError as error:
            raise _unwritable(folder, error) from error
        yield base_url


def _forget_lost_sandbox(folder: str) -> None:
    """Begin anew where the sandbox's data were thrown away: what the state remembers of it is gone for good."""
    if os.path.lexists(os.path.join(folder, _DATA)):
        return
    for name in ("state.db", "state.db-wal", "state.db-shm"):
        with suppress(FileNotFoundError):
            os.remove(os.path.join(folder, name))


def _sandbox_again(base_url: str) -> str:
    """Return the command that runs the same sandbox at the same address, from within the folder."""
    address = base_url.removeprefix("http://").partition("/")[0]
    return f"syncd sandbox --data {_DATA}" + ("" if address == LISTEN else f" --listen {address}")


def _stay(console: Console, folder: str, page: str) -> int:
    from syncd.cli.demo_stay import stay_and_tell
    from syncd.daemon.inbox import Inbox

    inbox = Inbox()
    with inbox.hearing():
        return stay_and_tell(console, _own(console, folder), inbox, folder, f"http://{page}/")


def _own(console: Console, folder: str) -> Console:
    return Console(replace(console.options, config=os.path.join(folder, "syncd.toml")))


def _pass(console: Console, folder: str) -> PassPlan:
    from syncd.cli.sync import one_pass, tell
    from syncd.cli.world import world
    from syncd.engine.passing import Wishes

    own = _own(console, folder)
    bar = cast("NoProgress", progress(console.options))
    # Without the environment: what it names may be the real service and the real key.
    with world(own, dry_run=False, overrides={}, progress=bar, environ={}) as made:
        done = one_pass(own, made, (), Wishes())
    tell(console, done)
    return done
