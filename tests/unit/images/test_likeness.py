from io import BytesIO
from itertools import combinations

import pytest
from PIL import Image, ImageOps

from syncd.images.judge import judge
from syncd.images.likeness import EXACT_PIXELS, likeness
from syncd.model.record import Content
from syncd.model.remote import Picture
from syncd.plan.compare import Verdict, same
from tests import samples
from tests.samples import saved

LARGE = [(1200, 904), (1201, 903)]
SIZES = [(64, 48), (61, 47), *LARGE]


def pixels(data):
    return judge(data).likeness.pixels


def opened(data):
    return Image.open(BytesIO(data))


def test_large_sizes_are_large():
    assert all(width * height > EXACT_PIXELS for width, height in LARGE)


@pytest.mark.parametrize("size", SIZES)
def test_lossless_reencodings_have_the_same_pixels(size):
    image = samples.picture(1, size)
    again = [
        saved(image, "PNG", compress_level=1),
        saved(image, "PNG", compress_level=0, dpi=(72, 72)),
        saved(image, "WEBP", lossless=True, method=0, quality=0),
        saved(image.convert("RGBA"), "PNG", compress_level=0),
    ]
    assert len({pixels(data) for data in again}) == 1


@pytest.mark.parametrize("exact", [EXACT_PIXELS, 1000], ids=["each pixel", "means"])
@pytest.mark.parametrize("size", [(64, 48), (61, 47)])
@pytest.mark.parametrize("turn", range(1, 9))
def test_applying_the_orientation_changes_nothing(monkeypatch, size, turn, exact):
    monkeypatch.setattr("syncd.images.likeness.EXACT_PIXELS", exact)
    sideways = saved(samples.picture(1, size), "PNG", compress_level=0, exif=samples.exif(turn))
    upright = saved(ImageOps.exif_transpose(opened(sideways)), "PNG", compress_level=0)
    assert judge(sideways).likeness.pixels == judge(upright).likeness.pixels
    assert judge(sideways).likeness.width == judge(upright).likeness.width
    assert judge(upright).likeness.width == (size[1] if turn >= 5 else size[0])


@pytest.mark.parametrize("make", [samples.cmyk_jpeg, samples.palette_png, samples.alpha_png, samples.png16])
@pytest.mark.parametrize("size", [(160, 124), (161, 123)])
def test_strips_make_the_same_as_the_whole(monkeypatch, make, size):
    image = opened(make(1, size))
    found = []
    for exact in (1000, 10_000):
        monkeypatch.setattr("syncd.images.likeness.EXACT_PIXELS", exact)
        found.append([likeness(image, turn).pixels for turn in range(1, 9)])
    assert found[0] == found[1]
    assert len(set(found[0])) == 8


def test_orientation_counts_in_every_format_and_only_once_in_heic():
    for make in (samples.jpeg, samples.webp):
        data = make(1, orientation=6)
        upright = saved(ImageOps.exif_transpose(opened(data)), "PNG")
        assert judge(data).likeness == judge(upright).likeness
    plain, turned = judge(samples.heic(1)).likeness, judge(samples.heic(1, orientation=6)).likeness
    assert (turned.width, turned.height) == (plain.height, plain.width)


def test_stripping_metadata_changes_nothing():
    data = samples.jpeg(1, orientation=1, position=True)
    start = data.index(b"\xff\xe1")
    end = start + 2 + int.from_bytes(data[start + 2 : start + 4], "big")
    assert judge(data[:start] + data[end:]) == judge(data)


@pytest.mark.parametrize("make", [samples.cmyk_jpeg, samples.palette_png, samples.mpo, samples.heic])
def test_a_decoded_picture_saved_without_loss_is_the_same(make):
    decoded = opened(make(1)) if make is not samples.heic else samples.pillow_heif.open_heif(make(1)).to_pillow()
    assert pixels(saved(decoded.convert("RGB"), "PNG")) == pixels(make(1))


def test_grey_is_grey_in_colour_too():
    gray = samples.picture(1, samples.SIZE, "L")
    assert pixels(saved(gray, "PNG")) == pixels(saved(gray.convert("RGB"), "PNG")) != pixels(samples.png(1))


def test_sixteen_bits_count_by_their_upper_half():
    assert pixels(samples.png16(1)) == pixels(saved(samples.picture(1, samples.SIZE, "L"), "PNG"))


def test_the_colour_of_what_is_fully_transparent_does_not_count():
    image = opened(samples.alpha_png(1))
    cleared = Image.composite(
        image, Image.new("RGBA", image.size), image.getchannel("A").point(lambda alpha: alpha and 255)
    )
    assert cleared.tobytes() != image.tobytes()
    assert pixels(saved(cleared, "PNG")) == pixels(samples.alpha_png(1)) == pixels(saved(image, "WEBP", lossless=True))
    assert pixels(samples.alpha_png(1)) != pixels(samples.png(1))


@pytest.mark.parametrize("size", SIZES)
def test_a_changed_pixel_a_shift_and_a_mirror_are_other_pixels(size):
    image = samples.picture(1, size)
    dotted, shifted = image.copy(), Image.new("RGB", size)
    dotted.putpixel(
        (size[0] - 1, size[1] - 1), tuple(255 - value for value in image.getpixel((size[0] - 1, size[1] - 1)))
    )
    shifted.paste(image, (1, 0))
    others = [
        image,
        dotted,
        shifted,
        ImageOps.mirror(image),
        ImageOps.flip(image),
        image.point(lambda value: value ^ 1),
    ]
    assert len({likeness(other).pixels for other in others}) == len(others)


def test_the_shape_counts_where_the_bytes_agree():
    assert likeness(Image.new("RGB", (20, 30))).pixels != likeness(Image.new("RGB", (30, 20))).pixels


def test_the_thumbnail_is_the_mean_of_its_cells_on_black():
    halves = Image.new("RGB", (64, 64))
    halves.paste((200, 100, 50), (0, 0, 32, 64))
    thumb = bytes.fromhex(likeness(halves).thumb)
    assert (thumb[:3], thumb[45:48]) == (bytes([200, 100, 50]), bytes(3))
    clear = Image.new("RGBA", (64, 64), (200, 100, 50, 128))
    assert bytes.fromhex(likeness(clear).thumb)[:3] == bytes([100, 50, 25])


def verdict(one, other):
    content = Content("a", "a", 1, "jpeg", judge(one).likeness)
    return same(content, Picture("b", judge(other).likeness))


@pytest.mark.parametrize("seed", range(4))
def test_lossy_reencodings_are_undecided_and_never_different(seed):
    image = samples.picture(seed, (320, 240))
    again = [
        samples.webp(seed, (320, 240)),
        samples.heic(seed, (160, 120)),
        saved(image, "JPEG", quality=40),
        saved(image.resize((160, 120)), "JPEG", quality=75),
        saved(image.resize((101, 76)), "WEBP"),
        saved(image.transpose(Image.Transpose.ROTATE_90), "JPEG"),
    ]
    assert {verdict(samples.jpeg(seed, (320, 240)), data) for data in again} == {Verdict.UNDECIDED}


def test_pictures_of_other_seeds_are_different():
    for one, other in combinations(range(20), 2):
        assert verdict(samples.jpeg(one), samples.png(other)) is Verdict.DIFFERENT, (one, other)
