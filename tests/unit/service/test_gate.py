import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from syncd.errors import Unreachable
from syncd.service.gate import Gate
from syncd.service.pace import Pace
from tests.unit.service.peer import StillClock


class Crowd:
    """Callers that enter the gate and stay until they are let go."""

    def __init__(self, gate):
        self.gate = gate
        self.inside = []
        self.changed = threading.Condition()
        self.leave = {}
        self.turned_away = []
        self.threads = []

    def send(self, name, size=0):
        self.leave[name] = threading.Event()
        thread = threading.Thread(target=self._visit, args=(name, size))
        self.threads.append(thread)
        waiting = len(self.gate._queue)
        thread.start()
        self.wait(lambda: name in self.inside or name in self.turned_away or len(self.gate._queue) > waiting)

    def _visit(self, name, size):
        try:
            with self.gate.slot(size):
                self._note(self.inside.append, name)
                self.leave[name].wait()
                self._note(self.inside.remove, name)
        except Unreachable:
            self._note(self.turned_away.append, name)

    def _note(self, change, name):
        with self.changed:
            change(name)
            self.changed.notify_all()

    def wait(self, true):
        # The queue itself tells nobody, so it is looked at again and again.
        with self.changed:
            while not self.changed.wait_for(true, 0.001):
                pass

    def dismiss(self, name):
        self.leave[name].set()
        self.wait(lambda: name not in self.inside)

    def go_home(self):
        for event in self.leave.values():
            event.set()
        for thread in self.threads:
            thread.join()


@pytest.fixture
def clock():
    return StillClock()


@pytest.fixture
def crowd(request, clock):
    def gather(ceiling=64, **options):
        crowd = Crowd(Gate(ceiling, clock, **options))
        request.addfinalizer(crowd.go_home)
        return crowd

    return gather


def test_no_more_than_the_width_are_inside(crowd):
    crowd = crowd(2)
    for name in "abc":
        crowd.send(name)
    assert crowd.inside == ["a", "b"]
    crowd.dismiss("b")
    crowd.wait(lambda: crowd.inside == ["a", "c"])


def test_bodies_wait_until_their_bytes_fit(crowd):
    crowd = crowd(budget=100)
    crowd.send("a", 60)
    crowd.send("b", 60)
    assert crowd.inside == ["a"]
    crowd.dismiss("a")
    crowd.wait(lambda: crowd.inside == ["b"])


def test_a_body_above_the_budget_passes_alone(crowd):
    crowd = crowd(budget=100)
    crowd.send("small", 1)
    crowd.send("huge", 500)
    crowd.send("next", 1)
    assert crowd.inside == ["small"]
    crowd.dismiss("small")
    crowd.wait(lambda: crowd.inside == ["huge"])
    crowd.dismiss("huge")
    crowd.wait(lambda: crowd.inside == ["next"])


def test_a_large_body_is_not_overtaken_for_ever(crowd):
    crowd = crowd(budget=100)
    crowd.send("first", 50)
    crowd.send("large", 90)
    crowd.send("small", 10)
    assert crowd.inside == ["first"]
    crowd.dismiss("first")
    crowd.wait(lambda: sorted(crowd.inside) == ["large", "small"])


def test_closing_turns_away_those_who_wait_and_those_who_come(crowd):
    crowd = crowd(1)
    crowd.send("inside")
    crowd.send("waiting")
    crowd.gate.close()
    crowd.send("late")
    crowd.wait(lambda: sorted(crowd.turned_away) == ["late", "waiting"])
    assert crowd.inside == ["inside"]


def test_a_slot_is_given_back_when_its_holder_fails():
    gate = Gate(1, StillClock())
    for _ in range(3):
        with pytest.raises(RuntimeError), gate.slot(10):
            raise RuntimeError
    with gate.slot(10):
        assert gate._inside == 1


def test_a_busy_gate_widens_with_success_up_to_its_ceiling(crowd):
    crowd = crowd(20)
    for number in range(30):
        crowd.send(number)
    assert len(crowd.inside) == 16
    crowd.gate.learn(congested=False)
    crowd.wait(lambda: len(crowd.inside) == 17)
    for _ in range(40):
        crowd.gate.learn(congested=False)
    crowd.wait(lambda: len(crowd.inside) == 20)
    assert crowd.gate.width == 20


def test_an_idle_gate_does_not_widen():
    gate = Gate(64, StillClock())
    for _ in range(100):
        with gate.slot():
            gate.learn(congested=False)
    assert gate.width == 16


def test_overload_halves_the_width_once_a_second_down_to_four(clock):
    gate = Gate(64, clock)
    widths = []
    for step in (0, 0.5, 0.5, 1, 1):
        clock.uptime += step
        gate.learn(congested=True)
        widths.append(gate.width)
    assert widths == [8, 8, 4, 4, 4]


def test_after_an_overload_it_widens_by_one_a_round(crowd):
    crowd = crowd(64)
    for number in range(30):
        crowd.send(number)
    crowd.gate.learn(congested=True)
    for _ in range(8):
        crowd.gate.learn(congested=False)
    assert crowd.gate.width == 8
    crowd.gate.learn(congested=False)
    assert crowd.gate.width == 9


def test_many_threads_pass_without_losing_a_slot():
    gate = Gate(5, StillClock(), budget=50)
    most, inside, lock = [0], [0], threading.Lock()

    def visit(number):
        with gate.slot(number % 60):
            with lock:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            gate.learn(congested=number % 7 == 0)
            with lock:
                inside[0] -= 1

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(visit, range(2000)))
    assert 1 <= most[0] <= 5
    assert gate._inside == 0
    assert gate._bytes == 0


def test_a_pace_gives_each_amount_its_time(clock):
    pace = Pace(10, clock)
    for amount in (5, 20, 1):
        pace.take(amount)
    assert clock.uptime == pytest.approx(1000 + 0.5 + 2)


def test_time_that_passed_unused_is_not_saved_up(clock):
    pace = Pace(1, clock)
    clock.uptime += 100
    for _ in range(3):
        pace.take(1)
    assert clock.uptime == pytest.approx(1102)


def test_a_rate_of_zero_is_no_cap(clock):
    pace = Pace(0, clock)
    for _ in range(100):
        pace.take(1e9)
    assert clock.naps == []


def test_closing_ends_the_wait_for_a_pace():
    class Closing(StillClock):
        def sleep(self, seconds):
            super().sleep(seconds)
            pace.close()

    pace = Pace(1, Closing())
    pace.take(1000)
    with pytest.raises(Unreachable):
        pace.take(1)
