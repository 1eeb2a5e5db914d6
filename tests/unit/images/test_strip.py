from io import BytesIO
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from syncd.images import heic, jpeg, png, webp
from syncd.images.heif_meta import read_meta
from syncd.images.judge import judge, walk
from syncd.images.position import has_position
from syncd.images.profile import profile
from syncd.images.strip import stripped
from tests import samples

FORMATS = ("jpeg", "png", "webp", "heic")
TRACES = (b"nobody", b"a trailer", b"xmpmeta", b"GPS", b"Author", b"MPF\0", b"mime")


def copy(data):
    judged = judge(data)
    assert judged.accepted, judged.detail
    return stripped(judged.format, data, walk(judged.format, data).orientation)


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("name", FORMATS)
def test_only_what_the_picture_is_seen_by_stays(name, turn):
    data = samples.dressed(name, 1, turn=turn)
    bare = copy(data)
    assert not any(trace in bare for trace in TRACES)
    assert has_position(name, data)
    assert not has_position(name, bare)
    assert judge(bare) == judge(data)
    assert profile(name, bare) == profile(name, data) == samples.colours()
    assert copy(bare) == bare


def test_the_exif_block_has_the_orientation_alone_and_is_there_only_where_it_is_needed():
    for name in ("jpeg", "png", "webp"):
        turned, upright = (Image.open(BytesIO(copy(samples.dressed(name, 1, turn=turn)))) for turn in (6, 1))
        assert dict(turned.getexif()) == {0x0112: 6}
        assert dict(upright.getexif()) == {}
        assert (b"Exif" in copy(samples.dressed(name, 1)), b"EXIF" in copy(samples.dressed(name, 1))) == (False, False)


@pytest.mark.parametrize(
    "data",
    [
        samples.jpeg(1, progressive=True), samples.jpeg(1, gray=True), samples.cmyk_jpeg(1), samples.mpo(1),
        samples.png16(1), samples.palette_png(1), samples.alpha_png(1), samples.animated_png(1),
        samples.webp(1, lossless=True), samples.animated_webp(1), samples.webp(1), samples.grid_heic(1),
        samples.heic10(1), samples.heic(1, orientation=8),
    ],
)  # fmt: skip
def test_every_kind_of_picture_stays_the_same_to_the_pixel(data):
    assert judge(copy(data)) == judge(data)


def test_a_second_picture_goes_and_an_animation_stays():
    assert len(copy(samples.mpo(1))) < len(samples.mpo(1)) * 0.6
    for data in (samples.animated_png(1), samples.animated_webp(1)):
        assert Image.open(BytesIO(copy(data))).n_frames == 2


def test_thumbnails_and_maker_notes_in_a_jpeg_go():
    thumbnail = b"JFIF\0\1\2\0\0\1\0\1\2\2" + b"thumbnail123"
    parts = [
        b"\xff\xe0" + pack(">H", 2 + len(thumbnail)) + thumbnail, b"\xff\xe0\0\x0aJFXX\0sec", b"\xff\xe2\0\x08MPF\0no",
        b"\xff\xec\0\x07Ducky", b"\xff\xed\0\x12Photoshop 3.0\0no", b"\xff\xee\0\x14Adobe\0d\0\0\0\0\1secret", b"junk",
    ]  # fmt: skip
    data = samples.jpeg(1)[:2] + b"".join(parts) + samples.jpeg(1)[20:]
    bare = copy(data)
    assert judge(bare).likeness == judge(data).likeness
    assert not any(word in bare for word in (b"thumb", b"JFXX", b"MPF", b"Ducky", b"Photo", b"secret", b"junk"))
    assert bare[2:20] == b"\xff\xe0\0\x10JFIF\0\1\2\0\0\1\0\1\0\0"
    assert b"\xff\xee\0\x0eAdobe\0d\0\0\0\0\1\xff" in bare


def test_what_hides_in_the_frames_of_an_animation_goes():
    data = samples.animated_webp(1)
    frame = next(chunk for chunk in webp.chunks(data) if chunk.kind == b"ANMF")
    body = data[frame.start : frame.end] + b"HIDE\4\0\0\0nope"
    broken = data[: frame.start - 4] + pack("<I", len(body)) + body + data[frame.end + frame.end % 2 :]
    broken = broken[:4] + pack("<I", len(broken) - 8) + broken[8:]
    assert b"nope" not in copy(broken)
    assert judge(copy(broken)) == judge(data)


@pytest.mark.parametrize("harm", [b"\0\x80\0\0", b"VP8\xf6"])
def test_a_later_frame_that_is_damaged_stays_as_it_is(harm):
    data = samples.animated_webp(1)
    last = [chunk for chunk in webp.chunks(data) if chunk.kind == b"ANMF"][-1]
    broken = data[: last.start + 16] + harm + data[last.start + 20 :]
    assert judge(broken) == judge(data) == judge(copy(broken))


def test_further_pictures_and_texts_of_a_heic_go():
    buffer = BytesIO()
    image = samples.pillow_heif.from_pillow(samples.picture(1, (192, 128)))
    image.add_from_pillow(samples.picture(2, (192, 128)))
    image.save(buffer, quality=60, exif=samples.exif(6, position=True), xmp=samples.XMP, save_all=True)
    bare = copy(buffer.getvalue())
    assert judge(bare).likeness == judge(buffer.getvalue()).likeness
    assert set(read_meta(bare).kinds.values()) == {b"hvc1"}
    assert len(bare) < len(buffer.getvalue()) * 0.6


def test_the_alpha_plane_of_a_heic_is_part_of_it():
    image = samples.picture(1, (128, 96)).copy()
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    buffer = BytesIO()
    samples.pillow_heif.from_pillow(image).save(buffer, quality=60, exif=samples.exif(1, position=True))
    bare = copy(buffer.getvalue())
    assert judge(bare) == judge(buffer.getvalue())
    assert list(read_meta(bare).kinds.values()) == [b"hvc1", b"hvc1"]


@given(some.integers(1, 8), some.sampled_from(FORMATS), some.binary(max_size=200))
def test_whatever_trails_a_picture_is_not_sent(turn, name, tail):
    data = samples.dressed(name, 1, turn=turn)
    longer = data + (pack(">I", 8 + len(tail)) + b"free" + tail if name == "heic" else tail)
    assert copy(longer) == copy(data)


def test_walks_say_of_a_copy_what_they_say_of_the_picture():
    for name, room in (("jpeg", jpeg), ("png", png), ("webp", webp), ("heic", heic)):
        assert room.walk(copy(samples.dressed(name, 1, turn=5))) == room.walk(samples.dressed(name, 1, turn=5))
