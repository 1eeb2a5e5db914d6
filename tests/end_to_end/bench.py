"""A workbench for the installed command: a folder, a service that can be bent, and the command as a process."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import IO

from werkzeug.wrappers import Request, Response

from syncd.sandbox import ImageService, running
from tests.end_to_end.forks import Forks
from tests.harness import canary
from tests.samples import jpeg

COMMAND = str(Path(sys.executable).with_name("syncd"))
UNPRIVILEGED = [
    sys.executable,
    "-ISc",
    "import ctypes, os, sys; [ctypes.CDLL(None).prctl(24, one) for one in (1, 2)]; os.execv(sys.argv[1], sys.argv[1:])",
]
"""Takes from root its right to read and write what it may not (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH)."""

KEY = "sk-test/5up3r+s3cr3t=="
MODEL = "m42"
SET = f"models/{MODEL}/modelInput"
AUXILIARY = f"models/{MODEL}/auxiliaryType"
UPLOAD = "POST", "/api/images/upload"
LIST = "GET", r"/api/models/[^/]+/images"
INSPECT = "GET", r"/api/images/[^/]+"
DELETE = "DELETE", r"/api/images/[^/]+"
SHOW_MODEL = "GET", r"/api/models/[^/]+"
PICTURE = "GET", r"/files/.*"
ANYTHING = ".*", ".*"

Reply = Response | Callable[..., Response | None]


def nok(status: int, words: str = "no", **headers: str) -> Callable[..., Response]:
    """A refusal in the API's own words."""
    body = json.dumps({"status": "NOK", "message": words, "err": words, "result": None})
    return lambda *_: Response(body, status, headers, content_type="application/json")


def ok(result: object, **more: object) -> Callable[..., Response]:
    body = json.dumps({"status": "OK", "result": result, **more})
    return lambda *_: Response(body, 200, content_type="application/json")


def raw(body: bytes | str, status: int = 200, **headers: str) -> Callable[..., Response]:
    kind = headers.pop("content_type", "text/html")
    return lambda *_: Response(body, status, headers, content_type=kind)


def html(status: int = 200) -> Callable[..., Response]:
    return raw("<html><body>Welcome to the Wi-Fi of this hotel</body></html>", status)


def cut(request: Request, true: Response) -> Response:
    """The true answer, whose second half never comes."""
    body = true.get_data()
    return Response(body[: len(body) // 2], true.status_code, {"Content-Length": str(len(body))})


def changed(change: Callable[[dict], object]) -> Callable[[Request, Response], Response]:
    """The true answer with its document changed."""

    def reply(request: Request, true: Response) -> Response:
        document = json.loads(true.get_data())
        document = change(document) or document
        return Response(json.dumps(document), true.status_code, content_type="application/json")

    return reply


def each_image(**fields: object) -> Callable[[Request, Response], Response]:
    """The true answer, whose images (one or many) bear other fields; ... takes a field away."""

    def change(document: dict) -> None:
        result = document["result"]
        for image in result if isinstance(result, list) else [result]:
            image.update(fields)
            for name in [name for name, value in fields.items() if value is ...]:
                del image[name]

    return changed(change)


@dataclass
class Bend:
    """Other answers to some requests. `instead`: nothing takes effect; else everything did."""

    method: str
    path: str
    reply: Reply
    instead: bool
    times: float

    def matches(self, request: Request) -> bool:
        return self.times > 0 and self.concerns(request.method, request.path)

    def concerns(self, method: str, path: str) -> bool:
        return bool(re.fullmatch(self.method, method) and re.fullmatch(self.path, path))

    def answer(self, *given: object) -> Response | None:
        self.times -= 1
        return self.reply(*given) if callable(self.reply) else self.reply


@dataclass(frozen=True)
class Completed:
    """What a command left behind."""

    code: int
    out: str
    err: str
    raw: bytes = field(repr=False)

    @property
    def doc(self) -> dict:
        return json.loads(self.out)

    @property
    def error(self) -> str:
        return self.doc["error"]["code"]

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    def operations(self, action: str | None = None) -> list[dict]:
        return [one for one in self.doc["operations"] if action in (None, one["action"])]

    @property
    def told(self) -> dict[str, tuple]:
        """Action and reason by file name."""
        named = [one for one in self.operations() if one["path"]]
        return {one["path"].rpartition("/")[2]: (one["action"], one["reason"]) for one in named}

    @property
    def halts(self) -> list[str | None]:
        return [one["halt"] for one in self.doc["sets"]]


class Started(subprocess.Popen[bytes]):
    """A process that keeps what it said."""

    said: tuple[bytes, ...] = ()

    def communicate(self, *given: object, **how: object) -> tuple[bytes, bytes]:
        told = super().communicate(*given, **how)
        # None stands for a stream that went into a file, which lies with all the others.
        self.said = tuple(text for text in told if text is not None)
        return told


class Bench:
    """`lines`: the argument lists of the command's processes, seen whenever a request came, and what forks said."""

    def __init__(self, home: Path, service: ImageService, forks: Forks | None = None) -> None:
        self.forks = forks
        self.home = home
        self.root = home / "photos"
        self.service = service
        self.base_url = ""
        self.requests: list[tuple[str, str, dict]] = []
        self.bends: list[Bend] = []
        self.settings: dict[str, dict] = {}
        self.privileged = True
        self.key = KEY
        self.started: list[Started] = []
        self.lines: set[bytes] = set()
        (self.root / SET).mkdir(parents=True)

    # The service

    def before(self, request: Request) -> Response | None:
        self.requests.append((request.method, request.path, dict(request.headers)))
        self.lines.update(canary.command_lines(one.pid for one in self.started if one.returncode is None))
        if request.path.startswith("/api/") and request.headers.get("Authorization") == f"Bearer {self.key}":
            request.environ["HTTP_AUTHORIZATION"] = f"Bearer {KEY}"
        elif request.path.startswith("/api/"):
            return nok(401)()
        bend = next((one for one in self.bends if one.instead and one.matches(request)), None)
        if bend is None:
            return None
        # Whoever answers may look at the body, and still let the request pass.
        request.environ["wsgi.input"] = BytesIO(request.get_data())
        return bend.answer(request)

    def after(self, request: Request, true: Response) -> Response | None:
        bend = next((one for one in self.bends if not one.instead and one.matches(request)), None)
        return bend.answer(request, true) if bend else None

    def bend(self, what: tuple[str, str], reply: Reply, times: float = float("inf")) -> Bend:
        """Answer something else once the request has taken effect."""
        self.bends.insert(0, Bend(*what, reply, instead=False, times=times))
        return self.bends[0]

    def refuse(self, what: tuple[str, str], reply: Reply, times: float = float("inf")) -> Bend:
        """Answer in the service's place; nothing takes effect."""
        self.bends.insert(0, Bend(*what, reply, instead=True, times=times))
        return self.bends[0]

    def straighten(self) -> None:
        self.bends.clear()

    def remote(self, image_type: str = "modelInput", model: str = MODEL) -> list[str]:
        """The digests of what is really up, sorted: what is there twice is here twice."""
        return sorted(image.sha256 for image in self.service.images(model, image_type))

    def ids(self, image_type: str = "modelInput", model: str = MODEL) -> list[str]:
        return [image.id for image in self.service.images(model, image_type)]

    def seed(self, data: bytes, image_type: str = "modelInput", model: str = MODEL) -> str:
        return self.service.add_image(model, image_type, data).id

    def did(self, kind: str) -> int:
        """How often something took effect over the API: upload, delete."""
        return sum(event.kind == kind for event in self.service.events)

    def asked(self, what: tuple[str, str]) -> int:
        """How often a request came, answered or not."""
        return sum(
            bool(re.fullmatch(what[0], method) and re.fullmatch(what[1], path)) for method, path, _ in self.requests
        )

    # The folder

    def write(self, name: str | bytes, data: bytes | int, folder: str = SET) -> str:
        """Put a file into a set; a number makes a photo. Returns the digest."""
        data = jpeg(data) if isinstance(data, int) else data
        path = os.path.join(os.fsencode(self.root / folder), os.fsencode(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)
        return sha256(data).hexdigest()

    def fill(self, count: int, folder: str = SET, first: int = 1) -> list[str]:
        """Put photos 1.jpg, 2.jpg ... into a set; returns their digests, sorted."""
        return sorted(self.write(f"{number}.jpg", number, folder) for number in range(first, first + count))

    def remove(self, *names: str, folder: str = SET) -> None:
        for name in names:
            (self.root / folder / name).unlink()

    # The command

    @property
    def config(self) -> Path:
        return self.home / "syncd.toml"

    @property
    def state(self) -> Path:
        return self.home / "state.db"

    def configure(self, **sections: dict) -> None:
        """Change the configuration, key by key."""
        for section, values in sections.items():
            self.settings.setdefault(section, {}).update(values)
        lines = []
        for section, values in self.settings.items():
            # JSON's texts, numbers and lists are TOML's too.
            lines += [f"[{section}]", *(f"{name} = {json.dumps(value)}" for name, value in values.items())]
        self.config.write_text("\n".join(lines) + "\n")

    def environment(self, changes: dict[str, str | None]) -> dict[str, str]:
        here = {name: value for name, value in os.environ.items() if not name.startswith(("SYNCD_", "XDG_"))}
        here |= {
            "SYNCD_API_KEY": KEY,
            "SYNCD_CONFIG": str(self.config),
            "HOME": str(self.home),
            "LC_ALL": "C.UTF-8",
            "NO_PROXY": "*",
        }
        here |= {name: value for name, value in changes.items() if value is not None}
        return {name: value for name, value in here.items() if changes.get(name, value) is not None}

    def start(
        self,
        *arguments: str | bytes,
        cwd: Path | None = None,
        out: IO[bytes] | int = subprocess.PIPE,
        **environ: str | None,
    ) -> Started:
        started = Started(
            [*([] if self.privileged else UNPRIVILEGED), COMMAND, *arguments],
            cwd=cwd or self.home,
            env=self.environment(environ),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.PIPE,
        )
        self.started.append(started)
        return started

    def exposed(self) -> list[str]:
        """Say where the key can be read: in a file, a name, an argument list, or what a process said."""
        said = [*self.lines, *(text for one in self.started for text in one.said)]
        return [found for key in {KEY, self.key} for found in canary.sweep(key, self.home, said)]

    def run(self, *arguments: str | bytes, cwd: Path | None = None, **environ: str | None) -> Completed:
        """Run the command to its end, in the folder of the configuration unless told otherwise."""
        forked = (
            self.forks.run(arguments, cwd or self.home, self.environment(environ))
            if self.forks and self.privileged
            else None
        )
        if forked is None:
            return completed(self.start(*arguments, cwd=cwd, **environ))
        code, out, err = forked
        self.lines.update((out, err))
        return Completed(code, out.decode(), err.decode(errors="backslashreplace"), out)

    def sync(self, *arguments: str | bytes, **how: object) -> Completed:
        """Sync without patience, and read the document."""
        return self.run("sync", "--json", "--wait", "0", *arguments, **how)

    def plan(self, *arguments: str | bytes, **how: object) -> Completed:
        return self.run("sync", "-n", "--json", "--wait", "0", *arguments, **how)

    def explain(self, path: str | bytes) -> dict:
        done = self.run("explain", "--json", path)
        assert done.code == 0, done
        return done.doc

    def status(self, folder: str = SET) -> dict:
        done = self.run("status", "--json")
        assert done.code == 0, done
        return next(one for one in done.doc["sets"] if one["folder"] == folder)

    def snapshot(self, *, state: bool = True) -> dict[bytes, tuple]:
        """Everything on disk: what a dry run must leave as it is."""
        found = {}
        for folder, _, names in os.walk(os.fsencode(self.home)):
            for name in names:
                path = os.path.join(folder, name)
                facts = os.lstat(path)
                if state or not name.startswith(b"state.db"):
                    found[path] = facts.st_size, facts.st_mtime_ns, facts.st_mode, facts.st_ino
        return found


def completed(process: Started, timeout: float = 100) -> Completed:
    try:
        out, err = process.communicate(timeout=timeout)
    except BaseException:
        process.send_signal(signal.SIGKILL)
        process.communicate()
        raise
    return Completed(process.returncode, out.decode(), err.decode(errors="backslashreplace"), out)


@contextmanager
def bench_in(home: Path, forks: Forks | None = None):
    service = ImageService(api_key=KEY)
    service.create_model(MODEL, "Anna")
    bench = Bench(home, service, forks)
    with running(service, before=bench.before, after=bench.after) as base_url:
        bench.base_url = base_url
        bench.configure(service={"base_url": base_url}, dataset={"root": "photos"})
        yield bench
        exposed = bench.exposed()
        assert not exposed, "\n".join(exposed)
