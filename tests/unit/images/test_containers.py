from struct import pack

import pytest

from syncd.images import jpeg, png, webp
from syncd.images.orientation import orientation
from tests import samples
from tests.samples import PNG_SIGNATURE, png_chunk

SIZE = samples.SIZE


def segment(marker, payload=b""):
    return b"\xff" + bytes([marker]) + pack(">H", 2 + len(payload)) + payload


def spliced(data, *parts, at=2):
    return data[:at] + b"".join(parts) + data[at:]


@pytest.mark.parametrize(
    ("walk", "data"),
    [
        (jpeg.walk, samples.jpeg(1)),
        (jpeg.walk, samples.jpeg(1, progressive=True)),
        (jpeg.walk, samples.cmyk_jpeg(1)),
        (jpeg.walk, samples.mpo(1)),
        (png.walk, samples.png(1)),
        (png.walk, samples.png16(1)),
        (png.walk, samples.palette_png(1)),
        (png.walk, samples.animated_png(1)),
        (webp.walk, samples.webp(1)),
        (webp.walk, samples.webp(1, lossless=True)),
        (webp.walk, samples.animated_webp(1)),
    ],
)
def test_whole_files_tell_their_size_and_no_fault(walk, data):
    container = walk(data)
    assert ((container.width, container.height), container.fault) == (SIZE, "")


@pytest.mark.parametrize(
    ("walk", "make"), [(jpeg.walk, samples.jpeg), (png.walk, samples.png), (webp.walk, samples.webp)]
)
def test_orientation_turns_the_size(walk, make):
    assert [walk(make(1, orientation=turn)).upright for turn in (1, 3, 6, 8)] == [SIZE, SIZE, SIZE[::-1], SIZE[::-1]]


@pytest.mark.parametrize(
    ("walk", "data"),
    [
        (jpeg.walk, samples.jpeg(1)),
        (jpeg.walk, samples.jpeg(1, progressive=True)),
        (png.walk, samples.png(1)),
        (webp.walk, samples.webp(1)),
    ],
)
def test_a_file_cut_anywhere_is_cut_off(walk, data):
    for end in range(30, len(data)):
        assert walk(data[:end]).fault, end


@pytest.mark.parametrize(
    ("walk", "data"), [(jpeg.walk, samples.jpeg(1)), (png.walk, samples.png(1)), (webp.walk, samples.webp(1))]
)
def test_what_follows_the_picture_is_legal(walk, data):
    assert walk(data + b"a video\xff\xd8\xff\xda" + bytes(500)).fault == ""


def test_a_webp_tells_how_much_of_it_is_there():
    data = samples.webp(1)
    assert webp.walk(data[: len(data) * 81 // 100 + 1]).fault == "cut off after 81 % of the file"


def test_a_webp_without_a_picture_or_with_a_long_chunk_is_damaged():
    lone = b"EXIF" + pack("<I", 4) + b"abcd"
    riff = b"RIFF" + pack("<I", 4 + len(lone)) + b"WEBP" + lone
    assert webp.walk(riff).fault == "damaged: it holds no picture data"
    data = samples.webp(1)
    assert webp.walk(data[:16] + pack("<I", 1 << 24) + data[20:]).fault.startswith("damaged at")


def test_a_jpeg_filled_up_with_zeros_is_told():
    assert jpeg.walk(samples.zeroed(samples.jpeg(1, (200, 200)), 0.7)).fault == "only zeros after 69 % of the file"


def test_a_jpeg_without_its_last_two_bytes_is_cut_off():
    assert jpeg.walk(samples.jpeg(1)[:-2]).fault == "cut off: the end of the picture is missing"


def test_the_end_of_an_embedded_thumbnail_is_no_end():
    thumbnail = segment(0xE1, b"Exif\0\0" + samples.jpeg(2)[:1000] + b"\xff\xd9")
    whole = spliced(samples.jpeg(1), thumbnail)
    assert jpeg.walk(whole).fault == ""
    assert jpeg.walk(whole[:-2]).fault != ""
    assert (jpeg.walk(whole).width, jpeg.walk(whole).height) == SIZE


def test_a_jpeg_may_hold_much_before_its_picture_and_fill_between_segments():
    much = [segment(0xE2, bytes(60_000))] * 20
    assert jpeg.walk(spliced(samples.jpeg(1), *much, b"junk\xff\xff\xff")).fault == ""


def test_the_bare_jpeg_has_no_metadata_and_nothing_after_it():
    data = samples.jpeg(1, orientation=6, position=True)
    bare = jpeg.bare(data + b"trailer")
    assert (b"Exif" in data, b"Exif" in bare, bare[-2:]) == (True, False, b"\xff\xd9")
    assert jpeg.bare(samples.jpeg(1)) == samples.jpeg(1)


def test_a_checksum_tells_of_one_flipped_bit_anywhere_in_a_png():
    data = samples.png(1)
    for place in range(8, len(data), 37):
        broken = bytearray(data)
        broken[place] ^= 0x10
        assert png.walk(bytes(broken)).fault, place


IHDR = png_chunk(b"IHDR", pack(">IIBBBBB", 4, 4, 8, 0, 0, 0, 0))
IDAT, TEXT, IEND = png_chunk(b"IDAT", b"x"), png_chunk(b"tEXt", b"a\0b"), png_chunk(b"IEND")


@pytest.mark.parametrize(
    ("chunks", "fault"),
    [
        ([IHDR, TEXT, IDAT, IDAT, TEXT, IEND], ""),
        ([IHDR, IEND], "holds no picture data"),
        ([IHDR, IDAT], "end of the picture is missing"),
        ([IDAT, IEND], "begins with IDAT"),
        ([png_chunk(b"CgBI", b"P\0 \2"), IHDR, IDAT, IEND], "begins with CgBI"),
        ([IHDR, IDAT, TEXT, IDAT, IEND], "pixels are interrupted"),
        ([IHDR, IDAT, bytes(600)], "damaged at"),
        ([], "end of the picture is missing"),
    ],
)
def test_png_chunks_must_be_in_order(chunks, fault):
    found = png.walk(PNG_SIGNATURE + b"".join(chunks)).fault
    assert fault in found
    assert bool(fault) == bool(found)


def test_the_bare_png_is_a_still_picture():
    bare = png.bare(samples.animated_png(1))
    assert {chunk.kind for chunk in png.chunks(bare)} == {b"IHDR", b"IDAT", b"IEND"}


@pytest.mark.parametrize("order", ["II", "MM"])
def test_orientation_is_read_in_both_byte_orders(order):
    mark = "<" if order == "II" else ">"
    entry = pack(mark + "HHIHH", 0x0112, 3, 1, 7, 0)
    block = order.encode() + pack(mark + "HIH", 42, 8, 1) + entry
    assert orientation(block) == orientation(b"Exif\0\0" + block) == 7


@pytest.mark.parametrize("block", [b"", b"II*\0", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff\xff", b"Exif\0\0"])
def test_a_broken_exif_block_turns_nothing(block):
    assert orientation(block) == 1
