"""The threads here are real: each wait is for what must come, and ends as soon as it does."""

import threading

from syncd.engine.heartbeat import Heartbeat, Pulse
from syncd.store import Lease
from tests.world import key_of

SET = key_of("m42/modelInput")
PATIENCE = 20


def beating():
    return [thread for thread in threading.enumerate() if thread.name == "syncd-leases"]


def ended():
    for thread in beating():
        thread.join(PATIENCE)
    return beating() == []


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
