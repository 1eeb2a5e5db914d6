"""Limits and mounts of the machine, in a namespace where they can be set without anyone noticing."""

import subprocess
import sys
from pathlib import Path

import pytest

from . import alone

HOUSE = Path(__file__).parents[3]
NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount"]
WITHOUT_PRIVILEGE = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


def can(*line):
    try:
        return subprocess.run([*line, "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def run(case, *before):
    line = [*NAMESPACE, *before]
    if not can(*line):
        pytest.skip("this system lets no one have limits and mounts of his own")
    module = [sys.executable, "-W", "error", "-m", alone.__name__, case.__name__]
    done = subprocess.run([*line, *module], cwd=HOUSE, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "case",
    [
        alone.watches_run_out,
        alone.watches_run_out_later,
        alone.native_watches_what_it_may,
        alone.instances_run_out,
        alone.single_sets_share_what_is_left,
    ],
)
def test_limits(case):
    run(case)


@pytest.mark.parametrize(
    "case",
    [
        alone.root_is_mounted_over_and_unmounted,
        alone.root_is_unmounted_and_mounted_again,
        alone.a_model_is_mounted_over,
        alone.a_model_is_unmounted_where_mounts_are_not_told,
    ],
)
def test_mounts(case):
    run(case)


@pytest.mark.parametrize(
    "case", [alone.an_unreadable_folder_is_entered_once_it_may_be, alone.a_folder_that_becomes_unreadable_is_found]
)
def test_rights(case):
    run(case, *WITHOUT_PRIVILEGE)
