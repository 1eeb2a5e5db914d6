from struct import pack

import pytest

from syncd.images import heic
from syncd.images.heif_meta import read_meta
from syncd.images.judge import judge
from tests import samples


def box(kind, *parts):
    body = b"".join(parts)
    return pack(">I", 8 + len(body)) + kind + body


def payload(data, item=1):
    return b"".join(data[extent.start : extent.end] for extent in read_meta(data).extents[item])


def remuxed(kind=b"hvc1", *, split=False, mdat_first=False, wide=False, largesize=False, open_end=False, extra=b""):
    """The picture of a sample in another writer's container."""
    source = samples.heic(1)
    coded = payload(source)
    described = [source[each.start - 8 : each.end] for each in read_meta(source).properties[1] if each.kind != b"pixi"]
    number = ">I" if wide else ">H"
    uses = pack(">IH" if not wide else ">II", 1, 1) + bytes([len(described), *range(1, len(described) + 1)])
    items = box(b"infe", bytes([3 if wide else 2, 0, 0, 0]), pack(number, 1), b"\0\0", kind, b"\0")
    parts = (coded[:100], coded[100:]) if split else (coded,)

    def meta(first):
        places, at = b"", first
        for part in parts:
            places, at = places + pack(">II", at, len(part)), at + len(part)
        entry = pack(number, 1) + (b"\0\0" if wide else b"") + pack(">HH", 0, len(parts)) + places
        return box(
            b"meta",
            bytes(4),
            box(b"hdlr", bytes(8), b"pict", bytes(13)),
            box(b"pitm", bytes([int(wide), 0, 0, 0]), pack(number, 1)),
            box(b"iloc", bytes([2 if wide else 0, 0, 0, 0]), b"\x44\0", pack(number, 1), entry),
            box(b"iinf", bytes(4), pack(">H", 1), items),
            box(b"iprp", box(b"ipco", *described), box(b"ipma", bytes([int(wide), 0, 0, 0]), uses)),
            extra,
        )

    head = box(b"ftyp", b"mif1", bytes(4), b"mif1")
    data = pack(">I4sQ", 1, b"mdat", 16 + len(coded)) + coded if largesize else box(b"mdat", coded)
    inset = len(data) - len(coded)
    if mdat_first:
        last = meta(len(head) + inset)
        return head + data + (bytes(4) + last[4:] if open_end else last)
    return head + meta(len(head) + len(meta(0)) + inset) + data


WRITERS = {
    "plain": {},
    "pixels in two extents": {"split": True},
    "meta behind the pixels": {"mdat_first": True},
    "a last box without a size": {"mdat_first": True, "open_end": True},
    "wide numbers": {"wide": True},
    "64-bit box": {"largesize": True},
    "unknown boxes": {"extra": box(b"free", bytes(100)) + box(b"udta")},
}


@pytest.mark.parametrize("options", WRITERS.values(), ids=WRITERS)
def test_every_way_of_writing_it_is_the_same_picture(options):
    judged, plain = judge(remuxed(**options)), judge(samples.heic(1))
    assert judged.accepted, judged.detail
    assert judged.likeness == plain.likeness


@pytest.mark.parametrize("options", WRITERS.values(), ids=WRITERS)
def test_a_cut_loses_pixels_wherever_they_lie(options):
    data = remuxed(**options)
    extents = read_meta(data).extents[1]
    for end in (extents[0].start + 5, extents[-1].end - 1):
        assert not judge(data[:end]).accepted
        assert judge(data[:end]).format == "heic" or options.get("mdat_first")


@pytest.mark.parametrize(
    ("kind", "name"), [(b"hvc1", "heic"), (b"av01", "avif"), (b"j2k1", "heif"), (b"unci", "heif"), (b"jpeg", "heif")]
)
def test_the_codec_of_the_primary_picture_names_the_format(kind, name):
    assert heic.codec(remuxed(kind)) == name


def test_a_codec_is_named_to_people():
    assert judge(remuxed(b"j2k1")).detail.startswith("HEIF with another codec than HEVC is not accepted")


@pytest.mark.parametrize("make", [samples.heic, samples.grid_heic, samples.heic10])
def test_whole_pictures_have_no_fault(make):
    assert heic.walk(make(1)).fault == ""


def test_the_size_is_that_after_cropping_and_turning():
    sizes = [heic.walk(samples.heic(1, (60, 46), orientation=turn)).upright for turn in (1, 3, 6, 8)]
    assert sizes == [(60, 46), (60, 46), (46, 60), (46, 60)]


@pytest.mark.parametrize("make", [samples.heic, samples.grid_heic])
def test_a_picture_cut_anywhere_is_cut_off(make):
    data = make(1)
    first = data.index(b"mdat") + 4
    for end in range(40, len(data), 41):
        fault = heic.walk(data[:end]).fault
        assert fault.startswith("cut off"), end
        assert end < first or fault == f"cut off after {100 * end // len(data)} % of the file"


@pytest.mark.parametrize("share", [0.4, 0.6, 0.8, 0.95])
@pytest.mark.parametrize("make", [samples.heic, samples.grid_heic])
def test_zeros_in_place_of_pixels_are_seen_though_the_decoder_would_not_mind(make, share):
    assert heic.walk(samples.zeroed(make(1), share)).fault == "damaged: a part of the picture is zeros or garbage"


def test_a_length_that_does_not_add_up_is_seen():
    data = samples.heic(1)
    start = read_meta(data).extents[1][0].start
    for length in (0, 1, len(data), int.from_bytes(data[start : start + 4], "big") - 1):
        assert heic.walk(data[:start] + pack(">I", length) + data[start + 4 :]).fault.startswith("damaged")


def relocated(data, changes):
    """Change entries of `iloc` as the sample's writer lays them out: 20 bytes each, from the 8th of the box on."""
    broken, first = bytearray(data), data.index(b"iloc") + 12
    for entry, (at, words) in changes.items():
        place = first + 20 * entry + at
        broken[place : place + len(words)] = words
    return bytes(broken)


def test_units_may_bear_shorter_lengths_where_the_decoder_is_told():
    data = samples.heic(1)
    extent = read_meta(data).extents[1][0]
    length = int.from_bytes(data[extent.start : extent.start + 4], "big")
    assert extent.end == extent.start + 4 + length
    told = next(box.start for box in read_meta(data).properties[1] if box.kind == b"hvcC") + 21
    two = bytes([data[told] & 0xFC | 1])
    units = pack(">HHH", 2, 0x4001, length - 2) + data[extent.start + 6 :]
    broken = data[:told] + two + data[told + 1 : extent.start] + units
    assert heic.walk(broken).fault == ""
    assert heic.walk(data[:told] + two + data[told + 1 :]).fault.startswith("damaged")


def test_a_coded_unit_without_room_for_its_header_is_seen():
    data = samples.heic(1)
    extent = read_meta(data).extents[1][0]
    first = int.from_bytes(data[extent.start : extent.start + 4], "big")
    shorter, rest = pack(">I", first - 5), extent.start + 4 + first - 5
    broken = data[: extent.start] + shorter + data[extent.start + 4 : rest] + pack(">I", 1) + data[rest + 4 :]
    assert heic.walk(broken).fault == "damaged: a part of the picture is zeros or garbage"


def test_a_missing_tile_is_seen():
    data = relocated(samples.grid_heic(1), {6: (0, pack(">H", 99))})
    assert read_meta(data).extents.keys() == {1, 2, 3, 4, 5, 6, 99}
    assert heic.walk(data).fault == "damaged: a part of the picture is missing"


def test_a_canvas_larger_than_declared_is_no_way_around_the_limit():
    data = samples.grid_heic(1)
    canvas = read_meta(data).extents[1][0]
    broken = data[: canvas.start + 4] + pack(">HH", 60_000, 60_000) + data[canvas.end :]
    assert heic.walk(broken).fault == "damaged: its sizes disagree"


def test_parts_that_overlap_cost_no_more_than_the_file():
    data = samples.grid_heic(1)
    start = read_meta(data).extents[2][0].start
    everything = pack(">IHII", 0, 1, start, len(data) - start)
    data = relocated(data, dict.fromkeys(range(1, 7), (6, everything)))
    assert heic.walk(data).fault == "damaged: its parts overlap"
