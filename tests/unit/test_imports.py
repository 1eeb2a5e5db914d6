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
