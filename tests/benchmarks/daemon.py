"""How soon the daemon acts: `python -m tests.benchmarks.daemon [DROPS]`.

From close() of a photo to the first byte of its upload at the service, with nothing to settle and without decoding;
then what the daemon costs while nothing happens. One set is full before, as is usual: a service that has shown a page
of twenty need not be asked whether one of ten goes on.
"""

import json
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import quantiles

from tests.benchmarks.living import Living, Sink, cpu, photo

SETS = 20
FULL = 20
APART_SECONDS = 0.05
IDLE_SECONDS = 30


def drop(sink: Sink, path: Path, data: bytes) -> float:
    """Milliseconds from close() until the upload arrives."""
    before = sink.uploads()
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        closing = time.perf_counter()
    while sink.uploads() == before:
        time.sleep(0.002)
    began, _ = sink.last()
    time.sleep(APART_SECONDS)
    return (began - closing) * 1000


def main() -> None:
    drops = min(int(sys.argv[1]) if len(sys.argv) > 1 else 200, SETS * FULL)
    photos = [photo(number) for number in range(drops + FULL)]
    with tempfile.TemporaryDirectory() as home, ExitStack() as stack:
        living = Living(Path(home), SETS + 1, stack)
        folders = [living.folder(number) for number in range(SETS + 1)]
        for number in range(FULL):
            (folders[SETS] / f"{number}.jpg").write_bytes(photos[drops + number])
        living.sync()
        process, sink = living.run(), living.sink
        time.sleep(5)
        asked, before = sink.requests(), cpu(process)
        delays = [drop(sink, folders[number % SETS] / f"{number}.jpg", photos[number]) for number in range(drops)]
        per_drop = {
            "requests_a_drop": round((sink.requests() - asked) / drops, 1),
            "cpu_ms_a_drop": round((cpu(process) - before) * 1000 / drops, 1),
        }
        time.sleep(5)
        before = cpu(process)
        time.sleep(IDLE_SECONDS)
        idle = (cpu(process) - before) * 60_000 / IDLE_SECONDS
        memory = next(line for line in Path(f"/proc/{process.pid}/status").read_text().splitlines() if "VmRSS" in line)
    # With the first drop of each set its model is asked for, and most of the program runs for the first time.
    cuts = quantiles(delays[SETS:], n=100)
    facts = {
        "drops": drops - SETS,
        "p50_ms": round(cuts[49], 1),
        "p90_ms": round(cuts[89], 1),
        "p99_ms": round(cuts[98], 1),
    }
    facts |= per_drop | {"idle_cpu_ms_a_minute": round(idle), "memory_mb": int(memory.split()[1]) // 1024}
    sys.stdout.write(json.dumps(facts) + "\n")


if __name__ == "__main__":
    main()
