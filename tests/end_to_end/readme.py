"""The README's examples, run for real: `python -m tests.end_to_end.readme` writes their output into it anew.

A block ```console after a line `<!-- example: NAME -->` is one; its `$ syncd …` lines are run, one after the other, in
a folder that the scene NAME prepares. A last line `…` stands for output that is left out.
"""

import os
import re
import shlex
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from click.testing import CliRunner

from syncd.cli.main import cli
from syncd.images.drawing import landscape, portrait
from syncd.sandbox import ImageService, running
from tests.samples import tiff

README = Path(__file__).parents[2] / "README.md"
BLOCK = re.compile(r"(<!-- example: ([\w-]+) -->\n```console\n)(.*?)(^```$)", re.MULTILINE | re.DOTALL)
MODEL, SET = "m42", "models/m42/modelInput"
MORE = "…"

# What another machine, moment or version of a library makes otherwise.
CHANGING = (
    (re.compile(r"\b\d[\d.,]* ?(?:B|kB|MB)\b"), "SIZE"),
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?Z?"), "MOMENT"),
    (re.compile(r"\b(plan|pass) [0-9a-f]{4}\b"), r"\1 DIGEST"),
    (re.compile(r"127\.0\.0\.1:\d+"), "ADDRESS"),
    (re.compile(r"\.before-\d{8}T\d{6}Z"), ".before-MOMENT"),
    (re.compile(r"\b\d+ may be watched"), "MANY may be watched"),
    (re.compile(r" +"), " "),
)


class Stage:
    """The folder and the service in which the examples play, one scene after the other."""

    def __init__(self, home: Path, service: ImageService) -> None:
        self.home, self.service = home, service
        self.environ: dict[str, str | None] = {"SYNCD_API_KEY": "sk-of-the-readme", "HOME": str(home), "TZ": "UTC"}

    def write(self, name: str, data: bytes, folder: str = SET) -> None:
        path = self.home / "photos" / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def remove(self, *names: str) -> None:
        for name in names:
            (self.home / "photos" / SET / name).unlink()

    def run(self, line: str) -> str:
        """Run `syncd …` and return what it prints, without the blanks at the ends of lines."""
        done = CliRunner().invoke(cli, shlex.split(line)[1:], env=self.environ)
        # Where it lies is of no interest to a reader.
        text = done.output.replace(str(self.home), "~")
        return "".join(f"{one.rstrip()}\n" for one in text.splitlines())


def first(stage: Stage) -> None:
    for number, ending in enumerate(("jpeg", "jpeg", "webp"), 1):
        stage.write(f"portrait-{number}.{'jpg' if ending == 'jpeg' else ending}", portrait(number, ending))
    stage.write("scan.jpg", tiff(1))
    (stage.home / "photos" / "models" / MODEL / "auxiliaryType").mkdir()


def held(stage: Stage) -> None:
    for number in range(4, 9):
        stage.write(f"portrait-{number}.jpg", portrait(number, "jpeg"))
    stage.run("syncd sync")
    stage.remove(*(f"portrait-{number}.jpg" for number in range(4, 9)))
    stage.write("portrait-1.jpg", portrait(101, "jpeg"))


def planned(stage: Stage) -> None:
    stage.write("portrait-9.jpg", portrait(9, "jpeg"))


def by_hand(stage: Stage) -> None:
    stage.service.add_image(MODEL, "output", landscape(50, "jpeg"))
    (stage.home / "place.jpg").write_bytes(landscape(51, "jpeg"))


def nothing(_: Stage) -> None:
    """What the scenes before left is what the example plays in."""


SCENES: dict[str, Callable[[Stage], None]] = {"dry-run": first, "held": held, "plan": planned, "by-hand": by_hand}


@contextmanager
def stage() -> Iterator[Stage]:
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder).resolve()
        ids = (f"5f0c{number:02x}" for number in count(0x2A))
        service = ImageService(api_key="sk-of-the-readme", new_id=ids.__next__)
        service.create_model(MODEL, "Anna")
        with running(service) as base_url:
            text = f'[service]\nbase_url = "{base_url}"\n[dataset]\nroot = "photos"\n'
            (home / "syncd.toml").write_text(text)
            os.chdir(home)
            try:
                yield Stage(home, service)
            finally:
                os.chdir(here)


def rendered(text: str) -> str:
    """Return the README with the output of its examples as it is now."""
    with stage() as made:

        def render(found: re.Match[str]) -> str:
            SCENES.get(found[2], nothing)(made)
            now = "".join(_example(made, found[3]))
            # What differs in times and the like alone is left as it is.
            return found[1] + (found[3] if unchanging(now) == unchanging(found[3]) else now) + found[4]

        return BLOCK.sub(render, text)


def _example(made: Stage, block: str) -> Iterator[str]:
    parts = re.split(r"^(?=\$ )", block, flags=re.MULTILINE)
    for part in filter(None, parts):
        line, _, before = part.partition("\n")
        output = made.run(line.removeprefix("$ ")) if line.startswith("$ syncd") else before
        if before.endswith(f"{MORE}\n"):
            kept = before.count("\n") - 1
            output = "".join(output.splitlines(keepends=True)[:kept]) + f"{MORE}\n"
        yield f"{line}\n{output}"


def unchanging(text: str) -> str:
    """Return a text without what may differ from run to run."""
    for pattern, word in CHANGING:
        text = pattern.sub(word, text)
    return text


if __name__ == "__main__":
    README.write_text(rendered(README.read_text("utf-8")), "utf-8")
    sys.stdout.write("README.md is as the program is now.\n")
