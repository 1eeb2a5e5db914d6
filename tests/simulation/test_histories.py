import os
import time
from dataclasses import replace

import pytest

from tests.simulation.events import draw
from tests.simulation.many import replay
from tests.simulation.play import play, play_seed, shrunk, stage
from tests.simulation.remembered import remembered

SECONDS = float(os.environ.get("SYNCD_SIMULATION_SECONDS", "60"))
WORKERS = 2
ITEMS = 20
FEWEST, MOST = 32, 100
"""Each item plays so many histories at least, and at most; those between only as long as all took less than SECONDS."""
STRIDE = 100_000


def told(played, home):
    cut = shrunk(played.history, home)
    lines = "\n".join(f"  {event}" for event in cut.events)
    return f"{played.broken}\n{replay(played.history.seed)}\n{cut.setting}\n{lines}"


@pytest.mark.timeout(0)
@pytest.mark.parametrize("item", range(ITEMS))
def test_histories_break_no_invariant_and_come_to_rest(item):
    until = time.monotonic() + SECONDS * WORKERS / ITEMS
    with stage() as home:
        for seed in range(item * STRIDE, item * STRIDE + MOST):
            if seed - item * STRIDE >= FEWEST and time.monotonic() > until:
                break
            played = play_seed(seed, home)
            assert not played.broken, told(played, home)


def test_histories_that_once_broke_something_do_so_no_more():
    with stage() as home:
        for history in remembered():
            played = play(history, home)
            assert not played.broken, told(played, home)


def test_the_same_seed_gives_the_same_trace():
    with stage() as home:
        for seed in range(64, 84):
            first, second = play_seed(seed, home), play_seed(seed, home)
            assert (first.trace, first.seen) == (second.trace, second.seen), replay(seed)


def test_the_quick_way_of_statements_and_answers_leads_to_the_same_trace():
    with stage() as home:
        for seed in range(84, 92):
            history = draw(seed)
            whole = replace(history, setting=replace(history.setting, faithful=True))
            quick, slow = play(history, home), play(whole, home)
            assert (quick.trace, quick.seen) == (slow.trace, slow.seen), replay(seed)


def test_a_history_that_breaks_something_is_cut_to_what_it_takes(monkeypatch):
    from syncd.engine.remove import Remover

    monkeypatch.setattr(Remover, "_objection_here", lambda *_, **__: "")
    with stage() as home:
        played = next(one for seed in range(400) if (one := play_seed(seed, home)).broken)
        cut = shrunk(played.history, home)
        assert len(cut.events) < len(played.history.events)
        assert play(cut, home).broken
