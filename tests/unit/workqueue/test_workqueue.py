import math
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count
from random import Random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from syncd.model.clock import MachineClock
from syncd.workqueue import Standing, WorkQueue
from tests.unit.service.peer import StillClock


class Extreme(Random):
    """Draws the upper end of every range."""

    def uniform(self, a, b):
        return b


@pytest.fixture
def clock():
    return StillClock(uptime=0.0)


@pytest.fixture
def queue(clock):
    return WorkQueue(clock, Extreme(), 2)


def taken(queue):
    """All that is due now, in its order; each runs."""
    return list(iter(lambda: queue.take(0), None))


def test_a_key_is_handed_out_once_it_was_quiet(queue, clock):
    queue.add("a")
    clock.uptime = 1.5
    queue.add("a")
    clock.uptime = 3.4
    assert taken(queue) == []
    clock.uptime = 3.5
    assert taken(queue) == ["a"]


def test_a_key_that_never_gets_quiet_is_handed_out_after_fifteen_times_that(queue, clock):
    for clock.uptime in range(30):
        queue.add("a")
        assert taken(queue) == []
    clock.uptime = 30
    assert taken(queue) == ["a"]


def test_the_time_of_a_busy_key_begins_anew_with_each_run(queue, clock):
    queue.add("a")
    clock.uptime = 2
    assert taken(queue) == ["a"]
    clock.uptime = 10
    queue.add("a")
    queue.done("a")
    clock.uptime = 11.9
    assert taken(queue) == []
    clock.uptime = 12
    assert taken(queue) == ["a"]


def test_nothing_settles_with_zero_seconds(clock):
    queue = WorkQueue(clock, Random(), 0)
    queue.add("a")
    assert taken(queue) == ["a"]


def test_a_key_is_not_quiet_while_something_in_it_is_written(queue, clock):
    queue.add("a", "one", writing=True)
    queue.add("a", "two", writing=True)
    queue.add("a", "two", writing=True)
    queue.add("a", "one")
    clock.uptime = 20
    assert taken(queue) == []
    assert queue.standing("a") is Standing.SETTLING
    queue.add("a", "two")
    clock.uptime = 21.9
    assert taken(queue) == []
    clock.uptime = 22
    assert taken(queue) == ["a"]


def test_a_writer_that_never_ends_is_not_waited_for_for_ever(queue, clock):
    queue.add("a", "endless", writing=True)
    queue.add_now("a")
    clock.uptime = 29.9
    assert taken(queue) == []
    clock.uptime = 30
    assert taken(queue) == ["a"]
    queue.done("a")
    assert queue.standing("a") is None
    queue.add("a", "other")
    clock.uptime = 32
    assert taken(queue) == ["a"]


def test_what_was_written_before_a_run_does_not_keep_the_next_one_waiting(queue, clock):
    queue.add("a", "endless", writing=True)
    clock.uptime = 30
    assert taken(queue) == ["a"]
    queue.add("a", "other")
    queue.done("a")
    clock.uptime = 32
    assert taken(queue) == ["a"]


def test_with_nothing_to_settle_the_end_of_writing_is_waited_for(clock):
    queue = WorkQueue(clock, Random(), 0)
    queue.add("a", "photo", writing=True)
    clock.uptime = 29
    assert taken(queue) == []
    queue.add("a", "photo")
    assert taken(queue) == ["a"]
    queue.done("a")
    queue.add("a", "photo", writing=True)
    clock.uptime = 59
    assert taken(queue) == ["a"]


def test_what_is_wanted_now_does_not_settle(queue):
    queue.add_now("a")
    assert taken(queue) == ["a"]


def test_wanting_it_now_does_not_cut_the_settling_short(queue, clock):
    queue.add("a")
    queue.add_now("a")
    assert taken(queue) == []
    queue.add_now("b")
    queue.add("b")
    assert taken(queue) == []
    clock.uptime = 2
    assert taken(queue) == ["a", "b"]


def test_the_earlier_of_two_wishes_counts(queue, clock):
    queue.add_after("a", 30)
    queue.add_after("a", 10)
    queue.add_after("a", 20)
    clock.uptime = 9
    assert taken(queue) == []
    clock.uptime = 10
    assert taken(queue) == ["a"]
    queue.done("a")
    clock.uptime = 100
    assert taken(queue) == []


def test_a_key_runs_once_at_a_time_and_comes_back(queue, clock):
    queue.add_now("a")
    assert taken(queue) == ["a"]
    queue.add_now("a")
    queue.add_now("a")
    assert taken(queue) == []
    queue.done("a")
    assert taken(queue) == ["a"]
    queue.done("a")
    assert taken(queue) == []
    assert queue.standing("a") is None


def test_the_one_that_is_due_longest_comes_first(queue, clock):
    queue.add("slow")
    clock.uptime = 1
    queue.add_now("quick")
    clock.uptime = 3
    queue.add_now("late")
    assert taken(queue) == ["quick", "slow", "late"]


def test_what_was_put_off_by_an_event_lost_its_turn(queue, clock):
    queue.add("again")
    queue.add("once")
    clock.uptime = 0.5
    queue.add("again")
    clock.uptime = 5
    assert taken(queue) == ["once", "again"]


def test_the_back_off_doubles_up_to_the_ceiling(queue, clock):
    pauses = [queue.retry("a") for _ in range(12)]
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    queue.done("a")
    assert queue.retry("a") == 1
    assert queue.retry("a", attempt=5) == 16
    assert queue.retry("a", attempt=10_000) == 300


def test_the_jitter_is_full(clock):
    queue = WorkQueue(clock, Random(7), 2)
    pauses = [queue.retry("a", attempt=9) for _ in range(2000)]
    assert 0 <= min(pauses) < 5
    assert 251 < max(pauses) <= 256
    assert 120 < sum(pauses) / 2000 < 136


def test_what_the_service_asks_for_is_the_least(clock):
    queue = WorkQueue(clock, Random(7), 2)
    pauses = [queue.retry("a", asked=40, attempt=1) for _ in range(100)]
    assert min(pauses) >= 40
    assert max(pauses) <= 41
    assert len(set(pauses)) > 90


def test_events_and_wishes_do_not_end_a_back_off(queue, clock):
    queue.add_now("a")
    assert taken(queue) == ["a"]
    queue.retry("a", asked=9)
    queue.add_now("a")
    queue.add("a")
    clock.uptime = 9.9
    assert taken(queue) == []
    clock.uptime = 10
    assert taken(queue) == ["a"]


def test_a_person_ends_a_back_off(queue, clock):
    for key in "abc":
        queue.retry(key, attempt=20)
    queue.forget_backoff("b")
    assert taken(queue) == ["b"]
    queue.forget_backoff("unheard of")
    queue.forget_backoff()
    assert taken(queue) == ["a", "c"]
    assert queue.retry("a") == 1


def test_a_forgotten_back_off_leaves_a_key_settling(queue, clock):
    queue.retry("a", attempt=20)
    queue.add("a")
    queue.forget_backoff()
    assert taken(queue) == []
    assert queue.standing("a") is Standing.SETTLING


def test_a_pause_hands_out_nothing(queue, clock):
    queue.add_now("a")
    queue.pause()
    assert taken(queue) == []
    assert queue.standing("a") is Standing.READY
    queue.resume()
    assert taken(queue) == ["a"]


def test_the_counts_tell_how_the_keys_stand(queue, clock):
    queue.add_now("runs")
    assert taken(queue) == ["runs"]
    queue.add_now("ready")
    queue.add("settles")
    queue.add_after("later", 60)
    queue.retry("backs off")
    assert queue.counts() == dict.fromkeys(Standing, 1)
    assert {key: queue.standing(key) for key in ("runs", "ready", "settles", "later", "backs off", "none")} == {
        "runs": Standing.RUNNING,
        "ready": Standing.READY,
        "settles": Standing.SETTLING,
        "later": Standing.LATER,
        "backs off": Standing.BACKING_OFF,
        "none": None,
    }


def test_memory_stays_bounded_in_a_storm(queue, clock):
    for step in range(50_000):
        clock.uptime = step / 1000
        queue.add("a")
    for step in range(5_000):
        queue.add_after("b", 10_000 - step)
    for _ in range(1_000):
        queue.retry("c", attempt=20)
        queue.forget_backoff("c")
    assert len(queue._heap) < 200
    assert len(queue._entries) == 3


def until(true):
    pause = threading.Event()
    for _ in range(20_000):
        if true():
            return
        pause.wait(0.001)
    raise AssertionError(true)


class Waiting:
    """A thread that takes keys from a queue until it is closed."""

    def __init__(self, queue, *, finish=True):
        self.queue = queue
        self.finish = finish
        self.got = []
        self.heard = threading.Condition()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while (key := self.queue.take()) is not None:
            with self.heard:
                self.got.append(key)
                self.heard.notify_all()
            if self.finish:
                self.queue.done(key)

    def wait_for(self, *keys):
        with self.heard:
            assert self.heard.wait_for(lambda: set(keys) <= set(self.got), 20)


@pytest.fixture
def waiting():
    queue = WorkQueue(MachineClock(), Extreme(), 0.05, base=0.05)
    threads = []
    try:
        yield lambda: threads.append(Waiting(queue)) or (queue, threads[-1])
    finally:
        queue.close()
        for each in threads:
            each.thread.join(20)
            assert not each.thread.is_alive()


def test_whoever_waits_is_woken_by_a_wish_an_event_and_a_back_off(waiting):
    queue, thread = waiting()
    queue.add_after("far off", 1000)
    queue.add_now("wish")
    thread.wait_for("wish")
    queue.add("event")
    thread.wait_for("event")
    queue.retry("back-off")
    thread.wait_for("back-off")
    queue.pause()
    queue.add_now("paused")
    queue.resume()
    thread.wait_for("paused")
    assert "far off" not in thread.got


class SleepyClock(MachineClock):
    """Goes on while the machine sleeps, which the waiting of a thread does not."""

    slept = 0.0

    def now(self):
        now = super().now()
        return replace(now, uptime=now.uptime + self.slept)


@pytest.mark.parametrize("wanted", ["far off", "now"])
def test_what_came_due_in_the_machine_s_sleep_is_handed_out_with_the_next_wish(wanted):
    clock = SleepyClock()
    queue = WorkQueue(clock, Extreme(), 0.05)
    queue.add_after("far off", 1000)
    thread = Waiting(queue)
    try:
        until(lambda: queue._leader is not None)
        clock.slept = 8 * 3600.0
        queue.add_now(wanted)
        thread.wait_for("far off", wanted)
    finally:
        queue.close()
        thread.thread.join(20)


def test_whoever_takes_a_key_leaves_the_next_moment_to_another():
    queue = WorkQueue(MachineClock(), Random(1), 0.05)
    with ThreadPoolExecutor(2) as pool:
        takers = [pool.submit(queue.take, 20) for _ in range(2)]
        queue.add("soon")
        queue.add_after("later", 0.1)
        assert sorted(taker.result(10) for taker in takers) == ["later", "soon"]


def test_of_many_who_wait_none_is_forgotten():
    # Nobody finishes, so that each key needs a thread of its own to be woken.
    queue = WorkQueue(MachineClock(), Random(1), 0.01, base=0.01)
    workers = [Waiting(queue, finish=False) for _ in range(8)]
    for number in range(8):
        (queue.add, queue.add_now, queue.retry)[number % 3](number)
    until(lambda: queue.counts()[Standing.RUNNING] == 8)
    queue.close()
    for worker in workers:
        worker.thread.join(20)
    assert sorted(key for worker in workers for key in worker.got) == list(range(8))


def test_a_wait_with_nothing_to_come_ends_with_its_time():
    queue = WorkQueue(MachineClock(), Random(1), 2)
    assert queue.take(0.01) is None
    queue.add_after("a", 1000)
    assert queue.take(0.01) is None


def test_many_threads_never_hold_the_same_key_and_lose_no_event():
    queue = WorkQueue(MachineClock(), Random(1), 0.0, base=0.0)
    lock, held, seen, written, runs, wrong = threading.Lock(), set(), {}, Counter(), count(), []

    def work():
        while (key := queue.take()) is not None:
            with lock:
                wrong.extend([key] if key in held else [])
                held.add(key)
                seen[key] = written[key]
            with lock:
                held.discard(key)
            (queue.retry if next(runs) % 2 else queue.done)(key)

    def write():
        for number in range(2000):
            with lock:
                written[number % 7] += 1
            queue.add(number % 7)

    threads = [threading.Thread(target=target) for target in (work, work, work, work, write, write)]
    for thread in threads:
        thread.start()
    for thread in threads[4:]:
        thread.join(60)
    until(lambda: not any(queue.counts().values()))
    queue.close()
    for thread in threads[:4]:
        thread.join(20)
    assert wrong == []
    assert seen == written


class Model(RuleBasedStateMachine):
    """The queue against a table that is looked through from end to end each time."""

    keys = st.sampled_from("abcd")
    seconds = st.sampled_from([0, 0.5, 1, 2, 3, 7, 40])

    def __init__(self):
        super().__init__()
        self.clock = StillClock(uptime=0.0)
        self.queue = WorkQueue(self.clock, Extreme(), 2, ceiling=20)
        self.events: dict[str, list[float]] = {}
        self.written: dict[str, set[str]] = {}
        self.wishes: dict[str, float] = {}
        self.not_before: dict[str, float] = {}
        self.failures = Counter()
        self.running = set()
        self.paused = False

    def due(self, key):
        events = self.events.get(key)
        quiet = math.inf if self.written.get(key) else 2
        wanted = min(events[-1] + quiet, events[0] + 30) if events else self.wishes.get(key)
        return None if wanted is None else max(wanted, self.not_before.get(key, 0))

    @rule(key=keys)
    def add(self, key):
        self.queue.add(key)
        self.events.setdefault(key, []).append(self.clock.uptime)

    @rule(key=keys, what=st.sampled_from("xy"), writing=st.booleans())
    def write(self, key, what, writing):
        self.queue.add(key, what, writing=writing)
        self.events.setdefault(key, []).append(self.clock.uptime)
        written = self.written.setdefault(key, set())
        (written.add if writing else written.discard)(what)

    @rule(key=keys, seconds=seconds)
    def add_after(self, key, seconds):
        self.queue.add_after(key, seconds)
        moment = self.clock.uptime + seconds
        self.wishes[key] = min(moment, self.wishes.get(key, moment))

    @rule()
    def take(self):
        key = self.queue.take(0)
        dues = {each: due for each in "abcd" if each not in self.running and (due := self.due(each)) is not None}
        ready = [each for each, due in dues.items() if due <= self.clock.uptime]
        if self.paused or not ready:
            assert key is None
            return
        assert key in ready
        assert dues[key] == min(dues.values())
        self.running.add(key)
        for table in (self.events, self.written, self.wishes, self.not_before):
            table.pop(key, None)

    @rule(key=keys)
    def done(self, key):
        if key in self.running:
            self.queue.done(key)
            self.running.discard(key)
            self.failures[key] = 0

    @rule(key=keys, asked=seconds)
    def retry(self, key, asked):
        if key in self.running:
            self.failures[key] += 1
            pause = asked + min(20, 2 ** (self.failures[key] - 1))
            assert self.queue.retry(key, asked=asked) == pause
            self.running.discard(key)
            self.wishes[key] = self.clock.uptime
            self.not_before[key] = self.clock.uptime + pause

    @rule(key=st.one_of(keys, st.none()))
    def forget(self, key):
        self.queue.forget_backoff(key)
        for each in "abcd" if key is None else key:
            self.not_before.pop(each, None)
            self.failures[each] = 0

    @rule(seconds=seconds)
    def pass_time(self, seconds):
        self.clock.uptime += seconds

    @rule()
    def pause_or_resume(self):
        self.paused = not self.paused
        (self.queue.pause if self.paused else self.queue.resume)()

    @invariant()
    def the_counts_agree(self):
        counts = self.queue.counts()
        waiting = [key for key in "abcd" if key not in self.running and self.due(key) is not None]
        assert counts[Standing.RUNNING] == len(self.running)
        assert counts[Standing.READY] == sum(self.due(key) <= self.clock.uptime for key in waiting)
        assert sum(counts.values()) == len(waiting) + len(self.running)


TestModel = Model.TestCase
TestModel.settings = settings(
    max_examples=50, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck)
)
