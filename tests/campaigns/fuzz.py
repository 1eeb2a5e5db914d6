"""Broken files of every format, a different one each time: nothing crashes, hangs or swells, and copies stay honest.

`python -m tests.campaigns.fuzz --seconds 600 --seed 1 --keep DIR`: what breaks a rule is written there, to be kept as a
test. Decoders work apart, as they do in the program, so that what they do to themselves is told and not suffered.
"""

import argparse
import os
import random
import sys
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from syncd.images.apart import Apart
from syncd.images.copies import Fit, Made, copy_of
from syncd.images.decoder import Decoder
from syncd.images.judge import judge
from syncd.images.picture import picture_of
from syncd.images.position import has_position
from syncd.images.profile import profile
from tests import samples
from tests.unit.images.test_hostile import SEEDS, mutants

ALL = {
    **SEEDS,
    **{f"dressed {name}": samples.dressed(name, 1, (40, 30), turn=6) for name in ("jpeg", "png", "webp", "heic")},
}
HARM = ("its decoder crashes", "takes longer than")
SLOW_SECONDS = 5.0
"""Of a core; the files are small, so that none should take a tenth of one."""


def broken(data: bytes, decoder: Decoder) -> Iterator[str]:
    """Yield the rules that a file breaks."""
    began = time.thread_time()
    judged = judge(data, decoder=decoder)
    if any(words in judged.detail for words in HARM):
        yield f"it harms its decoder: {judged.detail}"
    if judged != judge(data, decoder=decoder):
        yield "it is judged otherwise the second time"
    picture_of(data, decoder)
    if judged.accepted:
        yield from _broken_copy(data, judged, decoder)
    if time.thread_time() - began > SLOW_SECONDS:
        yield "it takes too long"


def _broken_copy(data: bytes, judged, decoder: Decoder) -> Iterator[str]:
    name = judged.format
    has_position(name, data)
    made = copy_of(data, judged, Fit(10**9, strip=True), decoder)
    if not isinstance(made, Made):
        return
    again = judge(made.data, decoder=decoder)
    if again.likeness != judged.likeness or not again.accepted:
        yield f"its copy without metadata is another picture: {again.detail or again.likeness}"
    if has_position(name, made.data):
        yield "its copy tells where it was taken"
    if profile(name, made.data) != profile(name, data):
        yield "its copy has other colours"


def play(seed: int, count: int, decoder: Decoder) -> Iterator[tuple[str, bytes, str]]:
    """Break each seed file so often; yield format, file and rule of each finding."""
    for name, data in ALL.items():
        for mutant in mutants(data, random.Random(f"{seed} {name}"), count):
            try:
                found = list(broken(mutant, decoder))
            except Exception as error:  # noqa: BLE001 - whatever comes out is the finding
                found = [f"{type(error).__name__}: {error}"]
            for rule in found:
                yield name, mutant, rule


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path("fuzz-findings"))
    options = parser.parse_args()
    end, findings, rounds, portion = time.monotonic() + options.seconds, 0, 0, 20
    with Apart(os.cpu_count() or 1) as decoder:
        while time.monotonic() < end:
            for name, data, rule in play(options.seed + rounds, portion, decoder):
                findings += 1
                options.keep.mkdir(exist_ok=True)
                path = options.keep / f"{name.replace(' ', '-')}-{sha256(data).hexdigest()[:12]}"
                path.write_bytes(data)
                sys.stdout.write(f"FINDING {path}: {rule}\n")
            rounds += 1
    sys.stdout.write(f"{findings} findings in {rounds * portion * len(ALL)} files\n")
    return bool(findings)


if __name__ == "__main__":
    sys.exit(main())
