import random
from io import BytesIO

import pytest
from PIL import Image
from PIL.WebPImagePlugin import WebPImageFile

from syncd.images import webp, webp_pixels
from syncd.images.decoder import Undecodable
from syncd.images.judge import judge
from syncd.images.likeness import likeness
from tests import samples
from tests.unit.images.test_hostile import mutants

SIZE = (40, 30)


def clear(seed=1):
    image = samples.picture(seed, SIZE).copy()
    image.putalpha(Image.linear_gradient("L").resize(SIZE))
    return image


def saved(image, **options):
    return samples.saved(image, "WEBP", method=0, **options)


def on_a_canvas(data, left=4, top=6):
    """The first picture of an animation lies somewhere on a larger canvas."""
    frame = data.index(b"ANMF") + 8
    place = (left // 2).to_bytes(3, "little") + (top // 2).to_bytes(3, "little")
    sides = b"".join((side + 20 - 1).to_bytes(3, "little") for side in SIZE)
    return data[:24] + sides + data[30:frame] + place + data[frame + 6 :]


MOVING = saved(clear(), save_all=True, append_images=[samples.picture(2, SIZE)])
KINDS = {
    "lossy": samples.webp(1, SIZE),
    "turned": samples.webp(1, SIZE, orientation=8),
    "lossless": samples.webp(1, SIZE, lossless=True),
    "lossy alpha": saved(clear()),
    "lossless alpha": saved(clear(), lossless=True),
    "all that comes with one": samples.dressed("webp", 1, SIZE),
    "animation": samples.animated_webp(1, SIZE),
    "animation with alpha": MOVING,
    "on a canvas": on_a_canvas(MOVING),
    "on an opaque canvas": on_a_canvas(samples.animated_webp(1, SIZE)),
}


def by_pillow(data):
    try:
        image = WebPImageFile(BytesIO(data))
        image.load()
    except (OSError, EOFError, SyntaxError):
        return None
    return likeness(image)


def by_library(data):
    try:
        return likeness(webp_pixels.pixels(webp_pixels.LIBRARY, data))
    except Undecodable:
        return None


@pytest.mark.parametrize("data", KINDS.values(), ids=KINDS)
def test_the_library_itself_shows_the_picture_that_pillow_shows(data):
    assert by_library(data) == by_pillow(data)
    assert by_library(data) is not None


@pytest.mark.parametrize("name", KINDS)
def test_it_shows_no_broken_file_that_pillow_does_not_and_each_that_it_does(name):
    for data in mutants(KINDS[name], random.Random(name), 150):
        if webp.walk(data).pixels < 1_000_000:
            assert by_library(data) == by_pillow(data)


def test_it_makes_no_room_for_more_pixels_than_are_decoded():
    data = KINDS["animation"]
    sides = (7_999).to_bytes(3, "little") * 2
    with pytest.raises(Undecodable, match="8000 x 8000 pixels, too many"):
        webp_pixels.pixels(webp_pixels.LIBRARY, data[:24] + sides + data[30:])


@pytest.mark.parametrize(
    ("name", "value"),
    [("_DEMUX_VERSION", 0x0207), ("_RGBA", 3), ("_FUNCTIONS", {"WebPDoesNotExist": (None, [])})],
    ids=["another interface", "other colours", "no such function"],
)
def test_a_library_that_is_not_as_expected_is_not_used(monkeypatch, name, value):
    assert webp_pixels._found() is not None
    monkeypatch.setattr(webp_pixels, name, value)
    assert webp_pixels._found() is None


@pytest.mark.parametrize("data", KINDS.values(), ids=KINDS)
def test_where_pillow_keeps_the_library_to_itself_pictures_are_judged_alike(monkeypatch, data):
    expected = judge(data)
    monkeypatch.setattr(webp_pixels, "LIBRARY", None)
    assert judge(data) == expected
