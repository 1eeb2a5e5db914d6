"""The shapes of the API: JSON to values, or UnexpectedAnswer for anything else."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from syncd.errors import UnexpectedAnswer
from syncd.model.names import shown_text
from syncd.model.remote import RemoteImage, RemoteModel
from syncd.model.secrets import Secrets
from syncd.model.sets import ImageType, is_id, is_image_id

MAX_DEPTH = 32
"""Levels of nesting that an answer may have."""

WORDS = 200
"""Characters of the service's own text that are passed on."""

_SAID = ("message", "err", "error", "detail", "title")
"""Where an error has its text: the first two as documented, the others as is the custom elsewhere."""

SHORTEST_KEY = 12
"""Characters; what is shorter may be a part of any word or id."""

_PORTAL = "A proxy or a login page may stand in between; `syncd doctor` tells more."

_TYPES = {kind.casefold(): kind for kind in (*map(str, ImageType), "output")} | {"input": str(ImageType.MODEL_INPUT)}

Document = Mapping[str, object]


def document(body: bytes | None) -> Document | None:
    """Read a JSON object; None for anything else: HTML, cut, nested too deeply."""
    if body is None:
        return None
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) and _is_shallow(parsed) else None


def success(body: bytes | None, what: str, secret: str = "") -> Document:
    """Return a successful answer, which says "OK" or nothing of its status."""
    answer = document(body)
    if answer is None:
        raise unexpected(what, "it is not the API's JSON")
    if not says_ok(answer):
        raise unexpected(what, f"the service says {words(answer, secret) or 'that it is not OK'}")
    return _without(answer, body or b"", secret)


def is_error(answer: Document | None) -> bool:
    """Tell whether these are the API's words for a failure: any JSON object, since it promises no field of it."""
    return answer is not None and not ("status" in answer and says_ok(answer))


def says_ok(answer: Document) -> bool:
    """Tell whether an answer says "OK", in whatever case, or nothing of its status."""
    status = answer.get("status", "OK")
    return isinstance(status, str) and status.casefold() == "ok"


def words(answer: Document | None, secret: str = "") -> str:
    """Return the service's own text, escaped, cut, and without the secret; empty where it gave none."""
    texts = [text for name in _SAID for text in _texts(answer.get(name))] if answer else []
    said = ": ".join(dict.fromkeys(filter(None, texts)))
    return shown_text(_secrets(secret).redact(said) if secret else said, WORDS)


def items(value: object, what: str) -> list[object]:
    """Return a `result` that must be a list."""
    if not isinstance(value, list):
        raise unexpected(what, "its result is not a list")
    return value


def image(item: object, what: str, *, model_id: str | None = None) -> RemoteImage:
    """Read an image; one of another model than `model_id` is no answer to what was asked."""
    fields = _fields(item, what)
    found = _optional_id(fields.get("modelID"), what)
    if model_id is not None and found not in {None, model_id}:
        raise unexpected(what, "it names images of another model")
    return RemoteImage(
        id=_id(fields.get("id"), what, is_image_id),
        model_id=found,
        type=_type(fields.get("type"), what),
        url=_text(fields.get("url")) or None,
        created_at=_text(fields.get("createdAt")),
        raw=fields,
    )


def model(item: object, what: str) -> RemoteModel:
    """Read a model."""
    fields = _fields(item, what)
    name, status = _text(fields.get("name")), _text(fields.get("status"))
    return RemoteModel(id=_id(fields.get("id"), what), name=name, status=status, raw=fields)


def models(found: Sequence[object], what: str) -> list[RemoteModel]:
    """Read the models of a list, but for those that make no sense; a list with no other is no answer."""
    read, fault = [], None
    for item in found:
        try:
            read.append(model(item, what))
        except UnexpectedAnswer as error:
            fault = error
    if fault is not None and not read:
        raise fault
    return read


def page_size(answer: Document) -> int | None:
    """Return the size of a page that the answer names; None where it names none."""
    named = answer.get("pageSize")
    return named if isinstance(named, int) and named > 0 else None


def unexpected(what: str, why: str) -> UnexpectedAnswer:
    """Say that the answer about something cannot be used."""
    return UnexpectedAnswer(f"The service's answer about {what} cannot be used: {why}.", _PORTAL)


def _without(answer: Document, body: bytes, secret: str) -> Document:
    """Return an answer without the secret, in case the service repeats what it was sent."""
    if len(secret) < SHORTEST_KEY:
        return answer
    # To look through every text takes longer than to read them all.
    if b"\\u" not in body and not _secrets(secret).occur_in(body.decode("utf-8", "replace")):
        return answer
    cleaned = _secrets(secret).redacted(answer)
    return cleaned if isinstance(cleaned, dict) else answer


@lru_cache(maxsize=4)
def _secrets(secret: str) -> Secrets:
    return Secrets(secret)


def _fields(item: object, what: str) -> dict[str, object]:
    if not isinstance(item, dict):
        raise unexpected(what, "an entry is not an object")
    return item


def _id(value: object, what: str, fits: Callable[[str], bool] = is_id) -> str:
    # Only what may stand in a request path passes: a hostile id must not turn our DELETE into another one.
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not fits(text):
        raise unexpected(what, "an id is missing or malformed")
    return text


def _optional_id(value: object, what: str) -> str | None:
    return None if value is None else _id(value, what)


def _type(value: object, what: str) -> str | None:
    """Return a type in the upload's vocabulary, in whatever case it comes; lists call modelInput `input`."""
    if value is not None and not isinstance(value, str):
        raise unexpected(what, "an image's type is not a text")
    return _TYPES.get(value.casefold(), value) if value is not None else None


def _text(value: object) -> str:
    """Return a text without lone surrogates, which no file, terminal or socket takes; empty for another thing."""
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else ""


def _texts(value: object) -> list[str]:
    """Return a text, those of a list, or that which is an object's message."""
    inner = value.get("message") if isinstance(value, dict) else value
    return [_text(each) for each in (inner if isinstance(inner, list) else [inner])]


def _is_shallow(value: object) -> bool:
    level: list[object] = [value]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in _children(node)]
        if not level:
            return True
    return False


def _children(node: object) -> list[object]:
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return [child for child in children if isinstance(child, dict | list)]
