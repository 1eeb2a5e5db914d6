"""What a request asks for, checked: whatever is missing or of the wrong kind is a 400."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import IO, TypeVar

from flask import Request
from werkzeug.wrappers import Request as AnyRequest

from syncd.sandbox.values import ApiError, ImageType, Traits

PAGE_SIZE = 20
LARGEST_PAGE = 100

T = TypeVar("T")

# Two vocabularies for one thing, as documented.
_UPLOADED = {"modelInput": ImageType.MODEL_INPUT, "auxiliaryType": ImageType.AUXILIARY}
_LISTED = {
    "all": None,
    "input": ImageType.MODEL_INPUT,
    "output": ImageType.OUTPUT,
    "auxiliaryType": ImageType.AUXILIARY,
}


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload: a picture for a set."""

    model_id: str
    type: ImageType
    picture: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing, counted from 1, of one type or (None) all."""

    type: ImageType | None
    number: int
    size: int


def upload(request: Request) -> Upload:
    """Read the parts `file` and `data` of an upload."""
    # A part without a file name is a text field, so that only one with a name is found here.
    file, data = request.files.get("file"), request.form.get("data")
    if file is None or not file.filename:
        raise ApiError(400, "The upload has no part `file` with a file name")
    if data is None:
        raise ApiError(400, "The upload has no part `data`")
    wanted = _object(data.encode(), "The part `data`")
    model_id, image_type = wanted.get("modelID"), wanted.get("type")
    if not isinstance(model_id, str):
        raise ApiError(400, "`modelID` in the part `data` is not a string")
    return Upload(model_id, _one_of(_UPLOADED, image_type, "type"), _whole(file.stream))


def page(request: AnyRequest) -> Page:
    """Read the query of a listing. A page that is asked too large is cut to the largest."""
    image_type = _one_of(_LISTED, request.args.get("imageType", "all"), "imageType")
    size = _count(request.args.get("pageSize", str(PAGE_SIZE)), "pageSize")
    return Page(image_type, _count(request.args.get("pageNum", "1"), "pageNum"), min(size, LARGEST_PAGE))


def model(request: Request) -> tuple[str | None, Traits]:
    """Read what is said of a model, and the id of the one to update, if any."""
    wanted = _object(request.get_data(), "The request")
    name, age, gender = wanted.get("name"), wanted.get("age"), wanted.get("gender")
    if not isinstance(name, str) or not name.strip():
        raise ApiError(400, "`name` is not a text")
    if not isinstance(age, int | float) or isinstance(age, bool) or not 0 <= age < 1000:
        raise ApiError(400, "`age` is not a number of years")
    if gender not in ("Male", "Female"):
        raise ApiError(400, "`gender` is neither Male nor Female")
    traits = Traits(name, age, gender, _optional(wanted, "ethnicity"), _optional(wanted, "eyeColor"))
    return _optional(wanted, "id"), traits


def _whole(stream: IO[bytes]) -> bytes:
    # What is in memory already need not be copied.
    return stream.getvalue() if isinstance(stream, BytesIO) else stream.read()


def _object(text: bytes, what: str) -> dict[str, object]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ApiError(400, f"{what} is not JSON", str(error)) from error
    if not isinstance(value, dict):
        raise ApiError(400, f"{what} is not a JSON object")
    return value


def _optional(wanted: dict[str, object], name: str) -> str | None:
    value = wanted.get(name)
    if value is None or isinstance(value, str):
        return value
    raise ApiError(400, f"`{name}` is not a text")


def _one_of(words: Mapping[str, T], word: object, name: str) -> T:
    if not isinstance(word, str) or word not in words:
        raise ApiError(400, f"`{name}` is none of {', '.join(words)}")
    return words[word]


def _count(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0):
        raise ApiError(400, f"`{name}` is not a number from 1 on")
    return int(text)
