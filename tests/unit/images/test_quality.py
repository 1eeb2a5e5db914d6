from io import BytesIO

import pytest
from PIL import Image, ImageFilter

from syncd.images.drawing import landscape, portrait
from syncd.images.judge import judge
from syncd.images.quality import BLURRED, blur, quality, small
from tests.samples import alpha_png, jpeg, saved

PICTURES = [
    Image.open(BytesIO(draw(seed, "png"))).convert("RGB") for draw in (portrait, landscape) for seed in range(4)
]


def exposed(image, stops):
    return image.point([min(255, round(level * 2**stops)) for level in range(256)] * 3)


def blurred(image, radius):
    return image.filter(ImageFilter.GaussianBlur(radius))


@pytest.mark.parametrize("image", PICTURES)
def test_a_good_picture_has_no_remark_however_it_is_coded_or_scaled(image):
    coded = Image.open(BytesIO(saved(image, "JPEG", quality=50)))
    larger = image.resize((image.width * 2, image.height * 2), Image.Resampling.BICUBIC)
    for each in (image, coded, larger, image.resize((image.width // 2, image.height // 2)), blurred(image, 1)):
        assert quality(each) == ()


@pytest.mark.parametrize("image", PICTURES)
def test_blur_darkness_and_glare_are_seen_alone(image):
    assert quality(blurred(image, 6)) == ("blurred",)
    assert quality(exposed(image, -2.5)) == ("dark",)
    assert quality(exposed(image, 3)) == ("bright",)


@pytest.mark.parametrize("image", PICTURES[::3])
def test_the_more_it_is_blurred_the_more_so_it_is_found(image):
    found = [blur(small(blurred(image, radius))) for radius in (0, 1, 2, 3, 5, 8)]
    assert found == sorted(found)
    assert found[2] < BLURRED < found[4]


def test_one_colour_and_what_is_cut_out_are_left_alone():
    assert quality(Image.new("RGB", (600, 400), "grey")) == ()
    assert quality(Image.new("RGB", (1, 1), "grey")) == ()
    assert judge(alpha_png(1)).warnings == ()


def test_a_judgement_says_so():
    assert judge(saved(exposed(PICTURES[0], -3), "JPEG", quality=90)).warnings == ("dark",)
    assert judge(jpeg(1)).warnings == ()
