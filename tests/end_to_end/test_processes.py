"""Signals to a process amid its uploads, and two processes on one state."""

import signal
import sqlite3
import threading

import pytest

from tests.end_to_end.bench import UPLOAD, completed

FOLDERS = [f"models/m42/{kind}" for kind in ("modelInput", "auxiliaryType")]


class Held:
    """Uploads whose answers wait until `let_go`; `begun` when so many have taken effect."""

    def __init__(self, bench, count=1):
        self.begun, self._go = threading.Event(), threading.Event()
        self._bench, self._count = bench, count
        bench.bend(UPLOAD, self._hold)

    def _hold(self, *_):
        if self._bench.did("upload") >= self._count:
            self.begun.set()
        assert self._go.wait(60)

    def let_go(self):
        self._go.set()


def state_of(bench):
    """How many records are in which state."""
    state = sqlite3.connect(f"file:{bench.state}?mode=ro", uri=True)
    try:
        return dict(state.execute("SELECT state, count(*) FROM records GROUP BY state"))
    finally:
        state.close()


def ends(number, code):
    return pytest.param(number, code, id=number.name)


@pytest.mark.parametrize(("number", "code"), [ends(signal.SIGTERM, 143), ends(signal.SIGINT, 130)])
def test_what_is_in_flight_when_a_stop_comes_is_settled_before_the_end(bench, number, code):
    bench.fill(3)
    held = Held(bench, 3)
    process = bench.start("sync")
    assert held.begun.wait(60)
    process.send_signal(number)
    threading.Timer(0.5, held.let_go).start()
    assert completed(process).code == code
    assert (len(bench.remote()), state_of(bench)) == (3, {"live": 3})
    bench.straighten()
    assert bench.sync().code == 0
    assert (len(bench.remote()), bench.did("upload")) == (3, 3)


def test_a_drain_ends_though_the_service_never_answers(bench):
    """The answers come only when the process is gone; until then it would have to wait for ever."""
    bench.fill(3)
    held = Held(bench, 3)
    process = bench.start("sync")
    assert held.begun.wait(60)
    process.terminate()
    assert completed(process, timeout=30).code == 143
    held.let_go()
    bench.straighten()
    assert bench.sync().code == 0
    assert (len(bench.remote()), bench.did("upload")) == (3, 3)


def test_two_processes_on_one_state_put_each_content_up_once(bench):
    digests = sorted(bench.write(f"{n}.jpg", n, folder) for n, folder in enumerate(FOLDERS * 6))
    both = [bench.start("sync") for _ in range(2)]
    assert [completed(process).code for process in both] == [0, 0]
    assert sorted(bench.remote() + bench.remote("auxiliaryType")) == digests
    assert (bench.did("upload"), state_of(bench)) == (12, {"live": 12})


@pytest.mark.parametrize("moment", [1, 4, 9])
def test_a_process_that_is_stopped_for_a_while_beside_another_sends_nothing_twice(bench, moment):
    digests = sorted(bench.write(f"{n}.jpg", n, folder) for n, folder in enumerate(FOLDERS * 6))
    reached = threading.Event()
    bench.bend(UPLOAD, lambda *_: reached.set() if bench.did("upload") >= moment else None)
    first = bench.start("sync")
    assert reached.wait(60)
    first.send_signal(signal.SIGSTOP)
    second = bench.start("sync", "--wait", "20")
    # It sees the sets leased to a process that lives, and waits for it.
    threading.Timer(2, first.send_signal, [signal.SIGCONT]).start()
    assert [completed(process).code for process in (first, second)] == [0, 0]
    assert sorted(bench.remote() + bench.remote("auxiliaryType")) == digests
    assert (bench.did("upload"), state_of(bench)) == (12, {"live": 12})


def test_who_waits_for_a_process_that_is_killed_goes_on_in_its_place(bench):
    bench.configure(service={"ambiguity_seconds": 1})
    digests = bench.fill(6)
    held = Held(bench)
    first = bench.start("sync")
    assert held.begun.wait(60)
    second = bench.start("sync", "--wait", "20")
    threading.Timer(1, first.kill).start()
    assert completed(first).code == -signal.SIGKILL
    held.let_go()
    assert completed(second).code == 0
    assert (bench.remote(), bench.did("upload")) == (digests, 6)
