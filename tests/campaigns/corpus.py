"""A corpus of files whose truth is known by how they were made, and how many of them are judged otherwise.

`python -m tests.campaigns.corpus --files 5000 --seed 1`. Told are wrong verdicts in 1,000, and each of them.
Not part of it, since no one can tell: the end of a lossy WebP that is zeros, which is a picture like any other.
"""

import argparse
import os
import random
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from struct import pack

from syncd.images.apart import Apart
from syncd.images.decoder import HERE, Decoder
from syncd.images.heif_meta import read_meta
from syncd.images.jpeg import segments
from syncd.images.judge import judge
from tests import samples

SIZES = ((64, 48), (48, 64), (200, 150), (333, 217))
ACCEPT = None

Bytes = Callable[[random.Random, int, tuple[int, int]], bytes]

GOOD: dict[str, Bytes] = {
    "jpeg": lambda chance, seed, size: samples.jpeg(seed, size, quality=chance.choice((20, 75, 97))),
    "progressive jpeg": lambda _, seed, size: samples.jpeg(seed, size, progressive=True),
    "grey jpeg": lambda _, seed, size: samples.jpeg(seed, size, gray=True),
    "turned jpeg": lambda chance, seed, size: samples.jpeg(seed, size, orientation=chance.randint(1, 8), position=True),
    "jpeg for inks": lambda _, seed, size: samples.cmyk_jpeg(seed, size),
    "jpeg with a second picture": lambda _, seed, size: samples.mpo(seed, size),
    "png": lambda chance, seed, size: samples.png(seed, size, orientation=chance.choice((None, 6))),
    "16-bit png": lambda _, seed, size: samples.png16(seed, size),
    "png with a palette": lambda _, seed, size: samples.palette_png(seed, size),
    "png with alpha": lambda _, seed, size: samples.alpha_png(seed, size),
    "animated png": lambda _, seed, size: samples.animated_png(seed, size),
    "webp": lambda chance, seed, size: samples.webp(seed, size, lossless=chance.random() < 0.5),
    "animated webp": lambda _, seed, size: samples.animated_webp(seed, size),
    "heic": lambda chance, seed, size: samples.heic(seed, size, orientation=chance.choice((None, 3, 6))),
    "heic of tiles": lambda _, seed, __: samples.grid_heic(seed),
    "10-bit heic": lambda _, seed, size: samples.heic10(seed, size),
    **{
        f"dressed {name}": lambda chance, seed, size, name=name: samples.dressed(
            name, seed, size, turn=chance.randint(1, 8)
        )
        for name in ("jpeg", "png", "webp", "heic")
    },
}

OTHERS = {"gif": samples.gif, "tiff": samples.tiff, "bmp": samples.bmp, "avif": samples.avif}


def _spliced(data: bytes, at: int, part: bytes) -> bytes:
    return data[:at] + part + data[at:]


def _before_the_end(data: bytes, part: bytes) -> bytes:
    """Behind the coded data of a JPEG, before what ends it."""
    end = list(segments(data))[-1].start
    return data[:end] + part + data[end:]


def _behind_the_first(data: bytes, part: bytes) -> bytes:
    """Behind the first segment of a JPEG."""
    return _spliced(data, next(segments(data)).end, part)


def _segment(marker: int, payload: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + pack(">H", 2 + len(payload)) + payload


def _exif(chance: random.Random) -> bytes:
    return _segment(0xE1, b"Exif\0\0II*\0" + chance.randbytes(60))


def _chunk(chance: random.Random) -> bytes:
    return samples.png_chunk(b"prVt", chance.randbytes(99))


LONG_TEXT = samples.png_chunk(b"zTXt", b"t\0\0" + samples.compress(bytes(3_000_000)))

# Odd, and nothing that a picture is worse for.
HARMLESS: dict[str, tuple[str, Callable[[random.Random, bytes], bytes]]] = {
    "a trailer": ("jpeg png webp", lambda chance, data: data + chance.randbytes(chance.randint(1, 5000))),
    "zeros behind it": ("jpeg png webp", lambda chance, data: data + bytes(chance.randint(1, 5000))),
    "much before the pixels": ("jpeg", lambda _, data: _spliced(data, 2, _segment(0xE2, bytes(60_000)) * 8)),
    "junk between segments": ("jpeg", lambda chance, data: _behind_the_first(data, bytes(chance.randint(1, 40)))),
    "padding before the end": ("jpeg", lambda chance, data: _before_the_end(data, bytes(chance.randint(16, 999)))),
    "broken exif": ("jpeg", lambda chance, data: _spliced(data, 2, _exif(chance))),
    "an unknown version": ("jpeg", lambda _, data: data.replace(b"JFIF\0\1\1", b"JFIF\0\7\1", 1)),
    "a long text": ("png", lambda _, data: _spliced(data, 33, LONG_TEXT)),
    "an unknown chunk": ("png", lambda chance, data: _spliced(data, 33, _chunk(chance))),
}  # fmt: skip


def _share(chance: random.Random) -> float:
    return chance.uniform(0.3, 0.95)


def _scrambled(chance: random.Random, data: bytes) -> bytes:
    """The second half of the coded data are others. Fewer may fall into step again, and then no decoder minds."""
    scan = next(each for each in segments(data) if each.marker == 0xDA)
    half = (scan.start + scan.end) // 2
    return data[:half] + chance.randbytes(scan.end - half).replace(b"\xff", b"\0") + data[scan.end :]


def _flipped(chance: random.Random, data: bytes) -> bytes:
    at = chance.randrange(8, len(data) - 12)
    return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]


def _holed(chance: random.Random, data: bytes) -> bytes:
    """The lengths of coded units do not add up."""
    meta = read_meta(data)
    item = chance.choice([item for item, kind in meta.kinds.items() if kind == b"hvc1" and item in meta.coded()])
    at = meta.extents[item][0].start
    return data[:at] + pack(">I", chance.choice((0, 1, len(data)))) + data[at + 4 :]


BROKEN: dict[str, tuple[str, Callable[[random.Random, bytes], bytes]]] = {
    "cut off": ("jpeg png webp heic", lambda chance, data: samples.truncated(data, _share(chance))),
    "filled up with zeros": ("jpeg png heic", lambda chance, data: samples.zeroed(data, _share(chance))),
    "without its end": ("jpeg", lambda _, data: data[:-2]),
    "scrambled": ("jpeg", _scrambled),
    "a bit flipped": ("png", _flipped),
    "lengths that lie": ("heic", _holed),
}

NOTHING: dict[str, Callable[[random.Random], bytes]] = {
    "words": lambda chance: bytes(chance.choices(b"abc de\n", k=chance.randint(1, 4000))),
    "a page": lambda _: b"<!DOCTYPE html><html><body>Sign in</body></html>",
    "an archive": lambda chance: b"PK\3\4" + chance.randbytes(300),
    "a pointer": lambda _: b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64,
    "zeros": lambda chance: bytes(chance.randint(1, 100_000)),
    "noise": lambda chance: b"\x01" + chance.randbytes(chance.randint(1, 5000)),
}


@dataclass(frozen=True)
class Made:
    """One file, how it was made, and the reason for which it must be rejected; None: it must be accepted."""

    how: str
    data: bytes = field(repr=False)
    truth: str | None


@dataclass(frozen=True)
class Wrong:
    """One file that is judged otherwise than it is."""

    number: int
    made: Made
    said: str | None
    detail: str


@cache
def make(seed: int, number: int) -> Made:
    """Make the file of this number: the same each time."""
    chance = random.Random(f"{seed} {number}")
    size, name = chance.choice(SIZES), chance.choice(list(GOOD))
    # Few pictures, each in many ways: making them takes longer than judging them.
    good = GOOD[name](chance, chance.randrange(8), size)
    fitting = name.split()[-1] if name.split()[-1] in ("jpeg", "png", "webp", "heic") else judge(good).format
    match chance.randrange(10):
        case 0 | 1 | 2:
            return Made(name, good, ACCEPT)
        case 3 | 4:
            return _changed(chance, name, good, fitting, HARMLESS, ACCEPT)
        case 5 | 6 | 7:
            return _changed(chance, name, good, fitting, BROKEN, "corrupt")
        case 8:
            other = chance.choice(list(OTHERS))
            return Made(other, OTHERS[other](chance.randrange(8), size), "unsupported-format")
    return _nothing(chance)


def _nothing(chance: random.Random) -> Made:
    what = chance.choice([*NOTHING, "nothing", "a bomb"])
    if what == "nothing":
        return Made(what, b"", "empty")
    if what == "a bomb":
        return Made(what, samples.png_bomb(chance.choice((20_000, 40_000)), 20_000), "too-many-pixels")
    return Made(what, NOTHING[what](chance), "not-an-image")


def _changed(chance: random.Random, name: str, good: bytes, fitting: str | None, ways: dict, truth: str | None) -> Made:
    fits = [how for how, (formats, _) in ways.items() if fitting in formats.split()]
    # A second picture behind the first, and what trails it, may be cut off.
    whole = "second" not in name and "dressed" not in name
    if not fits or (truth is not None and not whole):
        return Made(name, good, ACCEPT)
    how = chance.choice(fits)
    return Made(f"{name}, {how}", ways[how][1](chance, good), truth)


def wrong(numbers: range, seed: int, decoder: Decoder = HERE) -> Iterator[Wrong]:
    """Judge the files of these numbers, and return those that are judged otherwise than they are."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for found in pool.map(lambda number: _wrong(number, seed, decoder), numbers):
            if found is not None:
                yield found


def _wrong(number: int, seed: int, decoder: Decoder) -> Wrong | None:
    made = make(seed, number)
    judged = judge(made.data, decoder=decoder)
    said = judged.reason.value if judged.reason is not None else None
    return None if said == made.truth else Wrong(number, made, said, judged.detail)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns.corpus", description=__doc__)
    parser.add_argument("--files", type=int, default=5000, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    found = 0
    with Apart(os.cpu_count() or 1) as decoder:
        for one in wrong(range(options.files), options.seed, decoder):
            found += 1
            truth, said = one.made.truth or "good", one.said or "good"
            sys.stdout.write(f"{one.number}: {one.made.how} is {truth}, and was called {said} ({one.detail})\n")
    sys.stdout.write(f"{found} wrong of {options.files}: {1000 * found / options.files:.2f} in 1,000\n")


if __name__ == "__main__":
    main()
