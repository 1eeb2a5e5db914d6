import itertools
import json

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from syncd.errors import UsageError
from syncd.model.sets import ImageType, SetKey
from syncd.service.framing import FRAMING_BYTES, UploadBody, content_type, frame, request_size

FORMATS = {"jpeg": "jpg", "png": "png", "webp": "webp", "heic": "heic"}
TOKEN = "00ff" * 8


def whole(key, body):
    return b"".join(frame(key, body))


def read_by_another_parser(framed):
    builder = EnvironBuilder(method="POST", data=framed, content_type=content_type(framed))
    return Request(builder.get_environ())


@pytest.mark.parametrize(("image_type", "kind"), list(itertools.product(ImageType, FORMATS)))
def test_framing_has_one_length_whatever_the_model_the_type_and_the_format(image_type, kind):
    for length in range(1, 129):
        body = UploadBody(b"x" * 10, kind, TOKEN)
        assert len(whole(SetKey("m" * length, image_type), body)) == request_size(10) == 10 + FRAMING_BYTES


@pytest.mark.parametrize("kind", FORMATS)
def test_an_independent_parser_finds_the_file_and_the_data(kind):
    picture = bytes(range(256)) * 3 + b"\r\n--\r\n"
    request = read_by_another_parser(whole(SetKey("m.4:2", ImageType.AUXILIARY), UploadBody(picture, kind, TOKEN)))
    with request:
        part = request.files["file"]
        assert part.read() == picture
        assert part.mimetype == f"image/{kind}"
        assert part.filename.startswith("syncd-")
        assert part.filename.endswith("." + FORMATS[kind])
        assert len(part.filename) == len("syncd-") + 16 + 1 + len(FORMATS[kind])
        assert json.loads(request.form["data"]) == {"modelID": "m.4:2", "type": "auxiliaryType"}
        assert list(request.files) + list(request.form) == ["file", "data"]


def test_the_file_stands_before_the_data():
    framed = whole(SetKey("m", ImageType.AUXILIARY), UploadBody(b"PICTURE", "png", TOKEN))
    assert framed.index(b'name="file"') < framed.index(b"PICTURE") < framed.index(b'name="data"')


def test_a_picture_that_holds_the_boundary_gets_another_one():
    key = SetKey("m", ImageType.AUXILIARY)
    first = whole(key, UploadBody(b"", "png", TOKEN))
    picture = first[:60] + first
    second = whole(key, UploadBody(picture, "png", TOKEN))
    assert content_type(second) != content_type(first)
    assert len(second) == request_size(len(picture))
    with read_by_another_parser(second) as request:
        assert request.files["file"].read() == picture


def test_two_bodies_share_neither_boundary_nor_name():
    one, other = UploadBody(b"x", "png"), UploadBody(b"x", "png")
    key = SetKey("m", ImageType.AUXILIARY)
    assert one.filename != other.filename
    assert content_type(whole(key, one)) != content_type(whole(key, other))


def test_the_same_token_makes_the_same_body():
    key = SetKey("m", ImageType.AUXILIARY)
    assert frame(key, UploadBody(b"x", "png", "t")) == frame(key, UploadBody(b"x", "png", "t"))


def test_a_format_that_the_service_does_not_take_makes_no_body():
    with pytest.raises(UsageError):
        UploadBody(b"x", "gif")


def test_a_body_shows_no_bytes_of_the_picture():
    assert "secret" not in repr(UploadBody(b"secret pixels", "png"))
