"""What watching costs: `python -m tests.benchmarks.watch [FOLDERS]`."""

import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

from syncd.config.ignore import compile_patterns
from syncd.model.clock import MachineClock
from syncd.scan.discover import fits
from syncd.watch import Place, Rules, Watch

IDLE_SECONDS = 20
PHOTO = bytes(58_000)
DROPS = 200


def memory():
    """Megabytes that this process holds."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


def wakes():
    """How often the threads other than this one have waited for something."""
    tasks = [task for task in Path("/proc/self/task").iterdir() if task.name != str(os.getpid())]
    lines = [line for task in tasks for line in (task / "status").read_text().splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith("voluntary"))


def timed(act):
    wall, cpu = time.perf_counter(), time.process_time()
    act()
    return time.perf_counter() - wall, time.process_time() - cpu


def idle():
    before, woken = time.process_time(), wakes()
    time.sleep(IDLE_SECONDS)
    return {
        "idle_cpu_ms_a_minute": (time.process_time() - before) * 60_000 / IDLE_SECONDS,
        "idle_wake_ups": wakes() - woken,
    }


def delays(watch_on, folder):
    """Milliseconds from just before close() until the change is told of."""
    found = []
    for number in range(DROPS):
        handle = os.open(folder / f"{number}.jpg", os.O_CREAT | os.O_WRONLY)
        os.write(handle, PHOTO)
        time.sleep(0.002)
        watch_on.clear()
        closing = time.perf_counter()
        os.close(handle)
        time.sleep(0.01)
        found.append((watch_on[0] - closing) * 1000)
    return {"told_ms_p50": median(found), "told_ms_p99": quantiles(found, n=100)[98]}


def measure(root, folders, mode):
    for number in range(folders // 2):
        (root / f"models/m{number}/modelInput").mkdir(parents=True)
    moments = []
    place = Place(os.fsencode(root), "models/{model_id}/{image_type}")
    rules = Rules(fits, compile_patterns())
    before = memory()

    def hear(path, *, writing):
        moments.append(time.perf_counter())

    watch = Watch([place], hear, rules, mode=mode, clock=MachineClock())
    wall, cpu = timed(watch.start)
    if mode == "poll":
        time.sleep(2)
    figures = {"start_s": wall, "start_cpu_s": cpu, "watch_mb": memory() - before, "process_mb": memory(), **idle()}
    figures["look_ms"] = timed(watch.look)[0] * 1000
    if mode == "native":
        figures |= delays(moments, root / "models/m1/modelInput")
    else:
        figures["poll_interval_s"] = watch._poller.interval
    watch.stop()
    return figures


def main():
    folders = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    for mode in ("native", "poll"):
        root = Path(tempfile.mkdtemp(prefix="syncd-watch-"))
        try:
            sys.stdout.write(json.dumps({"folders": folders, "mode": mode, **measure(root, folders, mode)}) + "\n")
        finally:
            shutil.rmtree(root)


if __name__ == "__main__":
    main()
