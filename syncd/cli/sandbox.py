"""`syncd sandbox`: a local service to try things on."""

from __future__ import annotations

import click

from syncd.cli.options import Options, common, completed_paths, example
from syncd.errors import UsageError

_SEED = "What is there at first: models=N, foreign=N, output=N. Images of each model that no one of you sent."
_MISBEHAVE = (
    "How it fails: latency=S, lag=S, page-cap=N, re-encode=1, and shares of requests: 429=SHARE, 503=SHARE, "
    "html=SHARE, lost=SHARE, cut=SHARE (of the last three everything took effect); dice=N for other luck."
)


@click.command(
    epilog=example(
        "syncd sandbox",
        "syncd sandbox --listen 127.0.0.1:0 --data ./sandbox-data",
        "syncd sandbox --seed models=3,foreign=5,output=2",
        "syncd sandbox --misbehave latency=0.2,429=0.1,lost=0.05,lag=5",
    )
)
@click.option(
    "--listen", default="127.0.0.1:8788", show_default=True, metavar="HOST:PORT", help=":0 takes a free port."
)
@click.option(
    "--data",
    metavar="DIR",
    shell_complete=completed_paths,
    help="Keep the images here; without it they go with the process.",
)
@click.option("--seed", multiple=True, metavar="KIND=N,…", help=_SEED)
@click.option("--misbehave", multiple=True, metavar="KIND=VALUE,…", help=_MISBEHAVE)
@common
def sandbox(
    options: Options, *, listen: str, data: str | None, seed: tuple[str, ...], misbehave: tuple[str, ...]
) -> None:
    """Run a local service with the documented API, for trying and testing.

    Prints base_url, api_key, model_id and `ready: yes`, one a line, and serves until it is stopped. Its description
    in OpenAPI is at /openapi.json of the same address.
    """
    from syncd.sandbox.serve import serve
    from syncd.sandbox.server import ListenError
    from syncd.sandbox.wishes import Misbehaviour, Seeds, wishes

    try:
        seeds, faults = wishes(Seeds(), seed), wishes(Misbehaviour(), misbehave)
    except ValueError as error:
        raise UsageError(str(error), "See syncd sandbox --help.") from error
    try:
        serve(listen, data, as_json=options.json, seeds=seeds, faults=faults)
    except ListenError as error:
        raise UsageError(str(error), "Name an address such as 127.0.0.1:8788.") from error
    except ValueError as error:
        raise UsageError(str(error), "Name a folder of the sandbox's own, or a new one: --data DIR.") from error
