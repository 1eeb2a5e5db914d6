import os

import pytest

from syncd.config.schema import Config
from syncd.daemon.chores import Chore
from syncd.daemon.daemon import Daemon
from syncd.daemon.inbox import Inbox
from syncd.daemon.parts import Parts
from syncd.daemon.systemd import Notifier
from syncd.model.remote import RemoteModel
from syncd.workqueue import Standing
from tests.unit.daemon.crew import crew_in


@pytest.fixture
def crew(tmp_path, log):
    with crew_in(tmp_path, log) as made:
        made.world.fill(*"ABCD")
        made.look()
        yield made


@pytest.fixture
def daemon(crew):
    """A daemon that does not run, around the same world."""
    parts = Parts(Config(), crew.rooms.world, crew.keyring, lambda: None, lambda: None, lambda: None)
    made = Daemon(parts, Inbox(), Notifier({}), environ={})
    made._sets.refresh()
    return made


def test_after_a_sleep_what_was_seen_before_proves_nothing(crew, daemon):
    for key in daemon._sets.all():
        daemon._sets.remember(key, daemon._sets.sight(daemon._sets.target(key)))
    crew.world.remove("A.jpg")
    crew.look()
    assert (daemon._sets.changed() != [], crew.rooms.world.absences.all() != {}) == (True, True)
    crew.rooms.world.recent.note(RemoteModel("m42", "Ada", "ready"), crew.clock)
    daemon._look_afresh("this machine was asleep")
    assert (crew.rooms.world.absences.all(), crew.rooms.world.recent.get("m42", crew.clock)) == ({}, None)
    assert daemon._sets.changed() == daemon._sets.all()
    assert daemon._queue.standing(Chore.LOOK) is Standing.READY
    # Though the time of grace went by while nobody looked.
    crew.clock.advance(3600)
    crew.look()
    crew.work(1)
    assert crew.world.up() == [*"ABCD"]


def test_a_hint_wants_its_set_and_one_from_elsewhere_a_look_around(crew, daemon):
    root = os.fsencode(crew.world.root)
    daemon._nudge(root + b"/models/m42/modelInput/a.jpg", writing=False)
    daemon._nudge(root + b"/models", writing=False)
    assert {key: daemon._queue.standing(key) for key in (daemon._sets.all()[0], Chore.LOOK)} == dict.fromkeys(
        (daemon._sets.all()[0], Chore.LOOK), Standing.SETTLING
    )


def test_a_line_tells_how_it_stands(crew, daemon):
    assert daemon._words() == "no sets yet"
    daemon._health.outage.begin("m42", "no answer", "wait")
    assert daemon._words() == "service unreachable"
    crew.store.meta.set_paused(paused=True)
    daemon._consent.begin()
    assert daemon._words() == "paused"
