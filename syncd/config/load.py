"""File, environment and options become one Config, or one ConfigError that names every fault."""

from __future__ import annotations

import copy
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from syncd.config.checks import cross_faults
from syncd.config.environment import from_environment, unknown_variables, variable
from syncd.config.faults import Fault, faults_of, sentence
from syncd.config.lines import lines_of
from syncd.config.places import Places
from syncd.config.schema import Config, State, keys
from syncd.config.values import sqlite_url
from syncd.errors import ConfigError
from syncd.model.names import shown, shown_text

REMEDY = "Mend it; config.example.toml describes every key."


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration and where it came from.

    `path` is the file. `sources` says for each key: `default`, `file`, `env SYNCD_…` or `option`.
    `warnings` are sentences for a person, about nothing that stops us.
    """

    config: Config
    path: bytes
    sources: Mapping[str, str]
    warnings: tuple[str, ...] = ()


def load(places: Places, given: bytes | None = None, options: Mapping[str, object] | None = None) -> Loaded:
    """Find and read the configuration; `options` (`section.key`: value) go first. ConfigError names all faults."""
    path = places.find(given)
    text = _read(path)
    written = _parse(path, text)
    sources = _sources(written, from_environment(places.environ), options or {})
    merged = _merge(written, {**from_environment(places.environ), **(options or {})})
    base = os.path.dirname(path)
    config, faults = _validate(merged, base)
    faults += cross_faults(merged, base)
    if config is None or faults:
        raise ConfigError(sentence(faults, shown(path), sources, lines_of(text)), REMEDY)
    return Loaded(_with_state(config, places, path), path, sources, unknown_variables(places.environ))


def _read(path: bytes) -> str:
    try:
        with open(path, "rb") as file:
            return file.read().decode("utf-8-sig").replace("\r\n", "\n")
    except IsADirectoryError as error:
        raise ConfigError(f"{shown(path)} is a folder, not a configuration file", "Name the file in it.") from error
    except OSError as error:
        why = os.strerror(error.errno or 0)
        remedy = "Name a file that exists and that you may read, or run `syncd init` to make one."
        raise ConfigError(f"The configuration {shown(path)} cannot be read: {why}", remedy) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{shown(path)}, line {line}: not UTF-8", "Save it as UTF-8 text.") from None


def _parse(path: bytes, text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        why = shown_text(str(error), 200)
        raise ConfigError(
            f"{shown(path)} is not TOML: {why}", 'Mend that line; text stands in quotes: key = "value".'
        ) from None


def _sources(
    written: Mapping[str, object], environment: Mapping[str, object], options: Mapping[str, object]
) -> dict[str, str]:
    def source(key: str, section: str, name: str) -> str:
        if key in options:
            return "option"
        if key in environment:
            return f"env {variable(key)}"
        table = written.get(section)
        return "file" if isinstance(table, dict) and name in table else "default"

    return {key: source(key, section, name) for key, (section, name) in keys().items()}


def _merge(written: Mapping[str, object], over: Mapping[str, object]) -> dict[str, object]:
    merged = copy.deepcopy(dict(written))
    for key, value in over.items():
        section, _, name = key.partition(".")
        table = merged.setdefault(section, {})
        if isinstance(table, dict):
            table[name] = value
    return merged


def _validate(merged: Mapping[str, object], base: bytes) -> tuple[Config | None, list[Fault]]:
    try:
        return Config.model_validate(merged, context={"base": base}), []
    except ValidationError as error:
        return None, faults_of(error)


def _with_state(config: Config, places: Places, path: bytes) -> Config:
    if config.state.url:
        return config
    try:
        url = sqlite_url(places.default_state(path))
    except ValueError as error:
        message = f"The state cannot lie beside {shown(path)}: {error}"
        raise ConfigError(message, "Set state.url, or move the configuration.") from None
    # Not validated again: a path that is not UTF-8 is good here, and pydantic would not take it.
    return config.model_copy(update={"state": State.model_construct(url=url)})
