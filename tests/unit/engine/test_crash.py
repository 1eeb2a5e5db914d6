from collections import Counter
from itertools import count

import pytest

from tests.world import World

CAP = {"limit": 3}


def everything(home, name):
    """One set in which a pass uploads, replaces, deletes, adopts and takes down a twin."""
    world = World(home / name, inline=True)
    world.fill("A", "B", "C")
    world.sync()
    world.clock.advance(100)
    world.remove("B.jpg")
    world.write("C.jpg", "C2")
    world.fill("D")
    world.foreign("E")
    world.fill("E")
    world.foreign("A")
    return world


def swaps(home, name):
    """A full set whose photos change."""
    world = World(home / name, inline=True)
    world.fill("A", "B", "C")
    world.sync(**CAP)
    world.clock.advance(100)
    world.write("A.jpg", "A2")
    world.write("B.jpg", "B2")
    return world


def lost_state(home, name):
    world = World(home / name, inline=True)
    world.fill("A", "B")
    world.sync()
    world.lose_state()
    world.fill("C")
    return world


def approved(home, name):
    """Deletes that a person has released."""
    world = World(home / name, inline=True)
    world.fill("A", "B")
    world.sync()
    world.remove("A.jpg", "B.jpg")
    world.sync()
    world.approve()
    return world


def unanswered(home, name):
    """An upload whose answer was lost, and whose effect is there."""
    world = World(home / name, inline=True)
    world.fill("A", "B")
    world.fail_next("POST", "lost answer")
    world.sync(wait=0)
    return world


def switched(home, name):
    """Another account, which a person has approved."""
    world = World(home / name, inline=True)
    world.fill("A", "B")
    world.sync()
    world.key = world.remote.accepts = "sk-another-account-98765"
    world.lose("A", "B")
    world.sync()
    world.approve()
    return world


@pytest.mark.parametrize(
    ("made", "how", "kind"),
    [
        (everything, {}, "commit"),
        (everything, {}, "request"),
        (everything, {}, "answer"),
        (swaps, CAP, "commit"),
        (lost_state, {}, "commit"),
        (approved, {}, "request"),
        (unanswered, {}, "commit"),
        (switched, {}, "commit"),
    ],
)
def test_a_crash_at_any_moment_leaves_the_same_remote_as_none(tmp_path, made, how, kind):
    plain = made(tmp_path, "plain")
    plain.sync(**how)
    plain.sync(**how)
    plain.end()
    for number in count(1):
        world = made(tmp_path, f"crash-{number}")
        crashed = world.crash_at(kind, number, **how)
        if not crashed:
            world.end()
            break
        world.sync(**how)
        assert (world.up(), world.code) == (plain.up(), 0), f"{kind} {number}"
        world.sync(**how)
        assert world.asked == ["list m42/modelInput"], f"{kind} {number}: {world.asked}"
        uploads = Counter(one.sha256 for one in world.service.events if one.kind == "upload")
        # The other account gets each photo once more.
        assert set(uploads.values()) == {2 if made is switched else 1}, f"{kind} {number}: uploaded twice"
        assert not any(each.split()[0] in ("begun", "deleting", "surplus") for each in world.records())
        world.end()
    assert number > 2


@pytest.mark.parametrize("first", [3, 5, 7, 9])
def test_a_crash_in_the_recovery_from_a_crash_changes_nothing_either(tmp_path, first):
    world = everything(tmp_path, "twice")
    assert world.crash_at("request", first)
    for number in (2, 4, 6):
        world.crash_at("commit", number)
        world.crash_at("answer", number)
    world.sync()
    assert (world.up(), world.code) == (["A", "C2", "D", "E"], 0)
    world.end()


def test_a_disk_that_is_full_sends_nothing_without_an_intent_and_goes_on_when_there_is_room(tmp_path):
    plain = everything(tmp_path, "plain")
    plain.sync()
    plain.end()
    for number in count(1):
        world = everything(tmp_path, f"full-{number}")
        world.fuse.full_from = number
        world.sync()
        full = world.fuse.counts["commit"] >= number
        world.fuse.reset()
        if not full:
            world.end()
            break
        # The last commit gives the lease back: all is done by then.
        assert world.code == 78 or world.up() == plain.up(), f"commit {number}: {world.actions(reasons=True)}"
        assert all(halt.endswith("state-unwritable") for halt in world.halts())
        world.sync()
        assert (world.up(), world.code) == (plain.up(), 0), f"commit {number}"
        world.end()
    assert number > 5
