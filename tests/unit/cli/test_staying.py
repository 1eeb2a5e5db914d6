"""What the daemon is put together from, and what it does while that cannot be had."""

import threading

import pytest

import syncd.store
from syncd.cli import run, world
from syncd.cli.console import Console
from syncd.cli.options import Options
from syncd.daemon.inbox import Inbox, Reload
from syncd.errors import ExitCode, StateUnwritable
from tests.unit.cli.conftest import KEY

CONFIG = """
[service]
base_url = "http://127.0.0.1:9"
[dataset]
root = "photos"
[state]
url = "sqlite:///{home}/{state}/state.db"
[status]
listen = ""
"""


@pytest.fixture
def written(tmp_path):
    (tmp_path / "photos").mkdir()

    def write(state):
        (tmp_path / "syncd.toml").write_text(CONFIG.format(home=tmp_path, state=state))

    write("full")
    return write


def test_a_reload_is_heard_while_the_state_is_waited_for(tmp_path, written, monkeypatch):
    opened = syncd.store.open_state

    def full(url, **how):
        if "/full/" not in url:
            return opened(url, **how)
        written("roomy")
        fault = StateUnwritable("the disk is full")
        fault.passes = True
        raise fault

    monkeypatch.setattr(syncd.store, "open_state", full)
    inbox = Inbox()
    inbox.put(Reload())
    inbox.put(ExitCode.TERMINATED)
    options = Options(config=str(tmp_path / "syncd.toml"))
    assert run.stay(Console(options), inbox, {"SYNCD_API_KEY": KEY}) == ExitCode.TERMINATED
    assert (tmp_path / "roomy/state.db").exists()


class Unasked:
    """A service that nothing is asked of."""

    def turn_away(self):
        """Nobody waits."""

    def close(self):
        """Nothing is open."""


def test_what_hangs_is_not_waited_for_once_it_was_cut_off(monkeypatch):
    monkeypatch.setattr(world, "_DRAIN_SECONDS", 0.01)
    monkeypatch.setattr(world, "_CUT_SECONDS", 0.01)
    over = threading.Event()
    with world.Hands(Unasked(), 1) as hands:
        hanging = hands.judges.submit(over.wait)
        hands.drain()
    assert not hanging.done()
    over.set()
    hanging.result()
