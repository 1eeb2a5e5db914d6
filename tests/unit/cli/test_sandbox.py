import json
import os
import signal
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from click.testing import CliRunner

import syncd
from syncd.cli.main import cli


@contextmanager
def sandbox(*arguments):
    environ = {**os.environ, "PYTHONPATH": str(Path(syncd.__file__).parents[1])}
    line = [sys.executable, "-m", "syncd", "sandbox", "--listen", "127.0.0.1:0", *arguments]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True, env=environ) as process:
        try:
            yield process.stdout
        finally:
            process.send_signal(signal.SIGTERM)


def asks_for_its_model(told):
    headers = {"Authorization": f"Bearer {told['api_key']}", "API-Version": "1"}
    request = urllib.request.Request(f"{told['base_url']}/models/{told['model_id']}", headers=headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert json.load(answer)["result"]["id"] == told["model_id"]


def test_the_sandbox_serves_where_it_says_until_it_is_stopped(tmp_path):
    with sandbox("--data", str(tmp_path / "data")) as said:
        told = dict(said.readline().strip().split(": ", 1) for _ in range(4))
        asks_for_its_model(told)
    assert (list(told), told["ready"]) == (["base_url", "api_key", "model_id", "ready"], "yes")


def test_the_sandbox_says_the_same_as_one_document():
    with sandbox("--json") as said:
        told = json.loads(said.readline())
        asks_for_its_model(told)
    assert list(told) == ["base_url", "api_key", "model_id", "ready"]


def test_an_address_that_cannot_be_is_a_usage_error():
    done = CliRunner().invoke(cli, ["sandbox", "--listen", "nowhere"])
    assert done.exit_code == 2
    assert done.stderr.startswith("error: ")
