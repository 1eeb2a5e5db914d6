"""How a set that is left alone stands."""

import pytest

from tests.world import ALWAYS


def stands(world):
    with world.opened() as store:
        (one,) = store.sets.all()
    return {word: count for word, count in one.counts.items() if count}


@pytest.mark.parametrize("kind", ["list", "model"])
def test_photos_that_were_never_tried_are_pending(world, kind):
    world.fill("A", "B")
    world.fail_next(kind, "404", ALWAYS)
    world.sync(wait=0)
    assert (len(world.halts()), stands(world)) == (1, {"pending": 2})


def test_of_photos_beyond_the_limit_the_rest_waits_whatever_keeps_the_others(world):
    world.fill("A", "B")
    world.sync()
    world.fill("C", "D", "E")
    world.fail_next("list", "503", ALWAYS)
    world.sync(limit=4, wait=0)
    assert stands(world) == {"up": 2, "pending": 2, "waiting": 1}


def test_where_the_folder_cannot_be_seen_what_was_known_stays(world):
    world.fill("A")
    world.sync()
    world.fill("B")
    world.fail_next("list", "503", ALWAYS)
    world.sync(wait=0)
    world.root.rename(world.root.parent / "elsewhere")
    world.sync(wait=0)
    assert (world.halts(), stands(world)) == (["m42/modelInput: root-missing"], {"up": 1, "pending": 1})


def test_a_rebuild_that_cannot_ask_leaves_the_standing_of_a_set_as_it_was(world):
    world.fill("A", "B")
    world.sync()
    with world.opened() as store:
        (before,) = store.sets.all()
    world.fail_next("list", "503", ALWAYS)
    world.sync(wait=0, rebuild=True)
    assert world.code == 5
    with world.opened() as store:
        (after,) = store.sets.all()
    assert (after.remote, after.counts) == (before.remote, before.counts) == (2, {**before.counts, "up": 2})
