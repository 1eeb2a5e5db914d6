"""How fast `syncd check` judges, next to a bare loop that only decodes the same files with the same libraries.

`python -m tests.benchmarks.check`. Both run as a process from start to end, on all cores, interleaved in rounds. The
bare loop judges nothing: it reads each file and decodes its pixels, in one process a core.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from shutil import rmtree
from statistics import median

import pillow_heif
from PIL import Image

from tests.benchmarks.pictures import picture

MIX = ("jpg",) * 12 + ("png",) * 2 + ("webp",) * 2 + ("heic",) * 4
"""Of 20 files so many are of each format: mostly what cameras and phones make."""
DISTINCT, FOLDER = 60, 20


@dataclass(frozen=True)
class Measured:
    """One run: seconds of the clock, seconds of cores, and the most that one process took (MB)."""

    wall: float
    cpu: float
    peak: float


def make(folder: Path, number: int) -> None:
    name = MIX[number % len(MIX)]
    image = picture(number)
    if name == "heic":
        pillow_heif.from_pillow(image).save(
            folder / f"{number:03}.heic", quality=50, enc_params={"preset": "ultrafast"}
        )
    else:
        options = {"jpg": {"quality": 87}, "png": {"compress_level": 1}, "webp": {"quality": 80, "method": 0}}[name]
        image.save(folder / f"{number:03}.{name}", **options)


def drawn() -> list[Path]:
    """Return the pictures, which outlive the run."""
    folder = Path(tempfile.gettempdir()) / "syncd-benchmark-mixed"
    folder.mkdir(exist_ok=True)
    if len(list(folder.iterdir())) < DISTINCT:
        for number in range(DISTINCT):
            make(folder, number)
    return sorted(folder.iterdir())


def lay_out(work: Path, files: int) -> None:
    pictures = drawn()
    for number in range(files):
        source = pictures[number % len(pictures)]
        folder = work / "photos" / f"{number // FOLDER:03}"
        folder.mkdir(parents=True, exist_ok=True)
        os.link(source, folder / f"{number % FOLDER:02}{source.suffix}")


def decode(path: str) -> int:
    """Decode one file and nothing else."""
    import simplejpeg

    data = Path(path).read_bytes()
    if path.endswith(".jpg"):
        return len(simplejpeg.decode_jpeg(data, "RGBX", strict=True))
    image = pillow_heif.open_heif(BytesIO(data)).to_pillow() if path.endswith(".heic") else Image.open(BytesIO(data))
    image.load()
    return image.height


def bare(folder: str) -> None:
    pillow_heif.options.DECODE_THREADS = 1
    files = sorted(map(str, Path(folder).glob("*/*")))
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        assert all(pool.map(decode, files, chunksize=4))


def measured(*line: str) -> tuple[Measured, bytes]:
    with tempfile.TemporaryFile() as out:
        start = time.perf_counter()
        process = subprocess.Popen([sys.executable, *line], stdout=out)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"{' '.join(line)} ended with {process.returncode}")
        out.seek(0)
        # Of children it is told when they ended before: both wait for theirs.
        return Measured(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024), out.read()


def one_round(work: Path, files: int) -> tuple[Measured, Measured]:
    loop, _ = measured("-m", "tests.benchmarks.check", "--bare", str(work / "photos"))
    check, out = measured("-m", "syncd", "check", "--json", str(work / "photos"))
    told = json.loads(out)["files"]
    good = sum(one["verdict"] == "accept" for one in told)
    if (len(told), good) != (files, files):
        sys.exit(f"{good} of {len(told)} files were accepted, not {files}")
    return loop, check


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.check", description=__doc__)
    parser.add_argument("--files", type=int, default=1000, metavar="N")
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--bare", metavar="DIR", help="the bare loop alone")
    options = parser.parse_args()
    if options.bare:
        bare(options.bare)
        return
    work = Path(tempfile.mkdtemp(prefix="syncd-benchmark-"))
    try:
        lay_out(work, options.files)
        rounds = [one_round(work, options.files) for _ in range(options.rounds)]
    finally:
        rmtree(work)
    for name, take in (("wall", lambda one: one.wall), ("CPU", lambda one: one.cpu)):
        ratios = [take(check) / take(loop) for loop, check in rounds]
        sys.stdout.write(f"check / bare loop, {name}: {median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})\n")
    for name, at in (("bare loop", 0), ("check", 1)):
        runs = [each[at] for each in rounds]
        wall, cpu = (median(take(one) for one in runs) for take in (lambda one: one.wall, lambda one: one.cpu))
        sys.stdout.write(
            f"{name}: {options.files / wall:.0f} files/s, {1000 * cpu / options.files:.1f} ms of a core a file\n"
        )
    sys.stdout.write(f"{options.files} files, {os.cpu_count()} cores, Python {platform.python_version()}\n")


if __name__ == "__main__":
    main()
