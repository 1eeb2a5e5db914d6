import json
import os
import subprocess
import sys

import pytest

from syncd.model.affinity import gather

CPUS = os.sched_getaffinity(0) if hasattr(os, "sched_setaffinity") else frozenset()
pytestmark = pytest.mark.skipif(len(CPUS) < 2, reason="there is one CPU here, or a system that tells of none")

GATHERED = """
import json, os, subprocess, sys, threading
from syncd.model.affinity import gather, spread
ready, over = threading.Event(), threading.Event()
def seen(of): of.append([sorted(os.sched_getaffinity(0)), os.sched_getscheduler(0)])
def older():
    ready.set(); over.wait(); seen(told)
told = []
thread = threading.Thread(target=older); thread.start(); ready.wait()
gather(max)
over.set(); thread.join()
younger = threading.Thread(target=seen, args=[told]); younger.start(); younger.join()
seen(told)
ask = [sys.executable, "-c", "import os; print([sorted(os.sched_getaffinity(0)), os.sched_getscheduler(0)])"]
with spread():
    told.append(json.loads(subprocess.run(ask, capture_output=True, text=True).stdout))
seen(told)
gather(min)
seen(told)
print(json.dumps(told))
"""


def told(given, policy="SCHED_OTHER"):
    """Return the CPUs and the policy of each thread and process that GATHERED tells of."""
    script = f"import os; os.sched_setscheduler(0, os.{policy}, os.sched_param(0))\n{GATHERED}"
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, given)
    try:
        ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    finally:
        os.sched_setaffinity(0, before)
    return [(set(cpus), found) for cpus, found in json.loads(ran.stdout)]


def test_all_threads_go_to_one_cpu_and_what_is_started_has_all():
    older, younger, main, child, after, again = told(CPUS)
    assert older == younger == main == after == ({max(CPUS)}, os.SCHED_BATCH)
    assert child == (CPUS, os.SCHED_OTHER)
    assert again == ({min(CPUS)}, os.SCHED_BATCH)


def test_no_cpu_is_taken_that_was_not_given():
    only = {max(CPUS)}
    assert [cpus for cpus, _ in told(only)] == [only] * 6


def test_who_was_started_with_another_policy_keeps_it():
    assert [policy for _, policy in told(CPUS, "SCHED_IDLE")] == [os.SCHED_IDLE] * 6


def test_where_the_threads_cannot_be_told_they_stay_where_they_are(monkeypatch):
    def refused(_):
        raise PermissionError

    before = os.sched_getaffinity(0)
    monkeypatch.setattr(os, "listdir", refused)
    gather(max)
    assert os.sched_getaffinity(0) == before


FORBIDDEN = """
import os, subprocess, sys
def refused(*_): raise OSError(38, "not here")
for name in {names}: setattr(os, name, refused)
from syncd.model.affinity import gather, spread
gather(max)
with spread():
    subprocess.run([sys.executable, "-c", ""], check=True)
"""


@pytest.mark.parametrize(
    "names",
    [
        ["sched_setaffinity", "sched_setscheduler"],
        ["sched_getscheduler", "sched_setscheduler"],
        ["sched_setscheduler"],
    ],
)
def test_where_the_system_takes_no_part_of_it_all_goes_on(names):
    line = [sys.executable, "-c", FORBIDDEN.format(names=names)]
    assert subprocess.run(line, capture_output=True, text=True, check=True).stderr == ""
