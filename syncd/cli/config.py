"""`syncd config`: what is in force."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import click

from syncd.cli.console import Console
from syncd.cli.options import Options, common, example, with_options
from syncd.cli.settings import settings
from syncd.model.names import plain, shown, shown_text

if TYPE_CHECKING:
    from syncd.config.load import Loaded
    from syncd.config.shown import Plain


@click.group(epilog=example("syncd config show"))
@with_options
def config() -> None:
    """Tell what is configured."""


@config.command(epilog=example("syncd config show", "syncd --config photos.toml config show --json"))
@common
def show(options: Options) -> None:
    """Show the effective values and where each came from.

    The API key stays masked: only its source is told.
    """
    from syncd.config.shown import effective

    console = Console(options)
    loaded = settings(console)
    key = _api_key(loaded)
    if options.json:
        console.document(_document(loaded, effective(loaded.config), key))
    else:
        console.say(f"file: {shown(loaded.path)}")
        console.listing(_rows(loaded, effective(loaded.config), key))


def _api_key(loaded: Loaded) -> tuple[str | None, str]:
    """Return the mask, None where there is no key, and where the key comes from."""
    from syncd.config.key import MASK, key_source

    source = key_source(loaded.config.service.api_key_file, os.environ)
    return (MASK, source.name) if source else (None, "none")


def _document(loaded: Loaded, values: dict[str, Plain], key: tuple[str | None, str]) -> dict[str, object]:
    return {
        "file": plain(loaded.path),
        "values": [{"key": name, "value": value, "source": loaded.sources[name]} for name, value in values.items()],
        "api_key": {"value": key[0], "source": key[1]},
    }


def _rows(loaded: Loaded, values: dict[str, Plain], key: tuple[str | None, str]) -> list[list[str]]:
    rows = [[name, _text(value), loaded.sources[name]] for name, value in values.items()]
    return [*rows, ["API key", _text(key[0]), key[1]]]


def _text(value: Plain) -> str:
    match value:
        case None | "" | []:
            return "-"
        case str():
            return shown_text(value)
    return shown_text(json.dumps(value, ensure_ascii=False))
