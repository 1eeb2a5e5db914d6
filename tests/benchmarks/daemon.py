"""How soon the daemon acts: `python -m tests.benchmarks.daemon [DROPS]`.

From close() of a photo to the answered upload, without the time of the upload itself, with nothing to settle and
without decoding; then what the daemon costs while nothing happens.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from io import BytesIO
from pathlib import Path
from statistics import quantiles

from PIL import Image

from tests.end_to_end.bench import COMMAND, SET, UPLOAD, Bench, bench_in

MODELS = 20
IDLE_SECONDS = 30
SIDES = (252, 189)


def photo(number: int) -> bytes:
    """A JPEG of about 58 kB, unlike all others."""
    noise = Image.frombytes("RGB", SIDES, random.Random(number).randbytes(3 * SIDES[0] * SIDES[1]))
    out = BytesIO()
    noise.save(out, "JPEG", quality=95)
    return out.getvalue()


class Stopwatch:
    """When the last upload came, and when it was answered."""

    def __init__(self, bench: Bench) -> None:
        self.came = self.answered = 0.0
        bench.refuse(UPLOAD, self.begin)
        bench.bend(UPLOAD, self.end)

    def begin(self, _: object) -> None:
        self.came = time.perf_counter()

    def end(self, *_: object) -> None:
        self.answered = time.perf_counter()


def drop(bench: Bench, watch: Stopwatch, number: int) -> float:
    """Milliseconds from close() to the answer, without the request."""
    folder = bench.root / SET.replace("m42", f"b{number % MODELS}")
    data, before = photo(number), watch.answered
    with (folder / f"{number}.jpg").open("wb") as file:
        file.write(data)
        file.flush()
        closing = time.perf_counter()
    while watch.answered == before:
        time.sleep(0.0005)
    time.sleep(0.05)
    return (watch.answered - closing - (watch.answered - watch.came)) * 1000


def cpu(process: subprocess.Popen) -> float:
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    drops = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory() as home, bench_in(Path(home)) as bench:
        bench.configure(dataset={"settle_seconds": 0}, images={"verify": "structure"}, status={"listen": ""})
        for number in range(MODELS):
            bench.service.create_model(f"b{number}")
            (bench.root / SET.replace("m42", f"b{number}")).mkdir(parents=True)
        watch = Stopwatch(bench)
        process = subprocess.Popen([COMMAND, "run"], cwd=home, env=bench.environment({}), stderr=subprocess.DEVNULL)
        time.sleep(5)
        asked, before = len(bench.requests), cpu(process)
        delays = [drop(bench, watch, number) for number in range(drops)][MODELS:]
        per_drop = {
            "requests_a_drop": round((len(bench.requests) - asked) / drops, 1),
            "cpu_ms_a_drop": round((cpu(process) - before) * 1000 / drops, 1),
        }
        time.sleep(5)
        before = cpu(process)
        time.sleep(IDLE_SECONDS)
        idle = (cpu(process) - before) * 60_000 / IDLE_SECONDS
        memory = next(line for line in Path(f"/proc/{process.pid}/status").read_text().splitlines() if "VmRSS" in line)
        process.terminate()
        process.wait(20)
    cuts = quantiles(delays, n=100)
    facts = {
        "drops": len(delays),
        "p50_ms": round(cuts[49], 1),
        "p90_ms": round(cuts[89], 1),
        "p99_ms": round(cuts[98], 1),
    }
    facts |= per_drop | {"idle_cpu_ms_a_minute": round(idle), "memory_mb": int(memory.split()[1]) // 1024}
    sys.stdout.write(json.dumps(facts) + "\n")


if __name__ == "__main__":
    main()
