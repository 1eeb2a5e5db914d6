"""The effective configuration for readers: plain values, without secrets."""

from __future__ import annotations

import re

from syncd.config.schema import Config, Folder, keys
from syncd.model.names import plain
from syncd.model.plan import MaxDelete

Plain = str | int | float | bool | None | list["Plain"] | dict[str, "Plain"]

_PASSWORD = re.compile(r"(?<=://)([^/@:]*):[^/]*@")


def effective(config: Config) -> dict[str, Plain]:
    """Return each key with its value as JSON knows it: paths escaped, a password in state.url masked."""
    values = {key: _plain(getattr(getattr(config, section), name)) for key, (section, name) in keys().items()}
    values["state.url"] = _PASSWORD.sub(r"\1:***@", config.state.url)
    return values


def _plain(value: object) -> Plain:
    match value:
        case bytes():
            return plain(value)
        case MaxDelete():
            return str(value)
        case tuple():
            return [_plain(one) for one in value]
        case Folder():
            return {name: _plain(getattr(value, name)) for name in Folder.model_fields}
        case float() if value.is_integer():
            return int(value)
        case bool() | int() | float() | None:
            return value
    return str(value)
