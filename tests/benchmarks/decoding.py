"""What `syncd check` is compared with, each a process of its own: `python -m tests.benchmarks.decoding HOW DIR`.

`loop`: a bare loop, in one process a core, that reads each file, decodes its pixels with the same functions of the same
libraries, and judges nothing. `here`: the same command, but for the processes in which pictures are decoded: its own
threads, one a core, do that, and nothing limits them.
"""

import os
import sys
from concurrent.futures import ProcessPoolExecutor
from io import BytesIO
from pathlib import Path

import pillow_heif
from PIL import Image

from syncd.images import apart
from syncd.images.decoder import InProcess
from syncd.images.webp_pixels import LIBRARY, pixels


class Near(InProcess):
    """Stands where the processes stand otherwise."""

    def __init__(self, most: int, *, eager: bool) -> None:
        pillow_heif.options.DECODE_THREADS = 1

    def close(self) -> None:
        """Nothing was begun."""


def decode(path: str) -> int:
    """Decode one file and nothing else."""
    import simplejpeg

    data = Path(path).read_bytes()
    if path.endswith(".jpg"):
        return len(simplejpeg.decode_jpeg(data, "RGBX", strict=True))
    if path.endswith(".webp") and LIBRARY is not None:
        return pixels(LIBRARY, data).height
    image = pillow_heif.open_heif(BytesIO(data)).to_pillow() if path.endswith(".heic") else Image.open(BytesIO(data))
    image.load()
    return image.height


def loop(folder: str) -> None:
    pillow_heif.options.DECODE_THREADS = 1
    files = sorted(map(str, Path(folder).glob("*/*")))
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        assert all(pool.map(decode, files, chunksize=4))


def here(folder: str) -> None:
    from syncd.cli.main import main

    apart.Apart = Near
    sys.argv[1:] = ["check", "--json", folder]
    main()


if __name__ == "__main__":
    {"loop": loop, "here": here}[sys.argv[1]](sys.argv[2])
