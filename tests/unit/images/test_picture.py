from hashlib import sha256

import pytest

from syncd.images.judge import judge
from syncd.images.picture import picture_of
from tests import samples


@pytest.mark.parametrize("make", [samples.jpeg, samples.png, samples.webp, samples.heic, samples.mpo])
def test_a_picture_is_its_digest_and_its_likeness(make):
    picture = picture_of(make(1))
    assert picture.sha256 == sha256(make(1)).hexdigest()
    assert (picture.likeness, picture.problem) == (judge(make(1)).likeness, "")


@pytest.mark.parametrize("make", [samples.avif, samples.gif])
def test_formats_that_a_service_may_re_encode_to_are_decoded(make):
    picture = picture_of(make(1))
    assert (picture.likeness.width, picture.likeness.height, picture.problem) == (*samples.SIZE, "")
    assert picture.likeness.pixels


def test_a_lossless_gif_has_the_pixels_of_its_palette():
    image = samples.picture(1).quantize(64)
    assert picture_of(samples.saved(image, "GIF")).likeness.pixels == judge(samples.saved(image, "PNG")).likeness.pixels


@pytest.mark.parametrize("turn", [1, 3, 6, 8])
def test_an_avif_is_seen_upright(turn):
    source = samples.picture(1)
    data = samples.saved(source, "AVIF", speed=10, quality=100, subsampling="4:4:4", exif=samples.exif(turn))
    seen = bytes.fromhex(picture_of(data).likeness.thumb)
    meant = bytes.fromhex(judge(samples.png(1, orientation=turn)).likeness.thumb)
    assert max(abs(one - other) for one, other in zip(seen, meant, strict=True)) < 8


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "an empty answer"),
        (b"<html>Sign in</html>", "not decodable: a web page, not a picture"),
        (samples.tiff(1), "not decodable: TIFF"),
        (samples.truncated(samples.jpeg(1)), "not decodable: cut off: the picture ends after 68 % of its rows"),
        (samples.truncated(samples.gif(1)), "not decodable: cut off: the end of the picture is missing"),
        (samples.png_bomb(), "not decodable: 60000 x 60000 are 3600 megapixels, and at most 210 are accepted"),
        (b"GIF89a\xff\xff\xff\xff\x00\x00\x00,\0\0\0\0\xff\xff\xff\xff\0\x08", None),
    ],
)
def test_what_cannot_be_compared_says_why(data, problem):
    picture = picture_of(data)
    assert (picture.sha256, picture.likeness) == (sha256(data).hexdigest(), None)
    assert picture.problem == problem or (problem is None and "too many to decode" in picture.problem)


def test_a_very_large_picture_is_a_size_alone():
    picture = picture_of(samples.png_bomb(10_000, 8_000))
    assert (picture.likeness.width, picture.likeness.pixels, picture.problem) == (10_000, None, "")
