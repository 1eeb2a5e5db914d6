"""What every command with a configuration begins with."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from syncd.cli.console import Console
from syncd.cli.logs import set_up
from syncd.cli.redact import SECRETS

if TYPE_CHECKING:
    from syncd.config.key import Key
    from syncd.config.load import Loaded


def settings(
    console: Console,
    overrides: Mapping[str, object] | None = None,
    environ: Mapping[str, str] = os.environ,
    *,
    warn: bool = True,
) -> Loaded:
    """Load the configuration that the options and the environment name. Its warnings and all logs go to stderr.

    `overrides` are options of the command itself, as `section.key`. Raises ConfigError.
    """
    from syncd.config.load import load
    from syncd.config.places import Places

    set_up(console.options)
    given = console.options.config
    places = Places(environ, os.getcwdb())
    loaded = load(places, os.fsencode(given) if given is not None else None, overrides)
    for warning in loaded.warnings if warn else ():
        console.warn(warning)
    return loaded


def api_key(loaded: Loaded, environ: Mapping[str, str] = os.environ) -> Key:
    """Read the API key, and see to it that no log repeats it. Raises ConfigError."""
    from syncd.config.key import read_key

    key = read_key(loaded.config.service.api_key_file, environ)
    SECRETS.add(key.reveal())
    return key
