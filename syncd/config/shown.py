"""The effective configuration for readers: plain values, without secrets."""

from __future__ import annotations

import re

from syncd.config.schema import Config, Folder, keys
from syncd.model.names import plain

Plain = str | int | float | bool | None | list["Plain"] | dict[str, "Plain"]

_PASSWORD = re.compile(r"(?<=://)([^/@:]*):[^/]*@")
_QUERY = re.compile(r"(?<=[?&]password=)[^&]*")


def effective(config: Config) -> dict[str, Plain]:
    """Return each key with its value as JSON knows it: paths escaped, a password in state.url masked."""
    values = {key: _plain(getattr(getattr(config, section), name)) for key, (section, name) in keys().items()}
    values["state.url"] = _QUERY.sub("***", _PASSWORD.sub(r"\1:***@", config.state.url))
    return values


def _plain(value: object) -> Plain:
    match value:
        case bytes():
            return plain(value)
        case tuple():
            return [_plain(one) for one in value]
        case Folder():
            return {name: _plain(getattr(value, name)) for name in Folder.model_fields}
    return _scalar(value)


def _scalar(value: object) -> Plain:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    # Enums are text too, and MaxDelete is written as it was read.
    return value if value is None or isinstance(value, bool | int | float) else str(value)
