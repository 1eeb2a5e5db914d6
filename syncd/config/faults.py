"""What is wrong with a configuration, in words: where it stands, what is allowed, which key was probably meant.

Values are never repeated: one of them may be a key that was put in the wrong place.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from syncd.config.lines import Place, line_of
from syncd.config.schema import Config, Folder, keys, section_type
from syncd.config.values import Allowed
from syncd.model.names import shown_text

_TABLE = Allowed("a table")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, and the place of the key that it is about."""

    place: Place
    words: str


def faults_of(error: ValidationError) -> list[Fault]:
    """Translate what pydantic found, each place once."""
    found = (_fault(tuple(one["loc"]), one["type"], one["input"]) for one in error.errors(include_url=False))
    return list({fault.place: fault for fault in found}.values())


def sentence(faults: Sequence[Fault], file: str, sources: Mapping[str, str], lines: Mapping[Place, int]) -> str:
    """Say all faults in one line, in the order of the file, each with where it stands."""
    located = sorted((_located(fault, sources, lines) for fault in faults), key=lambda one: one[0])
    told = "; ".join(f"{where}: {words}" if where else words for _, where, words in located)
    return f"{file}: {told}" if len(located) == 1 else f"{file} has {len(located)} faults: {told}"


def nearest(word: str, known: Sequence[str]) -> str:
    """Return the known word that was most probably meant."""
    return max(known, key=lambda one: difflib.SequenceMatcher(None, word.lower(), one.lower()).ratio())


def written(place: Place) -> str:
    """Write a place as people name it: `dataset.folders[0].path`."""
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{shown_text(part, 60)}"
    return text.removeprefix(".")


def _located(fault: Fault, sources: Mapping[str, str], lines: Mapping[Place, int]) -> tuple[int, str, str]:
    source = sources.get(written(fault.place[:2]), "file")
    if source not in {"file", "default"}:
        return 0, source, fault.words
    line = line_of(fault.place, lines)
    return line or 0, f"line {line}" if line else "", fault.words


def _fault(place: Place, kind: str, given: object) -> Fault:
    if kind == "extra_forbidden":
        return Fault(place, _unknown(place))
    place, allowed = _meaning(place)
    if kind == "missing":
        return Fault(place, f"{written(place)} is missing; it must be {allowed.words}")
    return Fault(place, f"{written(place)} must be {allowed.words}{_probably(given, allowed)}")


def _probably(given: object, allowed: Allowed) -> str:
    near = difflib.get_close_matches(str(given).lower(), {one.lower(): one for one in allowed.choices}, n=1)
    meant = [one for one in allowed.choices if one.lower() in near]
    return f"; did you mean {meant[0]}?" if meant else ""


def _unknown(place: Place) -> str:
    *table, word = place
    if len(place) == 1:
        return f"{written(place)} is not a section; did you mean {_meant_top(str(word))}? Sections are {_list(Config)}"
    model = Folder if len(place) > 2 else section_type(str(place[0]))
    meant = _meant(str(word), table, model)
    return f"{written(place)} is not a key; did you mean {meant}? [{written(tuple(table))}] takes {_list(model)}"


def _meant(word: str, table: Place | list[str | int], model: type[BaseModel]) -> str:
    elsewhere = [key for key, (_, name) in keys().items() if name == word]
    if elsewhere and model is not Folder:
        return elsewhere[0]
    return written((*table, nearest(word, list(model.model_fields))))


def _meant_top(word: str) -> str:
    homes = [key for key, (_, name) in keys().items() if name == word]
    return homes[0] if homes else f"[{nearest(word, list(Config.model_fields))}]"


def _meaning(place: Place) -> tuple[Place, Allowed]:
    """Cut a place off at the key whose allowed values are known, and return both."""
    model: type[BaseModel] = Config
    allowed, end = _TABLE, 0
    for step, part in enumerate(place, 1):
        if isinstance(part, int):
            # An entry of [[dataset.folders]]: the model already is its own.
            allowed, end = Allowed("a table with path, model_id and image_type"), step
            continue
        field = model.model_fields.get(part)
        if field is None:
            break
        allowed, end, model = _allowed(field), step, _inner(field, model)
        if not _has_keys(field):
            break
    return place[:end], allowed


def _allowed(field: FieldInfo) -> Allowed:
    return next((one for one in field.metadata if isinstance(one, Allowed)), _TABLE)


def _has_keys(field: FieldInfo) -> bool:
    return isinstance(field.annotation, type) or Folder in get_args(field.annotation)


def _inner(field: FieldInfo, outer: type[BaseModel]) -> type[BaseModel]:
    if Folder in get_args(field.annotation):
        return Folder
    inner = field.annotation
    return inner if isinstance(inner, type) and issubclass(inner, BaseModel) else outer


def _list(model: type[BaseModel]) -> str:
    return ", ".join(model.model_fields)
