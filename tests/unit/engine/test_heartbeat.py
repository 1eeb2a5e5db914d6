"""The threads here are real: each wait is for what must come, and ends as soon as it does."""

import threading

import pytest

from syncd.engine.heartbeat import Heartbeat, Pulse
from syncd.store import Lease
from tests.world import key_of

SET = key_of("m42/modelInput")
PATIENCE = 20


EARLIER = set(threading.enumerate())


@pytest.fixture(autouse=True)
def earlier():
    EARLIER.clear()
    EARLIER.update(threading.enumerate())


def beating():
    return [one for one in threading.enumerate() if one.name == "syncd-leases" and one not in EARLIER]


def ended():
    for thread in beating():
        thread.join(PATIENCE)
    return beating() == []


def test_the_thread_ends_with_the_last_who_asked_however_long_the_pause():
    pulse = Pulse(3600)
    pulse.add(ended)
    pulse.remove(ended)
    assert ended()


def test_one_that_lingers_serves_the_next_who_asks():
    pulse, called = Pulse(0.2, lingering=True), threading.Event()
    pulse.add(called.set)
    pulse.remove(called.set)
    (thread,) = beating()
    pulse.add(called.set)
    assert called.wait(PATIENCE)
    assert beating() == [thread]
    pulse.remove(called.set)
    assert ended()


def test_a_pulse_calls_all_who_asked_and_its_thread_ends_with_the_last_of_them():
    pulse, one, other = Pulse(0.001), threading.Event(), threading.Event()
    pulse.add(one.set)
    pulse.add(other.set)
    assert one.wait(PATIENCE)
    assert other.wait(PATIENCE)
    assert len(beating()) == 1
    pulse.remove(one.set)
    pulse.remove(other.set)
    assert ended()


def test_who_asks_after_the_thread_has_ended_is_called_as_well():
    pulse, called = Pulse(0.001), threading.Event()
    for _ in range(3):
        called.clear()
        pulse.add(called.set)
        assert called.wait(PATIENCE)
        pulse.remove(called.set)
        assert ended()


def test_leases_are_renewed_until_the_heartbeat_stops_and_no_longer(world):
    with world.open_as(world.another(555)) as store:
        renewed_while_it_beats(store, world.clock)


def renewed_while_it_beats(store, clock):
    held = {SET: store.leases.acquire(SET, clock.now())}
    renewed, renew = threading.Semaphore(0), store.leases.renew

    def noted(lease: Lease, now):
        renew(lease, now)
        renewed.release()

    store.leases.renew = noted
    beat = Heartbeat(store, clock, held, Pulse(0.001))
    assert all(renewed.acquire(timeout=PATIENCE) for _ in range(3))
    beat.stop()
    assert ended()
    while renewed.acquire(blocking=False):
        pass
    store.leases.release(held[SET])
    assert not store.leases.held(clock.now())
