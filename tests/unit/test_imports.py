import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import syncd

HEAVY = {
    "httpx",
    "sqlalchemy",
    "PIL",
    "pillow_heif",
    "watchdog",
    "flask",
    "waitress",
    "apscheduler",
    "pydantic",
    "rich",
}
PROBE = """
import json, sys
from syncd.cli.main import main
sys.argv[1:] = json.loads(sys.stdin.read())
try:
    main()
finally:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


@pytest.mark.parametrize("line", [["--version"], ["--help"], ["config", "--help"], ["sandbox", "--help"]])
def test_help_and_version_import_nothing_heavy(line):
    environ = {**os.environ, "PYTHONPATH": str(Path(syncd.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", PROBE], input=json.dumps(line), capture_output=True, text=True, env=environ, check=True
    )
    assert done.stdout
    assert not HEAVY & set(json.loads(done.stderr))


def test_the_daemon_loads_no_command_line_of_a_library_and_no_other_database():
    script = (
        "import json, sys, syncd.daemon.daemon; print(json.dumps([name for name, one in sys.modules.items() if one]))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout))
    assert {"httpx", "sqlalchemy.dialects.sqlite"} <= loaded
    assert not {"httpx._main", "rich", "pygments", "sqlalchemy.dialects.postgresql"} & loaded
