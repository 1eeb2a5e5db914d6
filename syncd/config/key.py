"""The API key: where it is read from, and a wrapper that keeps it out of everything that is shown or stored."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass

from syncd.config.secret import checked, read_secret
from syncd.errors import ConfigError
from syncd.model.names import shown

MASK = "***"
VARIABLE = "SYNCD_API_KEY"
_CREDENTIAL = b"api_key"
_WHAT = "API key"


class Key:
    """The API key. Only `reveal` gives it away; repr, str, format and pickle show a mask."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the key itself, for the one header that carries it and for what redacts it."""
        return self._text

    def fingerprint(self, salt: bytes) -> str:
        """Return 16 hex digits that tell keys apart and lead back to none."""
        return hmac.new(salt, self._text.encode("ascii"), hashlib.sha256).hexdigest()[:16]

    def __repr__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __reduce__(self) -> tuple[type[Key], tuple[str]]:
        return Key, (MASK,)

    def __copy__(self) -> Key:
        return self

    def __deepcopy__(self, _: object) -> Key:
        return self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and hmac.compare_digest(self._text, other._text)

    def __hash__(self) -> int:
        return hash(self._text)


@dataclass(frozen=True, slots=True)
class KeySource:
    """Where the key comes from: a file, or (`file` None) the environment. `name` is for people."""

    name: str
    file: bytes | None = None


def key_source(api_key_file: bytes | None, environ: Mapping[str, str]) -> KeySource | None:
    """Tell which source counts, without opening it: $SYNCD_API_KEY, the configured file, systemd's credential."""
    if environ.get(VARIABLE):
        return KeySource(f"env {VARIABLE}")
    if api_key_file is not None:
        return KeySource(f"file {shown(api_key_file)}", api_key_file)
    credential = os.path.join(os.fsencode(environ.get("CREDENTIALS_DIRECTORY", "")), _CREDENTIAL)
    if os.path.isabs(credential) and os.path.exists(credential):
        return KeySource("systemd credential api_key", credential)
    return None


def read_key(api_key_file: bytes | None, environ: Mapping[str, str]) -> Key:
    """Read the key anew from the source that counts; ConfigError for none, an unsafe or an unusable one."""
    source = key_source(api_key_file, environ)
    if source is None:
        raise ConfigError(
            "No API key: neither $SYNCD_API_KEY, nor service.api_key_file, nor a systemd credential api_key is set",
            "Put the key into a file of mode 600 and name it as service.api_key_file, or set SYNCD_API_KEY.",
        )
    written = environ[VARIABLE] if source.file is None else read_secret(source.file, _WHAT, "service.api_key_file")
    return Key(checked(written, source.name, _WHAT))
