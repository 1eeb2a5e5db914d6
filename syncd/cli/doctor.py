"""`syncd doctor`: what keeps it from working, and what to do about it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from syncd.cli.console import Console
from syncd.cli.options import Options, common, example
from syncd.cli.settings import api_key, settings
from syncd.errors import ConfigError, worst
from syncd.model.names import shown, shown_text

if TYPE_CHECKING:
    from syncd.config.load import Loaded
    from syncd.engine.doctor import Check


@click.command(epilog=example("syncd doctor", "syncd doctor --json"))
@common
def doctor(options: Options) -> int:
    """Look at config, key, service, clock, folders, watches, state and markers. Changes nothing.

    Exits 0 when all is well, else with the code of the worst.
    """
    console = Console(options)
    checks = _checks(console)
    if options.json:
        console.document({"checks": [_document(one) for one in checks]})
    else:
        _show(console, checks)
    return worst([one.code for one in checks])


def _checks(console: Console) -> list[Check]:
    from syncd.engine.doctor import ill, well

    try:
        loaded = settings(console)
    except ConfigError as error:
        # Everything else is found by the configuration.
        return [ill("config", error)]
    return [well("config", shown(loaded.path)), *_remote(loaded), *_local(loaded)]


def _remote(loaded: Loaded) -> list[Check]:
    from syncd.cli.world import image_service
    from syncd.config.key import key_source
    from syncd.engine.doctor import check_service, ill
    from syncd.model.clock import MachineClock

    try:
        key = api_key(loaded)
    except ConfigError as error:
        return [ill("key", error)]
    source = key_source(loaded.config.service.api_key_file, os.environ)
    clock = MachineClock()
    with image_service(loaded.config, key, clock) as service:
        return check_service(service, clock, loaded.config.service.base_url, source.name if source else "")


def _local(loaded: Loaded) -> list[Check]:
    from syncd.cli.world import places_of
    from syncd.engine.doctor import check_folders, check_markers, check_state
    from syncd.engine.watching import check_watches
    from syncd.model.clock import MachineClock

    places = places_of(loaded.config)
    state, store = check_state(loaded.config.state.url, MachineClock())
    try:
        return [
            check_folders(places, store),
            check_watches(places, loaded.config.dataset.watch),
            state,
            check_markers(places, store),
        ]
    finally:
        if store is not None:
            store.close()


def _document(one: Check) -> dict[str, object]:
    return {"name": one.name, "ok": one.ok, "detail": one.detail, "remedy": one.remedy}


def _show(console: Console, checks: list[Check]) -> None:
    for one in checks:
        if one.ok and console.options.quiet:
            continue
        mark = console.paint("ok ", "green") if one.ok else console.paint("BAD", "red")
        console.say(f"{mark}  {one.name:<8} {shown_text(one.detail)}")
        if one.remedy:
            console.say(f"{'':13} what to do: {shown_text(one.remedy)}")
