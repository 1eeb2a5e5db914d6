import json
import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from syncd.cli.main import cli
from syncd.model.clock import MachineClock
from syncd.model.sets import ImageType, SetKey
from syncd.sandbox import ImageService, running
from syncd.store import open_state

KEY = "sk-of-a-test"
MODEL = "m42"
SET = f"models/{MODEL}/modelInput"


@dataclass
class Account:
    """A sandbox, a folder configured for it, and the command line in this process."""

    home: Path
    service: ImageService
    base_url: str = ""
    before: object = None
    after: object = None
    asked: int = 0
    posted: int = 0

    def run(self, *arguments: str, **environ: str | None) -> Result:
        return CliRunner().invoke(cli, arguments, env=environ)

    def doc(self, *arguments: str, code: int = 0, **environ: str | None):
        done = self.run(*arguments, "--json", **environ)
        assert done.exit_code == code, done.output
        return json.loads(done.stdout)

    def error(self, *arguments: str, code: int, **environ: str | None) -> str:
        return self.doc(*arguments, code=code, **environ)["error"]["code"]

    def write(self, name: str, data: bytes) -> Path:
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def ids(self, kind: str = "modelInput") -> list[str]:
        return [image.id for image in self.service.images(MODEL, kind)]

    def state(self):
        return open_state(f"sqlite:///{self.home / 'state.db'}", create=False, clock=MachineClock())

    def recorded(self):
        with self.state() as store:
            return store.records.load(SetKey(MODEL, ImageType.MODEL_INPUT)).records

    def answer_before(self, request):
        self.asked += 1
        self.posted += request.method == "POST"
        return self.before(request) if self.before else None

    def answer_after(self, request, true):
        return self.after(request, true) if self.after else None


@pytest.fixture
def nothing(tmp_path, monkeypatch):
    """An empty folder to be in, and no SYNCD_ variables."""
    for name in [name for name in os.environ if name.startswith(("SYNCD_", "XDG_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


@pytest.fixture
def account(nothing, monkeypatch):
    service = ImageService(api_key=KEY)
    service.create_model(MODEL, "Anna")
    made = Account(nothing, service)
    with running(service, before=made.answer_before, after=made.answer_after) as base_url:
        made.base_url = base_url
        made.write("syncd.toml", f'[service]\nbase_url = "{base_url}"\n[dataset]\nroot = "."\n'.encode())
        monkeypatch.setenv("SYNCD_API_KEY", KEY)
        yield made
