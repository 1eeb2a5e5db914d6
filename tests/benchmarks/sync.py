"""How fast a cold sync is, next to a bare loop of the same client: `python -m tests.benchmarks.sync`."""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from statistics import median
from textwrap import wrap

from tests.benchmarks.service import KEY, model

SET = 20
METHOD = (
    "Loopback, page cache warm. Each figure is of one process from its start to its end, interpreter and imports "
    "included; the service is the sandbox, in another process on the same cores, new for each run. Rounds are "
    "interleaved. Shown: median (least to most). The bare loop reads, frames and posts with the same client and as "
    "many threads; it neither lists, hashes, judges nor remembers. `again` is the next sync, with nothing to do."
)


@dataclass(frozen=True)
class Measured:
    """What one process took: seconds by the clock, CPU seconds, and megabytes of memory at most."""

    wall: float
    cpu: float
    peak: float
    requests: int


class Service:
    """A sandbox that counts its requests."""

    def __init__(self, sets: int) -> None:
        line = [sys.executable, "-m", "tests.benchmarks.service", str(sets)]
        self._process = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = self._process.stdout.readline().strip()

    def requests(self) -> int:
        """Return how many came since this was asked last."""
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def stop(self) -> None:
        self._process.communicate()


@contextmanager
def service(sets: int) -> Iterator[Service]:
    started = Service(sets)
    try:
        yield started
    finally:
        started.stop()


def measure(served: Service, *line: str, out: Path, **environ: str) -> Measured:
    """Run one process of Python."""
    served.requests()
    start = time.perf_counter()
    with out.open("w") as stdout:
        process = subprocess.Popen([sys.executable, *line], stdout=stdout, env={**os.environ, **environ})
        _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(line)} ended with {process.returncode}")
    return Measured(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, served.requests())


def lay_out(work: Path, pictures: Path, files: int) -> Path:
    """Make the folders of all sets, of links to the pictures."""
    root = work / "photos"
    for number in range(files):
        folder = root / "models" / model(number // SET) / "modelInput"
        folder.mkdir(parents=True, exist_ok=True)
        os.link(pictures / f"{number:05}.jpg", folder / f"{number % SET:02}.jpg")
    return root


def cold(served: Service, work: Path, root: Path, files: int, verify: str) -> Iterator[tuple[str, Measured]]:
    """Sync with no state, and once more."""
    config, out = work / "syncd.toml", work / "out.json"
    config.write_text(
        f'[service]\nbase_url = "{served.url}"\n[dataset]\nroot = "{root}"\n[images]\nverify = "{verify}"\n'
    )
    line = "-m", "syncd", "--config", str(config), "--json", "sync"
    for name, counted in ((verify, "upload"), (f"{verify}, again", "unchanged")):
        yield name, measure(served, *line, out=out, SYNCD_API_KEY=KEY)
        summary = json.loads(out.read_text())["summary"]
        if summary[counted] != files or summary["failed"]:
            sys.exit(f"{name}: not {files} {counted}, but {summary}")
    for left in (*work.glob("state.db*"), root / ".syncd-root"):
        left.unlink()


def rounds(work: Path, pictures: Path, files: int, times: int) -> dict[str, list[Measured]]:
    root = lay_out(work, pictures, files)
    time.sleep(3)  # a file that changed less than two seconds ago is read again, and `again` would be no pass of rest
    measured = defaultdict(list)
    sets = -(-files // SET)
    for _ in range(times):
        with service(sets) as served:
            line = "-m", "tests.benchmarks.bare", served.url, str(root)
            measured["bare loop"].append(measure(served, *line, out=work / "out"))
        for verify in ("decode", "structure"):
            with service(sets) as served:
                for name, one in cold(served, work, root, files, verify):
                    measured[name].append(one)
    return measured


def drawn(files: int) -> Path:
    """Return the folder of the pictures, which outlives the run."""
    folder = Path(tempfile.gettempdir()) / "syncd-benchmark-pictures"
    if not (folder / f"{files - 1:05}.jpg").exists():
        subprocess.run([sys.executable, "-m", "tests.benchmarks.pictures", str(folder), str(files)], check=True)
    return folder


def report(measured: dict[str, list[Measured]], files: int, size: float) -> dict[str, object]:
    bare = measured["bare loop"]

    def spread(values: list[float]) -> dict[str, float]:
        return {name: round(take(values), 3) for name, take in (("median", median), ("least", min), ("most", max))}

    def against(runs: list[Measured], what: str) -> dict[str, float]:
        # Each with the bare loop of its own round: what slows the machine slows both.
        return spread([getattr(one, what) / getattr(other, what) for one, other in zip(runs, bare, strict=True)])

    colds = {name: runs for name, runs in measured.items() if not name.endswith(", again")}
    return {
        "ratios to the bare loop": {
            name: {"wall": against(runs, "wall"), "cpu": against(runs, "cpu")}
            for name, runs in colds.items()
            if runs is not bare
        },
        "runs": {
            name: {
                "wall_s": spread([one.wall for one in runs]),
                "files_per_s": spread([files / one.wall for one in runs]),
                "cpu_ms_per_file": spread([1000 * one.cpu / files for one in runs]),
                "peak_mb": spread([one.peak for one in runs]),
                "requests": spread([one.requests for one in runs]),
            }
            for name, runs in measured.items()
        },
        "files": files,
        "sets": -(-files // SET),
        "mean_file_mb": round(size, 3),
        "rounds": len(bare),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}",
        "method": METHOD,
    }


def shown(values: dict[str, float], digits: int = 2) -> str:
    median_, least, most = (f"{values[name]:.{digits}f}" for name in ("median", "least", "most"))
    return f"{median_} ({least} to {most})"


def words(told: dict) -> Iterator[str]:
    what = f"{told['files']} photos, {told['mean_file_mb']} MB each, in {told['sets']} sets"
    yield f"cold sync of {what}; {told['rounds']} rounds"
    for name, ratio in told["ratios to the bare loop"].items():
        yield f"  {name:10} / bare loop    wall {shown(ratio['wall'])}    CPU {shown(ratio['cpu'])}"
    yield ""
    yield f"  {'':17} {'files/s':>24} {'CPU ms a file':>24} {'peak MB':>24} {'requests':>9}"
    for name, run in told["runs"].items():
        columns = (shown(run["files_per_s"], 0), shown(run["cpu_ms_per_file"]), shown(run["peak_mb"], 0))
        yield f"  {name:17} {' '.join(f'{column:>24}' for column in columns)} {run['requests']['median']:>9.0f}"
    yield ""
    yield from wrap(f"{told['machine']}. {told['method']}", 120, initial_indent="  ", subsequent_indent="  ")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.sync", description=__doc__)
    parser.add_argument("--files", type=int, default=1000, metavar="N")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    pictures = drawn(options.files)
    size = sum((pictures / f"{number:05}.jpg").stat().st_size for number in range(options.files)) / options.files / 1e6
    work = Path(tempfile.mkdtemp(prefix="syncd-benchmark-", dir=pictures.parent))
    try:
        told = report(rounds(work, pictures, options.files, options.rounds), options.files, size)
    finally:
        rmtree(work)
    sys.stdout.write(json.dumps(told, indent=2) if options.json else "\n".join(words(told)))
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
