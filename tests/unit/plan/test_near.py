from io import BytesIO

import pytest
from PIL import Image, ImageEnhance, ImageFilter

from syncd.images.drawing import landscape, portrait
from syncd.images.likeness import likeness
from syncd.model.local import Judgement, Likeness
from syncd.model.words import Reason
from syncd.plan.near import twins
from syncd.plan.remarks import remarks
from tests.samples import saved

ALL = [Image.open(BytesIO(draw(seed, "png"))).convert("RGB") for draw in (portrait, landscape) for seed in range(14)]


def moved(image, share):
    """The same scene an instant later: the frame moves by this share of it."""
    width, height = image.size
    x, y = width * share, height * share
    return image.resize(image.size, Image.Resampling.BICUBIC, (x, y, width, height))


SAME = {
    "coded badly": lambda image: Image.open(BytesIO(saved(image, "JPEG", quality=20))),
    "half the size": lambda image: image.resize((image.width // 2, image.height // 2)),
    "odd size": lambda image: image.resize((image.width // 3 + 1, image.height // 3)),
    "brighter": lambda image: ImageEnhance.Brightness(image).enhance(1.15),
    "more contrast": lambda image: ImageEnhance.Contrast(image).enhance(1.2),
    "blurred": lambda image: image.filter(ImageFilter.GaussianBlur(3)),
    "burst": lambda image: moved(image, 0.015),
    **{f"turned {turn}": lambda image, turn=turn: image.transpose(turn) for turn in Image.Transpose},
}


@pytest.mark.parametrize("change", SAME.values(), ids=SAME)
def test_the_same_picture_is_known_again(change):
    for image in (*ALL[:4], *ALL[14:18]):
        assert twins([("first", likeness(image)), ("second", likeness(change(image)))]) == {"second": "first"}


def test_other_pictures_are_others():
    assert twins(enumerate(map(likeness, ALL))) == {}


def test_all_are_twins_of_the_first():
    pictures = [ALL[0], ALL[1], SAME["brighter"](ALL[0]), SAME["burst"](ALL[1]), SAME["half the size"](ALL[0])]
    assert twins(enumerate(map(likeness, pictures))) == {2: 0, 3: 1, 4: 0}


def test_what_shows_nothing_or_was_not_decoded_is_no_twin():
    flat = likeness(Image.new("RGB", (64, 64), "white"))
    assert twins([(1, flat), (2, flat), (3, Likeness(1, 1)), (4, Likeness(1, 1))]) == {}


def test_remarks_name_file_reason_and_what_to_do_in_natural_order():
    large = Likeness(600, 512, "p", likeness(ALL[0]).thumb)
    told = remarks(
        {
            b"a10.jpg": Judgement("jpeg", likeness=large),
            b"a2.jpg": Judgement("jpeg", likeness=large, warnings=("dark", "not-decoded")),
            b"bad.jpg": Judgement("jpeg", Reason.CORRUPT, likeness=large, warnings=("dark",)),
            b"c.jpg": Judgement("jpeg", likeness=Likeness(600, 511), warnings=("blurred",)),
        }
    )
    assert [(one.name, one.warning) for one in told] == [
        (b"a2.jpg", "dark"),
        (b"a10.jpg", "near-duplicate"),
        (b"c.jpg", "small"),
        (b"c.jpg", "blurred"),
    ]
    assert told[1].detail == "the same picture as a2.jpg, nearly: keep the better of the two"
    assert all(": " in one.detail for one in told)
