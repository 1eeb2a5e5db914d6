"""The types that configuration values have. Each carries, as `Allowed`, the words for what it takes."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationInfo

from syncd.config import brake
from syncd.config.addresses import listen_address, picture_host, service_url
from syncd.config.ignore import check
from syncd.model.names import unplain
from syncd.model.plan import MaxDelete, Overflow
from syncd.model.sets import SERVICE_LIMIT, ImageType, is_id

PLACES = ("{model_id}", "{image_type}")
_LONGEST = 1_000_000_000  # seconds; what the platform's waits take is not much more


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a value may be, to stand after `must be`; the words among which it chooses, if it does."""

    words: str
    choices: tuple[str, ...] = ()


def one_of(*words: str) -> Allowed:
    """Say that one of these words is allowed."""
    return Allowed("one of " + ", ".join(words), words)


def _text(written: object) -> str:
    if not isinstance(written, str) or "\0" in written:
        raise ValueError("not text")
    return written


def absolute(written: object, info: ValidationInfo) -> bytes:
    r"""Read a path: `~` is home, `\xNN` a byte, and a relative one starts at `base` of the context."""
    text = _text(written)
    if not text:
        raise ValueError("empty")
    base = (info.context or {}).get("base", b".")
    return os.path.abspath(os.path.join(base, os.path.expanduser(unplain(text))))


def _layout(written: object) -> str:
    segments = _text(written).removesuffix("/").split("/")
    literal = [segment for segment in segments if segment not in PLACES]
    if any(segments.count(place) != 1 for place in PLACES):
        raise ValueError("a place is missing or named twice")
    if any(segment in {"", ".", ".."} or set("{}") & set(segment) for segment in literal):
        raise ValueError("not a plain segment")
    return "/".join(segments)


def _listen(written: object) -> str:
    text = _text(written)
    if text:
        listen_address(text)
    return text


def _pattern(written: object) -> str:
    check(text := _text(written))
    return text


def _model_id(written: object) -> str:
    if not is_id(text := _text(written)):
        raise ValueError("not an id")
    return text


def _command(written: object, info: ValidationInfo) -> tuple[str, ...]:
    parts = shlex.split(written) if isinstance(written, str) else written
    if not isinstance(parts, list | tuple):
        raise ValueError("not a command")  # noqa: TRY004 - pydantic collects ValueError alone
    words = tuple(map(_text, parts))
    if words and not words[0]:
        raise ValueError("no program")
    if words and "/" in words[0]:
        return os.fsdecode(absolute(words[0], info)), *words[1:]
    return words


def _state_url(written: object, info: ValidationInfo) -> str:
    text = _text(written)
    scheme, separator, rest = text.partition("://")
    if not separator or not re.fullmatch(r"[a-z][a-z0-9]*(\+[a-z0-9_]+)?", scheme):
        raise ValueError("not a URL")
    if scheme.partition("+")[0] != "sqlite" or rest.startswith("/file:"):
        return text
    path, mark, query = rest.removeprefix("/").partition("?")
    if not rest.startswith("/") or path in {"", ":memory:"}:
        raise ValueError("no file")
    return f"{scheme}:///{os.fsdecode(absolute(path, info))}{mark}{query}"


def tables(written: object) -> object:
    """Take a TOML array of tables as the tuple that it becomes."""
    return tuple(written) if isinstance(written, list) else written


def sqlite_url(path: bytes) -> str:
    """Write the SQLAlchemy URL of an SQLite file; ValueError where no URL can name it."""
    if b"?" in path:
        raise ValueError("a question mark ends the path of a URL")
    return f"sqlite:///{os.fsdecode(path)}"


def _each(check: Callable[[object], str]) -> Callable[[object], tuple[str, ...]]:
    def read(written: object) -> tuple[str, ...]:
        if not isinstance(written, list | tuple):
            raise ValueError("not a list")  # noqa: TRY004 - pydantic collects ValueError alone
        return tuple(check(one) for one in written)

    return read


Seconds = Annotated[
    float, Field(ge=0, le=_LONGEST, allow_inf_nan=False), Allowed(f"a number of seconds from 0 to {_LONGEST}")
]
Period = Annotated[
    float, Field(gt=0, le=_LONGEST, allow_inf_nan=False), Allowed(f"a number of seconds above 0, up to {_LONGEST}")
]
Cap = Annotated[float, Field(ge=0, le=1e15, allow_inf_nan=False), Allowed("a number, 0 (no cap) or more")]
Concurrency = Annotated[int, Field(ge=1, le=1024), Allowed("a whole number from 1 to 1024")]
Limit = Annotated[int, Field(ge=1, le=SERVICE_LIMIT), Allowed(f"a whole number from 1 to {SERVICE_LIMIT}")]
RequestBytes = Annotated[int, Field(ge=1, le=20_000_000), Allowed("a whole number of bytes from 1 to 20000000")]
YesNo = Annotated[bool, Allowed("true or false")]

FilePath = Annotated[bytes, BeforeValidator(absolute), Allowed("a path")]
OptionalPath = Annotated[bytes | None, BeforeValidator(absolute), Allowed("a path")]
BaseUrl = Annotated[
    str,
    BeforeValidator(lambda written: service_url(_text(written))),
    Allowed("an https:// address without user, query or fragment (http:// is accepted for this machine alone)"),
]
PictureHosts = Annotated[
    tuple[str, ...],
    BeforeValidator(_each(lambda written: picture_host(_text(written)))),
    Allowed('a list of host names such as ["pictures.example.com"]'),
]
Layout = Annotated[
    str,
    BeforeValidator(_layout),
    Allowed("a relative path with {model_id} and {image_type} once each as whole segments"),
]
Patterns = Annotated[
    tuple[str, ...],
    BeforeValidator(_each(_pattern)),
    Allowed('a list of gitignore-style patterns such as ["*.psd", "!*.part"]'),
]
ModelId = Annotated[
    str,
    BeforeValidator(_model_id),
    Allowed("a model id in quotes: letters, digits and . _ : ~ -, not a dot first, at most 128"),
]
SetType = Annotated[ImageType, Field(strict=False), one_of(*ImageType)]
Slots = Annotated[Overflow, Field(strict=False), one_of(*Overflow)]
Brake = Annotated[MaxDelete, BeforeValidator(brake.max_delete), Allowed(brake.ALLOWED)]
StateUrl = Annotated[
    str,
    BeforeValidator(_state_url),
    Allowed("an SQLAlchemy URL such as sqlite:////var/lib/syncd/state.db"),
]
Listen = Annotated[str, BeforeValidator(_listen), Allowed('host:port such as 127.0.0.1:8787, or "" for off')]
Command = Annotated[
    tuple[str, ...],
    BeforeValidator(_command),
    Allowed('a program and its arguments such as ["/usr/local/bin/tell", "me"]'),
]
