"""What very many sets cost the daemon: `python -m tests.benchmarks.folders [FOLDERS]`.

Empty folders of sets, two a model. The service lies in a process of its own.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.living import cpu
from tests.benchmarks.service import KEY, model
from tests.end_to_end.bench import COMMAND

IDLE_SECONDS = 60
UPKEEP_SECONDS = 390
PATIENCE = 1800
KINDS = ("modelInput", "auxiliaryType")
CONFIG = """
[service]
base_url = "{url}"
[dataset]
root = "photos"
[status]
listen = ""
[schedule]
rescan_seconds = 86400
listing_seconds = 86400
"""


@contextmanager
def service(models: int):
    """A sandbox; tells its URL, and a function that counts the requests since the last call."""
    command = [sys.executable, "-m", "tests.benchmarks.service", str(models)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:

        def count() -> int:
            process.stdin.write("\n")
            process.stdin.flush()
            return int(process.stdout.readline())

        yield process.stdout.readline().strip(), count
        process.terminate()


def status(process: subprocess.Popen, field: str) -> int:
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(field)).split()[1])


def wakes(process: subprocess.Popen) -> dict[str, int]:
    """How often the threads of the process have waited for something, by their numbers."""
    found: dict[str, int] = {}
    for task in Path(f"/proc/{process.pid}/task").iterdir():
        lines = (task / "status").read_text().splitlines()
        times = int(next(line for line in lines if line.startswith("voluntary")).split()[1])
        found[task.name] = times
    return found


def settled(process: subprocess.Popen, home: Path, environ: dict[str, str], folders: int) -> float:
    """Seconds until every set was passed over."""
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE:
        time.sleep(5)
        run = subprocess.run([COMMAND, "status", "--json"], cwd=home, env=environ, capture_output=True, check=False)
        sets = json.loads(run.stdout).get("sets", []) if run.stdout else []
        if sum(one["last_success"] is not None for one in sets) >= folders:
            return time.monotonic() - began
    raise TimeoutError(process.pid)


def main() -> None:
    folders = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as name, service(folders // 2) as (url, count):
        home = Path(name)
        for number in range(folders // 2):
            for kind in KINDS:
                (home / "photos/models" / model(number) / kind).mkdir(parents=True)
        (home / "syncd.toml").write_text(CONFIG.format(url=url))
        environ = {"PATH": os.environ["PATH"], "HOME": name, "SYNCD_API_KEY": KEY, **extra()}
        began = time.monotonic()
        process = subprocess.Popen([COMMAND, "run"], cwd=home, env=environ, stderr=subprocess.DEVNULL)
        facts = {"folders": folders, "first_look_s": round(settled(process, home, environ, folders), 1)}
        facts |= {"first_look_cpu_s": round(cpu(process), 1), "requests_a_set": round(count() / folders, 2)}
        facts["memory_after_first_look_mb"] = status(process, "VmRSS") // 1024
        # By then its first upkeep is over, which tidies up after the first look.
        time.sleep(max(15.0, UPKEEP_SECONDS - time.monotonic() + began))
        before, woken = cpu(process), wakes(process)
        time.sleep(IDLE_SECONDS)
        facts["idle_cpu_ms_a_minute"] = round((cpu(process) - before) * 60_000 / IDLE_SECONDS)
        after = wakes(process)
        slept = sorted((after[each] - woken.get(each, 0) for each in after), reverse=True)
        facts["idle_wake_ups_by_thread"] = [times for times in slept if times]
        facts |= {"memory_mb": status(process, "VmRSS") // 1024, "most_memory_mb": status(process, "VmHWM") // 1024}
        process.terminate()
        process.wait(20)
    sys.stdout.write(json.dumps(facts) + "\n")


def extra() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith(("MALLOC_", "PYTHON"))}


if __name__ == "__main__":
    main()
