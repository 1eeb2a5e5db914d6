"""How fast `syncd check` judges, and what it costs to decode pictures apart: `python -m tests.benchmarks.check`."""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from statistics import median
from textwrap import wrap

import pillow_heif

from tests.benchmarks.pictures import picture

METHOD = (
    "Each run is a process from its start to its end, interpreter and imports included; its CPU is that of its "
    "children too. The page cache is warm. A round has each of the three once, one after the other, and each round "
    "begins with another one; ratios are taken within a round. Shown: median (least to most). The bare loop decodes "
    "the same files, in one process a core, with the same functions of the same libraries, and judges nothing. In "
    "process: the same command, decoding in threads of its own."
)
LINES = {
    "bare loop": ("tests.benchmarks.decoding", "loop"),
    "in process": ("tests.benchmarks.decoding", "here"),
    "check": ("syncd", "check", "--json"),
}
RATIOS = (("check", "bare loop", 1.2), ("check", "in process", 1.1))
"""What is compared with what, and at most how large it is to be."""

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


def run(name: str, work: Path, files: int) -> Measured:
    found, out = measured("-m", *LINES[name], str(work / "photos"))
    if out:
        told = json.loads(out)["files"]
        good = sum(one["verdict"] == "accept" and "not-decoded" not in one["warnings"] for one in told)
        if (len(told), good) != (files, files):
            sys.exit(f"{good} of {len(told)} files were decoded and accepted, not {files}")
    return found


def one_round(work: Path, files: int, number: int) -> dict[str, Measured]:
    names = list(LINES)
    first = number % len(names)
    return {name: run(name, work, files) for name in names[first:] + names[:first]}


def spread(values: list[float], digits: int = 2) -> str:
    return f"{median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def machine() -> str:
    with open("/proc/cpuinfo") as told:
        model = next((line.partition(":")[2].strip() for line in told if line.startswith("model name")), "")
    system = f"{platform.machine()}, {platform.system()} {platform.release()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores ({model or 'unknown'}), {system}"


def words(rounds: list[dict[str, Measured]], files: int, loads: list[float]) -> list[str]:
    kinds: list[tuple[str, Callable[[Measured], float]]] = [
        ("wall", lambda one: one.wall),
        ("CPU", lambda one: one.cpu),
    ]
    lines = []
    for ours, theirs, most in RATIOS:
        for kind, take in kinds:
            ratios = spread([take(each[ours]) / take(each[theirs]) for each in rounds])
            lines.append(f"{ours} / {theirs}, {kind}: {ratios}, wanted <= {most}")
    for name in LINES:
        runs = [each[name] for each in rounds]
        speed, cpu = (
            spread(values, 1)
            for values in ([files / one.wall for one in runs], [1000 * one.cpu / files for one in runs])
        )
        lines.append(
            f"{name}: {speed} files/s, {cpu} ms of a core a file, at most {max(each.peak for each in runs):.0f} MB"
        )
    lines.append(
        f"{files} files of 2 megapixels, {len(rounds)} rounds; {machine()}; load {spread(loads, 1)} before a round"
    )
    return [*lines, *wrap(METHOD, 120)]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.check", description=__doc__)
    parser.add_argument("--files", type=int, default=1000, metavar="N")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    options = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="syncd-benchmark-"))
    rounds, loads = [], []
    try:
        lay_out(work, options.files)
        for number in range(options.rounds):
            loads.append(os.getloadavg()[0])
            rounds.append(one_round(work, options.files, number))
    finally:
        rmtree(work)
    sys.stdout.write("\n".join(words(rounds, options.files, loads)) + "\n")


if __name__ == "__main__":
    main()
