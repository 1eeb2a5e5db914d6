"""Two hundred ids that would make another request of ours: none leaves the service, none enters a path."""

import json
import random
import re
from urllib.parse import unquote

import httpx
import pytest

from syncd import errors
from syncd.model.sets import ImageType, SetKey
from syncd.service import UploadBody
from tests.unit.service.peer import SET
from tests.unit.service.test_verdicts import IMAGE

BODY = UploadBody(b"pixels", "png", "token")
PLACES = re.compile(rb"/api/(models/m42/images\?[\w=&]*|models|models/m42|images/upload)")
"""All that is asked for when no id of the service is usable."""

PIECES = [
    *(
        "/",
        "\\",
        "..",
        ".",
        "%2f",
        "%2F",
        "%5c",
        "%2e%2e",
        "%00",
        "%0d%0a",
        "?",
        "#",
        "&",
        "=",
        ";",
        "@",
        "://",
        " ",
        "+",
    ),
    *(
        "\0",
        "\t",
        "\n",
        "\r",
        "\x1b",
        "\x7f",
        "\x85",
        "\u202e",
        "\u2028",
        "\u3000",
        "\uff0f",
        "\u2215",
        "\ud800",
        "\u0130",
    ),
    *("'", '"', "`", "$(id)", "<b>", "{}", "[]", "|", "*", ",", "!", "^", "\u00e9", "\U0001f600", "\u0661", "\u0430"),
]
OTHERS = [
    "",
    "a" * 513,
    "a" * 100_000,
    ".",
    "..",
    ".a",
    "~a",
    ":a",
    "a/",
    "/a",
    None,
    True,
    False,
    1.5,
    [],
    {},
    ["a"],
    {"id": "a"},
]


def hostile():
    chance = random.Random(3)
    made = [text for piece in PIECES for text in (piece, f"i1{piece}", f"{piece}i1", f"i1{piece}../models/m42")]
    while len(made) < 240:
        made.append("i" + "".join(chance.sample(PIECES, 3)) + "1")
    return OTHERS + [one for one in made if not re.fullmatch(r"[\w-][\w .:~+=@,!-]*(?<! )", one)]


class Paths:
    """Answers everything with an image of a hostile id; keeps the paths."""

    def __init__(self, odd):
        self.odd, self.asked = odd, []

    def __call__(self, request):
        self.asked.append(request.url.raw_path)
        image = {**IMAGE, "id": self.odd, "name": "x"}
        one = request.method == "POST" or request.url.path.endswith("m42")
        return httpx.Response(200, content=json.dumps({"status": "OK", "result": image if one else [image]}))


@pytest.mark.parametrize("odd", hostile(), ids=lambda odd: ascii(odd)[:40])
def test_an_id_from_the_service_is_one_or_nothing_is_done_with_it(answered, odd):
    paths = Paths(odd)
    service = answered(paths)
    with pytest.raises(errors.UnexpectedAnswer):
        service.list_set(SET)
    with pytest.raises(errors.UnexpectedAnswer):
        service.models()
    with pytest.raises(errors.UnexpectedAnswer):
        service.model("m42")
    with pytest.raises(errors.Ambiguous):
        service.upload(SET, BODY)
    if isinstance(odd, str):
        key = SetKey(odd, ImageType.AUXILIARY)
        for call in (service.inspect, service.delete, service.model, lambda _: service.list_set(key)):
            with pytest.raises(errors.UsageError):
                call(odd)
    assert [path for path in paths.asked if not PLACES.fullmatch(path)] == []


@pytest.mark.parametrize("odd", ["a b", "i+1=", "\u00e9", "a" * 300, "me@x,1!", "~".join("ab")])
def test_an_id_that_is_only_unusual_is_asked_for_as_one_segment(answered, odd):
    paths = Paths(odd)
    service = answered(paths)
    assert service.list_set(SET).images[0].id == service.upload(SET, BODY).id == odd
    service.delete(odd)
    place = paths.asked[-1].removeprefix(b"/api/images/")
    assert b"/" not in place
    assert unquote(place.decode("ascii")) == odd
    assert [path for path in paths.asked[:-1] if not PLACES.fullmatch(path)] == []


def test_there_are_two_hundred():
    assert len({repr(one) for one in hostile()}) >= 200
