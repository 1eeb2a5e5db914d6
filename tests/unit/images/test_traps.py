import random
from io import BytesIO
from struct import pack

import pytest
from PIL import Image

from syncd.images import jpeg, png
from syncd.images.judge import judge
from syncd.images.sniff import sniff
from syncd.model.words import Reason
from tests import samples

SIZE = (320, 240)


def scrambled(data):
    """Some bytes in the middle of the coded data are others."""
    scan = next(each for each in jpeg.segments(data) if each.marker == 0xDA)
    half = (scan.start + scan.end) // 2
    return data[:half] + random.Random(1).randbytes(40).replace(b"\xff", b"\0") + data[half + 40 :]


def padded(data, filling):
    end = list(jpeg.segments(data))[-1].start
    return data[:end] + filling + data[end:]


SILENT = {
    "heic that is cut off": samples.truncated(samples.grid_heic(1), 0.9),
    "heic full of zeros": samples.zeroed(samples.grid_heic(1), 0.9),
    "jpeg with damaged data": scrambled(samples.jpeg(1, SIZE)),
    "jpeg that ends too early": samples.truncated(samples.jpeg(1, SIZE), 0.8) + b"\xff\xd9",
    "png with a wrong checksum": samples.png(1)[:-14] + b"\0\0" + samples.png(1)[-12:],
}


@pytest.mark.parametrize("data", SILENT.values(), ids=SILENT)
def test_damage_is_found_that_loading_shows_without_a_word(data):
    assert judge(data).reason is Reason.CORRUPT
    image = Image.open(BytesIO(data)) if sniff(data) != "heic" else samples.pillow_heif.open_heif(data).to_pillow()
    image.load()


@pytest.mark.parametrize("filling", [b"\xff" * 300, bytes(300), b"\xff"], ids=["ones", "zeros", "one"])
def test_a_camera_may_fill_up_before_the_end(filling):
    assert judge(padded(samples.jpeg(1), filling)) == judge(samples.jpeg(1))


def test_other_bytes_there_are_data_that_fell_out_of_step():
    assert judge(padded(samples.jpeg(1), b"\x55" * 40)).reason is Reason.CORRUPT


def grey_jpeg(*factors):
    """One patch of grey, whose three colours are taken as sparsely as told: each block is six bits of a usual table."""
    wide, high = (8 * max(each[axis] for each in factors) for axis in (0, 1))
    data = bytearray(samples.saved(Image.new("RGB", (8, 8), (128, 128, 128)), "JPEG", subsampling=0))
    frame, scan = data.index(b"\xff\xc0"), data.index(b"\xff\xda")
    data[frame + 5 : frame + 9] = pack(">HH", high, wide)
    data[frame + 11 : frame + 19 : 3] = bytes(across << 4 | down for across, down in factors)
    data[scan + 6 : scan + 11 : 2] = bytes(3)
    bits = "001010" * sum(across * down for across, down in factors)
    bits += "1" * (-len(bits) % 8)
    return bytes(data[: scan + 14]) + int(bits, 2).to_bytes(len(bits) // 8, "big") + b"\xff\xd9"


@pytest.mark.parametrize("factors", [[(2, 2), (1, 2), (1, 1)], [(4, 2), (1, 1), (1, 1)], [(1, 1), (2, 1), (1, 2)]])
def test_a_jpeg_whose_colours_are_sparse_in_an_unusual_way_is_decoded_by_another_decoder(factors):
    assert judge(grey_jpeg(*factors)).reason is None


def display_p3():
    """A profile that says so; what is in it is that of sRGB."""
    return samples.colours().replace(b"sRGB", b"P3  ")


@pytest.mark.parametrize("profile", [display_p3(), b"no profile at all", b"\0" * 70_000], ids=["p3", "junk", "long"])
def test_whatever_the_colour_profile_is_the_picture_is_fine(profile):
    data = samples.saved(samples.picture(1), "JPEG", quality=90, icc_profile=profile)
    assert judge(data) == judge(samples.jpeg(1))


def test_a_heic_is_turned_by_what_its_container_says_and_by_nothing_else():
    turned, plain = samples.heic(1, orientation=6), samples.heic(1)
    assert judge(turned).likeness.width == judge(plain).likeness.height
    # The EXIF block says 6 and nothing turns the picture.
    described = turned.index(b"irot")
    still = turned[:described] + b"free" + turned[described + 4 :]
    assert judge(still).likeness == judge(plain).likeness


def test_a_sequence_of_pictures_without_a_single_one_is_no_photo():
    video = b"\0\0\0\x18ftypmsf1\0\0\0\0msf1hevc" + b"\0\0\0\x10moov" + bytes(8)
    judged = judge(video)
    assert (judged.reason, judged.detail.startswith("HEIF sequence")) == (Reason.UNSUPPORTED_FORMAT, True)


@pytest.mark.parametrize("brand", [b"msf1", b"hevc", b"heis", b"mif2"])
def test_what_else_a_heic_says_that_it_holds_its_primary_picture_counts(brand):
    data = samples.heic(1)
    assert judge(data[:8] + brand + data[12:]) == judge(data)


@pytest.mark.parametrize("marker", [0xC3, 0xC9, 0xCB])
def test_codings_that_few_decoders_know_are_judged_and_told(marker):
    data = samples.jpeg(1).replace(b"\xff\xc0", bytes([0xFF, marker]))
    judged = judge(data)
    assert judged.accepted or judged.detail


def interlaced(data):
    """The same bytes, said to be rows in another order."""
    header = data[16:28] + b"\1"
    return data[:8] + samples.png_chunk(b"IHDR", header) + data[33:]


@pytest.mark.parametrize("make", [samples.png, samples.png16, samples.palette_png, samples.alpha_png])
def test_a_png_cut_off_tells_how_much_of_the_picture_is_there(make):
    data = make(1, SIZE)
    rows = [judge(data[:end]).detail for end in (len(data) // 100, len(data) // 2, len(data) - 99)]
    told = [int(detail.removeprefix("cut off: the picture ends after ").split(" %")[0]) for detail in rows]
    assert told[0] == 1
    assert 46 <= told[1] <= 54
    assert 98 <= told[2] <= 99
    assert {judge(data[:-cut]).detail for cut in (3, 12, 20)} == {jpeg.NO_END}


def test_rows_of_a_png_that_cannot_be_counted_are_not():
    data = samples.truncated(samples.png(1, SIZE))
    assert judge(interlaced(data)).detail == judge(data, verify="structure").detail == png.CUT
    assert png.ends_after(png.bare(samples.truncated(samples.png_bomb(20_000, 10_000), 0.5))) == (
        "cut off: the picture ends after 33 % of its rows"
    )


def test_a_jpeg_cut_off_tells_how_much_of_the_picture_is_there():
    data = samples.jpeg(1, SIZE)
    told = [judge(samples.truncated(data, share)).detail for share in (0.35, 0.81)]
    assert told == [f"cut off: the picture ends after {share} % of its rows" for share in (40, 87)]
    grey = samples.truncated(samples.jpeg(1, SIZE, gray=True), 0.5)
    assert "after 50 % of its rows" in judge(grey).detail
    for unknown in (samples.jpeg(1, SIZE, progressive=True), samples.cmyk_jpeg(1, SIZE)):
        assert judge(samples.truncated(unknown)).detail == jpeg.NO_END
    assert judge(data[:-2]).detail == judge(samples.truncated(data), verify="structure").detail == jpeg.NO_END
