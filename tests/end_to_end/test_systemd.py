import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.end_to_end.bench import COMMAND

UNITS = Path(__file__).resolve().parents[2] / "systemd"
SERVICES = ["system/syncd.service", "system/syncd@.service", "system/syncd-sync.service"]
HIGHEST = 1.1

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not on this machine")


def analyzed(*arguments, **environ):
    line = ["systemd-analyze", *arguments]
    done = subprocess.run(line, capture_output=True, text=True, check=False, env=os.environ | environ)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def units(tmp_path):
    """The units, for the command where it is installed now."""
    for kind in ("system", "user"):
        (tmp_path / kind).mkdir()
        for unit in (UNITS / kind).iterdir():
            text = re.sub(r"(?<=^ExecStart=)\S+", COMMAND, unit.read_text(), flags=re.MULTILINE)
            (tmp_path / kind / unit.name).write_text(text)
    return tmp_path


@needs_systemd
@pytest.mark.parametrize("kind", ["system", "user"])
def test_systemd_takes_every_unit_without_a_word(units, kind):
    names = [str(path).replace("@.", "@studio.") for path in sorted((units / kind).iterdir())]
    # Without it there is no user whose units these could be.
    assert analyzed("verify", f"--{kind}", *names, XDG_RUNTIME_DIR=str(units)) == (0, "")


@needs_systemd
@pytest.mark.parametrize("name", SERVICES)
def test_the_services_are_exposed_to_little(units, name):
    _, told = analyzed("security", "--offline=yes", str(units / name))
    level = re.search(r"Overall exposure level for \S+: ([0-9.]+)", told)
    assert level is not None, told
    assert float(level[1]) <= HIGHEST


def directives(path):
    lines = [line for line in path.read_text().splitlines() if "=" in line and not line.startswith("#")]
    return {
        name: [each.partition("=")[2] for each in lines if each.startswith(f"{name}=")]
        for name in {line.partition("=")[0] for line in lines}
    }


@pytest.mark.parametrize("name", [*SERVICES[:2], "user/syncd.service"])
def test_a_daemon_that_needs_a_person_is_not_started_again(name):
    unit = directives(UNITS / name)
    assert unit["Type"] == ["notify"]
    assert unit["Restart"] == ["on-failure"]
    assert unit["RestartPreventExitStatus"] == ["77 78"]
    assert float(unit["WatchdogSec"][0]) >= 30


def test_the_state_lies_where_the_configuration_says():
    places = {name: directives(UNITS / name)["StateDirectory"] for name in SERVICES}
    assert places == {SERVICES[0]: ["syncd/config"], SERVICES[1]: ["syncd/%i"], SERVICES[2]: ["syncd/config"]}
