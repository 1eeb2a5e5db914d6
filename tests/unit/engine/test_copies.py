"""Copies in place of files, seen from the engine: what is remembered, and what is sent again."""

import pytest

from syncd.images import shrink
from tests.harness.answers import AFTER
from tests.samples import dressed, jpeg, png

LARGE = (320, 240)
STRIP = {"strip": True}
SHRINK = {"shrink": True, "request_bytes": 20_000}


def told(world):
    return {one.name.decode(): (str(one.action), str(one.reason)) for one in world.last.sets[0].operations}


def contents(world):
    with world.opened() as store:
        return [one.content for one in store.records.load(world.last.sets[0].key).records]


def test_a_record_ties_the_file_to_what_was_sent(world):
    world.scanning = STRIP
    world.write("a.jpg", dressed("jpeg", 1))
    world.sync()
    (content,) = contents(world)
    (image,) = world.service.images("m42", "modelInput")
    assert content.sha256 != content.sent_sha256 == image.sha256
    world.sync()
    assert (told(world)["a.jpg"][0], world.count("POST")) == ("unchanged", 0)


@pytest.mark.parametrize("wishes", [STRIP, {}])
def test_a_change_of_wishes_sends_nothing_again_not_even_after_a_lost_state(world, wishes):
    world.scanning = {} if wishes else STRIP
    for at, name in enumerate(("jpeg", "png", "webp", "heic")):
        world.write(f"{at}.{name}", dressed(name, at, turn=6))
    world.sync()
    world.scanning = wishes
    world.sync()
    assert {action for action, _ in told(world).values()} == {"unchanged"}
    world.lose_state()
    world.sync()
    assert {action for action, _ in told(world).values()} == {"adopt"}
    assert len(world.service.events) == 4 + 1


def test_a_shrunk_copy_is_sent_once_and_follows_its_file(world):
    world.scanning = SHRINK
    world.write("large.png", png(1, LARGE))
    world.sync()
    world.rename("large.png", "renamed.png")
    world.sync()
    assert told(world) == {"renamed.png": ("renamed", "same-content")}
    world.write("renamed.png", png(2, LARGE))
    world.sync()
    assert told(world) == {"renamed.png": ("replace", "content-changed")}
    assert len(world.service.images("m42", "modelInput")) == 1


def test_without_the_wish_or_where_nothing_fits_it_is_too_large(world):
    world.write("large.png", png(1, LARGE))
    for scanning, expected in (
        ({"request_bytes": 20_000}, ("rejected", "too-large")),
        ({**SHRINK, "request_bytes": 1_200}, ("rejected", "too-large")),
        (SHRINK, ("upload", "new")),
    ):
        world.scanning = scanning
        world.sync()
        assert told(world) == {"large.png": expected}


def test_what_another_library_makes_of_it_is_sent_and_recorded(world, monkeypatch):
    world.scanning = SHRINK
    world.write("large.png", png(1, LARGE))
    world.sync(dry_run=True)
    planned = world.last.sets[0].uploads[0].file.copy
    world.write("full.jpg", jpeg(5))
    with world.opened() as store:
        store.copies.remember({(world.last.sets[0].uploads[0].file.sha256, "shrink-19487"): planned})
    monkeypatch.setattr(shrink, "BEST", 80)
    world.sync()
    (content,) = (one for one in contents(world) if one.size > 20_000)
    sent = {one.sha256 for one in world.service.images("m42", "modelInput")}
    assert content.sent_sha256 in sent
    assert content.sent_sha256 != planned.sha256


def test_an_upload_in_doubt_is_known_by_its_copy(world):
    world.scanning = SHRINK
    world.write("large.png", png(1, LARGE))
    world.fail_next("POST", min(AFTER))
    world.sync(wait=0)
    world.sync()
    assert {action for action, _ in told(world).values()} <= {"adopt", "unchanged"}
    assert [len(world.service.images("m42", "modelInput")), len(contents(world))] == [1, 1]
