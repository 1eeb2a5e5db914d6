"""The configuration's second source: variables named SYNCD_<SECTION>_<KEY>."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from functools import partial
from typing import get_origin

from syncd.config.schema import keys, section_type
from syncd.model.names import shown_text

PREFIX = "SYNCD_"
NOT_CONFIG = frozenset({"SYNCD_CONFIG", "SYNCD_API_KEY"})
TOLD = frozenset(
    f"SYNCD_{fact}" for fact in ("EVENT", "REASON", "FOLDER", "MODEL_ID", "IMAGE_TYPE", "DETAIL", "REMEDY", "HELD")
)
"""What `notify.command` is told: it may call us in turn."""
_WORDS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


def variable(key: str) -> str:
    """Return the name of the variable that sets a key."""
    return PREFIX + key.replace(".", "_").upper()


def from_environment(environ: Mapping[str, str]) -> dict[str, object]:
    """Return the keys that variables set. What does not read as the key's type stays text, for the schema to judge."""
    return {key: _value(key, environ[name]) for key in keys() if (name := variable(key)) in environ}


def unknown_variables(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return a sentence for each SYNCD_ variable that means nothing, without its value."""
    known = [*map(variable, keys()), *sorted(NOT_CONFIG)]
    unknown = (name for name in sorted(environ) if name.startswith(PREFIX) and name not in {*known, *TOLD})
    return tuple(map(partial(_unknown, known), unknown))


def _unknown(known: list[str], name: str) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.75)
    meant = f"; did you mean {near[0]}?" if near else ""
    return f"the environment variable {shown_text(name)} is not known and does nothing{meant}"


def _value(key: str, text: str) -> object:
    section, name = keys()[key]
    kind = section_type(section).model_fields[name].annotation
    if get_origin(kind) is tuple:
        return _list(text, split=key != "notify.command")
    if kind is bool:
        return _WORDS.get(text.strip().lower(), text)
    return _number(text, whole=kind is int) if kind in {int, float} else text


def _number(text: str, *, whole: bool) -> object:
    try:
        return int(text) if whole else float(text)
    except ValueError:
        return text


def _list(text: str, *, split: bool) -> object:
    """Read a TOML array, else what stands between commas; a command line is left whole."""
    if text.lstrip().startswith("["):
        try:
            return tomllib.loads(f"list = {text}")["list"]
        except tomllib.TOMLDecodeError:
            return text
    return [part.strip() for part in text.split(",") if part.strip()] if split else text
