"""The README's examples, run for real: `python -m tests.end_to_end.readme` writes their output into it anew.

A block ```console after a line `<!-- example: NAME -->` is one; its `$ syncd …` lines are run, one after the other, in
a folder that the scene NAME prepares. A line `…` stands for output that is left out, up to the next line shown. A
command with a `&` is a process that stays to the end of its example.
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from click.testing import CliRunner
from werkzeug.wrappers import Request, Response

from syncd.cli.main import cli
from syncd.images.drawing import landscape, portrait
from syncd.sandbox import ImageService, running
from tests.end_to_end.bench import COMMAND, nok
from tests.end_to_end.living import until
from tests.samples import tiff

README = Path(__file__).parents[2] / "README.md"
BLOCK = re.compile(r"(<!-- example: ([\w-]+) -->\n```console\n)(.*?)(^```$)", re.MULTILINE | re.DOTALL)
MODEL, SET = "m42", "models/m42/modelInput"
MORE = "…"
SETTLED = {"run": "uploaded=.*\n", "sandbox": "ready: yes\n"}
"""What a process that stays says when it has come to rest."""

# What another machine, moment or version of a library makes otherwise.
CHANGING = (
    (re.compile(r"\b\d[\d.,]* ?(?:B|kB|MB)\b"), "SIZE"),
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?Z?"), "MOMENT"),
    (re.compile(r"\b(plan|pass) [0-9a-f]{4}\b"), r"\1 DIGEST"),
    (re.compile(r"127\.0\.0\.1:\d+"), "ADDRESS"),
    (re.compile(r"\.before-\d{8}T\d{6}Z"), ".before-MOMENT"),
    (re.compile(r"\b\d+ may be watched"), "MANY may be watched"),
    (re.compile(r"\b(pid=|watch=|api_key: |model_id: )[\w-]+"), r"\1ANY"),
    (re.compile(r" +"), " "),
)


class Stage:
    """The folder and the service in which the examples play, one scene after the other."""

    base_url = ""

    def __init__(self, home: Path, service: ImageService) -> None:
        self.home, self.service = home, service
        self.top = home / "studio"
        self.environ: dict[str, str | None] = {"SYNCD_API_KEY": None, "HOME": str(home), "TZ": "UTC"}
        self.refuses = False
        self._staying: subprocess.Popen[bytes] | None = None

    def before(self, request: Request) -> Response | None:
        """Answer in place of the service, which takes no photo while it `refuses`."""
        return nok(422, "not a face")() if self.refuses and request.method == "POST" else None

    def write(self, name: str, data: bytes, folder: str = SET) -> None:
        (self.top / folder / name).write_bytes(data)

    def remove(self, *names: str) -> None:
        for name in names:
            (self.top / SET / name).unlink()

    def run(self, line: str) -> str:
        """Run `syncd …` and return what it prints, without the blanks at the ends of lines."""
        if line.endswith(" &"):
            text = self._begin(shlex.split(line)[1:-1])
        else:
            text = CliRunner().invoke(cli, shlex.split(line)[1:], env=self.environ).output
        # The usual port may be taken here.
        text = re.sub(r"(status page url=http://127\.0\.0\.1:)\d+", r"\g<1>8787", text)
        # Where it lies is of no interest to a reader.
        return "".join(f"{one.rstrip()}\n" for one in text.replace(str(self.home), "~").splitlines())

    def end(self) -> None:
        """End the process that stays, if one does."""
        if self._staying is not None:
            self._staying.terminate()
            self._staying.wait(60)
            self._staying = None

    def _begin(self, arguments: list[str]) -> str:
        given = {**os.environ, **self.environ}
        environ = {name: value for name, value in given.items() if value is not None}
        said = self.home / "said"
        with said.open("wb") as log:
            self._staying = subprocess.Popen([COMMAND, *arguments], env=environ, stdout=log, stderr=log)
        until(lambda: re.search(SETTLED[arguments[0]], said.read_text()))
        return said.read_text()


def first(stage: Stage) -> None:
    for number, ending in enumerate(("jpeg", "jpeg", "webp"), 1):
        stage.write(f"portrait-{number}.{'jpg' if ending == 'jpeg' else ending}", portrait(number, ending))
    stage.write("scan.jpg", tiff(1))


def begun(stage: Stage) -> None:
    key = stage.top / "api_key"
    key.write_text("sk-of-the-readme\n")
    key.chmod(0o600)
    # What it writes would name the real service.
    stage.environ["SYNCD_SERVICE_BASE_URL"] = stage.base_url


def stays(stage: Stage) -> None:
    stage.environ["SYNCD_STATUS_LISTEN"] = "127.0.0.1:0"
    stage.write("portrait-10.jpg", portrait(10, "jpeg"))


def held(stage: Stage) -> None:
    for number in range(4, 9):
        stage.write(f"portrait-{number}.jpg", portrait(number, "jpeg"))
    stage.run("syncd sync")
    stage.remove(*(f"portrait-{number}.jpg" for number in range(4, 9)))
    stage.write("portrait-1.jpg", portrait(101, "jpeg"))


def planned(stage: Stage) -> None:
    stage.run("syncd sync")
    stage.write("portrait-9.jpg", portrait(9, "jpeg"))


def refused(stage: Stage) -> None:
    stage.write("portrait-12.jpg", portrait(12, "jpeg"))
    stage.refuses = True
    stage.run("syncd sync")
    stage.refuses = False
    stage.remove("portrait-2.jpg")


def by_hand(stage: Stage) -> None:
    stage.service.add_image(MODEL, "output", landscape(50, "jpeg"))
    (stage.home / "place.jpg").write_bytes(landscape(51, "jpeg"))


def nothing(_: Stage) -> None:
    """What the scenes before left is what the example plays in."""


SCENES: dict[str, Callable[[Stage], None]] = {
    "init": begun,
    "dry-run": first,
    "run": stays,
    "held": held,
    "plan": planned,
    "consent": refused,
    "by-hand": by_hand,
}


@contextmanager
def stage() -> Iterator[Stage]:
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder).resolve()
        ids = (f"5f0c{number:02x}" for number in count(0x2A))
        service = ImageService(api_key="sk-of-the-readme", new_id=ids.__next__)
        service.create_model(MODEL, "Anna")
        made = Stage(home, service)
        with running(service, before=made.before) as made.base_url:
            made.top.mkdir()
            os.chdir(made.top)
            try:
                yield made
            finally:
                os.chdir(here)


def rendered(text: str) -> str:
    """Return the README with the output of its examples as it is now."""
    with stage() as made:

        def render(found: re.Match[str]) -> str:
            before = dict(made.environ)
            try:
                SCENES.get(found[2], nothing)(made)
                now = "".join(_example(made, found[3]))
            finally:
                made.end()
            made.environ = before
            # What differs in times and the like alone is left as it is.
            return found[1] + (found[3] if unchanging(now) == unchanging(found[3]) else now) + found[4]

        return BLOCK.sub(render, text)


def _example(made: Stage, block: str) -> Iterator[str]:
    for part in filter(None, re.split(r"^(?=\$ )", block, flags=re.MULTILINE)):
        line, _, before = part.partition("\n")
        yield f"{line}\n"
        yield _shortened(made.run(line.removeprefix("$ ")), before) if line.startswith("$ syncd") else before


def _shortened(output: str, before: str) -> str:
    """Leave out of an output what was left out before: so many lines at its begin are shown, and so many of its rest.

    The rest begins with the line that has the same first two words.
    """
    head, more, tail = before.partition(f"{MORE}\n")
    if not more:
        return output
    lines = output.splitlines(keepends=True)
    kept, rest = lines[: head.count("\n")], lines[head.count("\n") :]
    if tail:
        while rest and _begin_of(rest[0]) != _begin_of(tail):
            rest.pop(0)
        return "".join(kept) + more + _shortened("".join(rest), tail)
    return "".join(kept) + more


def _begin_of(text: str) -> list[str]:
    return unchanging(text).split()[:2]


def unchanging(text: str) -> str:
    """Return a text without what may differ from run to run."""
    for pattern, word in CHANGING:
        text = pattern.sub(word, text)
    return text


if __name__ == "__main__":
    README.write_text(rendered(README.read_text("utf-8")), "utf-8")
    sys.stdout.write("README.md is as the program is now.\n")
