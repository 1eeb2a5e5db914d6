import signal
import threading
import time

import pytest

from tests.end_to_end.bench import LIST, UPLOAD, Completed, completed, nok


class SlowUpload:
    """Holds uploads back: before they take effect, or before they are answered."""

    def __init__(self, bench, *, late, times=float("inf")):
        self.begun, self.go = threading.Event(), threading.Event()
        bend = bench.refuse if late else bench.bend
        bend(UPLOAD, self.hold, times=times)

    def hold(self, *_):
        self.begun.set()
        assert self.go.wait(60)


def stopped(bench, number, **how) -> Completed:
    """Run a sync, and send it a signal while it waits for the answer to an upload."""
    slow = SlowUpload(bench, **how)
    process = bench.start("sync", "--json")
    try:
        assert slow.begun.wait(60)
        process.send_signal(number)
        begun = time.monotonic()
        done = completed(process, 30)
        assert time.monotonic() - begun < 15
    finally:
        slow.go.set()
        bench.straighten()
    return done


def settle(bench, count):
    """Wait until what the service still had in hand took effect."""
    while bench.did("upload") < count:
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("number", "code", "late"),
    [(signal.SIGINT, 130, True), (signal.SIGTERM, 143, False), (signal.SIGKILL, -9, True), (signal.SIGKILL, -9, False)],
    ids=["SIGINT before it took effect", "SIGTERM after", "SIGKILL before", "SIGKILL after"],
)
def test_a_stop_amid_an_upload_loses_nothing_and_sends_nothing_twice(bench, number, code, late):
    digest = bench.write("a.jpg", 1)
    done = stopped(bench, number, late=late)
    assert done.code == code
    assert "Traceback" not in done.err
    settle(bench, 1)
    bench.write("b.jpg", 2)
    after = bench.sync()
    assert (after.code, after.told["a.jpg"]) == (0, ("adopt", "same-content"))
    assert (bench.did("upload"), len(bench.remote())) == (2, 2)
    assert digest in bench.remote()


def test_what_is_not_known_after_a_kill_stays_pending_until_it_is(bench):
    digest = bench.write("a.jpg", 1)
    slow = SlowUpload(bench, late=True, times=1)
    process = bench.start("sync")
    assert slow.begun.wait(60)
    process.kill()
    completed(process)
    early = bench.sync()
    assert (early.code, early.told["a.jpg"]) == (5, ("pending", "answer-unknown"))
    told = bench.explain("models/m42/modelInput/a.jpg")
    assert (told["state"], told["reason"]) == ("pending", "answer-unknown")
    slow.go.set()
    settle(bench, 1)
    assert bench.sync().code == 0
    assert (bench.remote(), bench.asked(UPLOAD)) == ([digest], 1)


def test_kills_at_any_moment_end_in_the_same_images(bench):
    bench.configure(service={"ambiguity_seconds": 2})
    digests = bench.fill(12)
    for count in (1, 5, 9):
        process = bench.start("sync", "--wait", "0")
        while bench.did("upload") < count and process.poll() is None:
            time.sleep(0.005)
        process.kill()
        completed(process)
    done = bench.run("sync", "--json")
    assert done.code == 0, done
    assert (bench.remote(), bench.did("upload")) == (digests, 12)


def test_a_stop_while_it_waits_to_try_again_is_prompt(bench):
    bench.write("a.jpg", 1)
    bench.refuse(LIST, nok(429, **{"Retry-After": "50"}))
    process = bench.start("sync")
    while not bench.asked(LIST):
        time.sleep(0.05)
    time.sleep(0.5)
    process.terminate()
    assert completed(process, 30).code == 143
