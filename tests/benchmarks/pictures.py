"""Makes photos of about half a megabyte, no two alike: `python -m tests.benchmarks.pictures DIR COUNT`."""

import random
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from pathlib import Path

from PIL import Image, ImageChops

SIDES = (1600, 1200)
NOISE = 0.14
QUALITY = 87


@cache
def noise():
    chance = random.Random(0)
    return Image.frombytes("RGB", SIDES, chance.randbytes(3 * SIDES[0] * SIDES[1]))


def picture(number: int) -> Image.Image:
    chance = random.Random(number)
    patches = Image.frombytes("RGB", (4, 4), chance.randbytes(48)).resize(SIDES, Image.Resampling.BICUBIC)
    moved = ImageChops.offset(noise(), chance.randrange(SIDES[0]), chance.randrange(SIDES[1]))
    return Image.blend(patches, moved, NOISE)


def make(folder: Path, number: int) -> None:
    picture(number).save(folder / f"{number:05}.jpg", quality=QUALITY)


def main() -> None:
    folder, count = Path(sys.argv[1]), int(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor() as pool:
        list(pool.map(partial(make, folder), range(count), chunksize=25))


if __name__ == "__main__":
    main()
