"""A daemon's memory of the models that answered a short while ago."""

import pytest

from syncd.engine.recent import MODEL_SECONDS, MOST_MODELS, RecentModels
from syncd.model.remote import RemoteModel
from tests.harness.hands import HandClock

DAEMON = 3600.0
"""The brake's window, by which a pass is one of the daemon's."""


@pytest.fixture
def fed(world):
    """One photo is up, and the model was asked for with it."""
    world.fill("A")
    world.sync(window=DAEMON)
    assert (world.up(), world.count("model")) == (["A"], 1)
    return world


def test_a_photo_that_follows_another_asks_for_no_model(fed):
    fed.fill("B")
    fed.sync(window=DAEMON)
    assert (fed.up(), fed.count("model")) == (["A", "B"], 0)


def test_a_new_set_of_the_model_knows_its_name_without_asking(fed):
    fed.fill("B", key="m42/auxiliaryType")
    fed.sync(window=DAEMON)
    with fed.opened() as store:
        names = {one.model_name for one in store.sets.all()}
    assert (names, fed.count("model")) == ({"Sandbox"}, 0)


def test_after_a_minute_the_model_is_asked_for_again(fed):
    fed.clock.advance(MODEL_SECONDS)
    fed.fill("B")
    fed.sync(window=DAEMON)
    assert (fed.up(), fed.count("model")) == (["A", "B"], 1)


def test_another_process_asks_for_itself(fed):
    fed.end()
    fed.fill("B")
    fed.sync(window=DAEMON)
    assert (fed.up(), fed.count("model")) == (["A", "B"], 1)


def test_a_model_that_has_gone_meanwhile_halts_its_set_and_is_asked_for_from_then_on(fed):
    fed.service.delete_model("m42")
    fed.fill("B")
    fed.sync(window=DAEMON)
    assert (fed.halts(), fed.count("POST")) == (["m42/modelInput: model-not-found"], 0)
    fed.remote.status["m42"] = "deleted"
    fed.sync(window=DAEMON)
    assert (fed.halts(), fed.count("POST")) == (["m42/modelInput: model-not-found"], 0)


def test_a_refused_upload_brings_the_model_into_doubt(fed):
    fed.fail_next("POST", "404")
    fed.fill("B")
    fed.sync(window=DAEMON)
    assert (fed.up(), fed.halts()) == (["A"], ["m42/modelInput: model-not-found"])
    fed.sync(window=DAEMON)
    assert (fed.up(), fed.count("model")) == (["A", "B"], 1)


def test_images_that_vanish_are_not_put_down_to_themselves_by_what_was_told_before(fed):
    fed.fill(*"BCDE")
    fed.sync(window=DAEMON)
    fed.remote.status["m42"] = "deleted"
    fed.lose(*"ABCDE")
    fed.sync(window=DAEMON)
    assert fed.halts() == ["m42/modelInput: model-not-found"]


def test_the_only_image_that_vanishes_with_its_model_is_not_proven_gone_and_nothing_is_sent(fed):
    fed.remote.status["m42"] = "deleted"
    fed.lose("A")
    fed.fill("B")
    fed.sync(window=DAEMON)
    assert (fed.halts(), fed.count("POST")) == (["m42/modelInput: model-not-found"], 0)
    assert fed.records() == ["live A"]


def test_another_key_asks_for_itself(fed):
    fed.key = fed.remote.accepts = "sk-the-same-account-5555"
    fed.fill("B")
    fed.sync(window=DAEMON)
    assert (fed.up(), fed.count("model")) == (["A", "B"], 1)


def test_of_very_many_models_the_latest_are_remembered():
    recent, clock = RecentModels(), HandClock()
    told = [RemoteModel(f"m{number}", "Sandbox", "ready") for number in range(MOST_MODELS + 1)]
    for model in [*told[:-1], told[0], told[-1]]:
        recent.note(model, clock)
    assert [model for model in told if recent.get(model.id, clock) is None] == [told[1]]
