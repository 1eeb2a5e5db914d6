import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import syncd

REPOSITORY = Path(syncd.__file__).parents[1]
# On ports of its own: other tests may run at the same time.
PROGRAM = "from syncd.cli import demo, main; demo.LISTEN = demo.PAGE = '127.0.0.1:0'; main.main()"


def shell(folder, script, **how):
    """Run a script where `syncd` is a command that takes no warning lightly."""
    commands = folder / "bin"
    commands.mkdir(exist_ok=True)
    (commands / "syncd").write_text(f'#!/bin/sh\nexec "{sys.executable}" -W error -c "{PROGRAM}" "$@"\n')
    (commands / "syncd").chmod(0o755)
    own = {name: value for name, value in os.environ.items() if not name.startswith("SYNCD_")}
    path = f"{commands}:{os.environ['PATH']}"
    line = ["bash", "-euc", script]
    environ = {**own, "PYTHONPATH": str(REPOSITORY), "PATH": path}
    return subprocess.Popen(
        line, cwd=folder, env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **how
    )


def told(folder, script):
    with shell(folder, script) as process:
        out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def paragraphs(out):
    return ["\n".join(line.strip() for line in part.splitlines()) for part in out.split("\n\n")]


def test_a_newcomer_can_follow_what_the_demo_says_to_the_letter(tmp_path):
    code, out, err = told(tmp_path, "syncd demo --once './try it'")
    assert (code, err) == (0, "")
    assert not {"\x1b", "\r"} & set(out)
    result = out[out.index("\npass ") :].splitlines()
    assert all(len(line) <= 80 for line in result if str(tmp_path) not in line)
    again, tries = paragraphs(out)[-3], paragraphs(out)[-1]
    # The shell becomes the sandbox, so that the signal reaches it.
    with shell(tmp_path, again.replace("syncd sandbox", "exec syncd sandbox")) as sandbox:
        try:
            assert [sandbox.stdout.readline().split(":")[0] for _ in range(4)][-1] == "ready"
            code, said, err = told(tmp_path, tries)
        finally:
            sandbox.send_signal(signal.SIGTERM)
    assert (code, err) == (0, "")
    assert "scan.jpg: rejected" in said
    assert "1 upload, 1 delete" in said
    assert "portrait-21.heic" in said.partition("upload")[0]
    assert "20/20" in said


def test_the_demo_that_stays_tells_what_happens_and_leaves_nothing_behind(tmp_path):
    before = set(tmp_path.iterdir())
    with shell(tmp_path, "exec syncd demo") as process:
        try:
            shown = iter(process.stdout.readline, "")
            page = next(line.split()[-1] for line in shown if "in a browser" in line)
            assert any("place-5" in line and "upload" in line for line in shown)
            photos = tmp_path / "syncd-demo/models/demo-portrait"
            (photos / "auxiliaryType/new.jpg").write_bytes((photos / "modelInput/portrait-9.jpg").read_bytes())
            assert any("auxiliaryType/new.jpg" in line and "upload" in line for line in shown)
            with urllib.request.urlopen(page, timeout=30) as answer:
                assert "auxiliaryType/new.jpg" in answer.read().decode()
            (photos / "auxiliaryType/new.jpg").unlink()
            assert any("auxiliaryType/new.jpg" in line and "delete" in line for line in shown)
        finally:
            process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, "")
    assert set(tmp_path.iterdir()) - before == {tmp_path / "syncd-demo", tmp_path / "bin"}
    own = {path.name for path in (tmp_path / "syncd-demo").iterdir()}
    assert own == {".sandbox", ".syncd-demo", ".syncd-root", "models", "state.db", "syncd.toml"}
