import random
from struct import pack

import pytest

from syncd.images import boxes, heic, heif_meta, jpeg, png, webp
from syncd.images.judge import judge
from syncd.images.orientation import orientation
from syncd.images.picture import picture_of
from syncd.images.sniff import sniff, strangeness
from syncd.model.words import Reason
from tests import samples

SEEDS = {
    "jpeg": samples.jpeg(1, (40, 30), orientation=6),
    "progressive": samples.jpeg(1, (40, 30), progressive=True),
    "mpo": samples.mpo(1, (40, 30)),
    "png": samples.png(1, (24, 18), orientation=3),
    "apng": samples.animated_png(1, (24, 18)),
    "palette": samples.palette_png(1, (24, 18)),
    "webp": samples.webp(1, (40, 30), orientation=8),
    "lossless": samples.webp(1, (24, 18), lossless=True),
    "animation": samples.animated_webp(1, (40, 30)),
    "heic": samples.heic(1, orientation=6),
    "grid": samples.grid_heic(1),
    "avif": samples.avif(1),
    "gif": samples.gif(1),
}
REJECTED = {None, Reason.CORRUPT, Reason.NOT_AN_IMAGE, Reason.UNSUPPORTED_FORMAT, Reason.TOO_MANY_PIXELS}
NUMBERS = [
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\0\0\0\1",
    b"\x80\0\0\0",
    b"\1\0\0\0",
    b"\0\0\xff\xff",
]


def mutants(data, chance, count):
    for _ in range(count):
        broken = bytearray(data)
        # Headers are where parsers break: half of all damage goes there.
        reach = len(data) if chance.random() < 0.5 else min(len(data), 700)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(reach)
            match chance.randrange(5):
                case 0:
                    broken[at : at + 1] = bytes([chance.randrange(256)])
                case 1:
                    broken[at : at + 4] = chance.choice(NUMBERS)
                case 2:
                    del broken[at : at + chance.randint(1, 40)]
                case 3:
                    broken[at:at] = broken[at : at + chance.randint(1, 40)]
                case 4:
                    broken[at:] = broken[at : at + chance.randint(0, 200)]
        yield bytes(broken)


@pytest.mark.parametrize("name", SEEDS)
def test_walks_survive_any_damage(name):
    chance = random.Random(name)
    for data in mutants(SEEDS[name], chance, 400):
        sniff(data)
        strangeness(data)
        for walk in (jpeg.walk, png.walk, webp.walk, heic.walk):
            container = walk(data)
            assert container.fault or container.pixels > 0
        orientation(data[: chance.randrange(100)])
        jpeg.bare(data)
        png.bare(data)


@pytest.mark.parametrize("name", SEEDS)
def test_judging_survives_any_damage(name):
    for data in mutants(SEEDS[name], random.Random(name * 2), 60):
        judged = judge(data)
        assert judged.reason in REJECTED
        assert judged.accepted or judged.detail
        picture = picture_of(data)
        assert bool(picture.problem) == (picture.likeness is None)


@pytest.mark.parametrize("name", SEEDS)
def test_every_beginning_of_a_file_gives_a_judgement(name):
    data = SEEDS[name]
    for end in range(0, min(len(data), 900), 7):
        assert judge(data[:end], verify="structure").reason in {*REJECTED, Reason.EMPTY}


PARTS = 30_000


def full(start, unit):
    return start + unit * (PARTS + 1)


def box(kind, body):
    return pack(">I", 8 + len(body)) + kind + body


def meta(*inner):
    return box(b"ftyp", b"heic" + bytes(4)) + box(b"meta", bytes(4) + b"".join(inner))


PRIMARY = box(b"pitm", bytes(4) + b"\0\1")
INFE = box(b"infe", b"\2\0\0\0\0\1\0\0hvc1\0")
ENDLESS = {
    "jpeg segments": full(b"\xff\xd8", b"\xff\xe1\0\2"),
    "jpeg padding": b"\xff\xd8" + b"\xff" * 3_000_000 + b"\0",
    "jpeg restarts": full(b"\xff\xd8\xff\xda\0\2", b"\xff\xd0"),
    "png chunks": full(samples.PNG_SIGNATURE, samples.png_chunk(b"IHDR", bytes(13))),
    "png pixels and text": full(samples.png(1)[:33], samples.png_chunk(b"tEXt")),
    "webp chunks": b"RIFF" + pack("<I", 4 + 16 * PARTS) + full(b"WEBP", b"ALPH" + bytes(4)),
    "heif boxes": full(b"\0\0\0\x10ftypheic\0\0\0\0", b"\0\0\0\x08free"),
    "heif items": meta(PRIMARY, box(b"iinf", full(bytes(6), INFE))),
    "heif empty extents": meta(PRIMARY, box(b"iloc", bytes(6) + b"\xff\xff" + b"\0\1\0\0\xff\xff" * 65_535)),
    "heif extents": meta(PRIMARY, box(b"iloc", b"\0\0\0\0\x44\0\xff\xff" + full(b"", b"\0\1\0\0\xff\xff" + bytes(8)))),
    "heif references": meta(PRIMARY, box(b"iref", bytes(4) + box(b"dimg", b"\0\1\xff\xff" + b"\0\1" * 65_535) * 8)),
    "heif property uses": meta(PRIMARY, box(b"iprp", box(b"ipma", full(bytes(8), b"\0\1\2\1\1")))),
    "deep boxes": b"\0\0\0\x10ftypheic\0\0\0\0" + b"\0\xff\xff\xffmeta\0\0\0\0" * PARTS,
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("data", ENDLESS.values(), ids=ENDLESS)
def test_endless_repetition_ends(monkeypatch, data):
    for room in (boxes, heif_meta, jpeg, png, webp):
        monkeypatch.setattr(room, "MAX_PARTS", PARTS)
    assert not judge(data).accepted


def test_references_in_a_circle_end():
    circle = box(b"iref", bytes(4) + box(b"dimg", b"\0\1\0\1\0\2") + box(b"dimg", b"\0\2\0\1\0\1"))
    items = b"".join(box(b"infe", b"\2\0\0\0\0" + item + b"\0\0grid\0") for item in (b"\1", b"\2"))
    data = meta(PRIMARY, box(b"iinf", bytes(4) + b"\0\2" + items), circle)
    assert heic.codec(data) is None
    assert judge(data).reason is Reason.CORRUPT
