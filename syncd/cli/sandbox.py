"""`syncd sandbox`: a local service to try things on."""

from __future__ import annotations

import click

from syncd.cli.options import Options, common, completed_paths, example
from syncd.errors import UsageError


@click.command(epilog=example("syncd sandbox", "syncd sandbox --listen 127.0.0.1:0 --data ./sandbox-data"))
@click.option(
    "--listen", default="127.0.0.1:8788", show_default=True, metavar="HOST:PORT", help=":0 takes a free port."
)
@click.option(
    "--data",
    metavar="DIR",
    shell_complete=completed_paths,
    help="Keep the images here; without it they go with the process.",
)
@common
def sandbox(_: Options, listen: str, data: str | None) -> None:
    """Run a local service with the documented API, for trying and testing.

    Prints base_url, api_key, model_id and `ready: yes`, one a line, and serves until it is stopped.
    """
    from syncd.sandbox.serve import serve

    try:
        serve(listen, data)
    except ValueError as error:
        raise UsageError(str(error), "Name an address such as 127.0.0.1:8788.") from error
