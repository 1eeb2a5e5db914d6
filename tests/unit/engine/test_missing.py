import pytest

from tests.world import ALWAYS, sha


def uploads(world, what):
    return sum(one.kind == "upload" and one.sha256 == sha(what) for one in world.service.events)


@pytest.fixture
def five(world):
    world.fill(*"ABCDE")
    world.sync()
    world.clock.sleep(100)
    return world


def test_an_image_that_vanished_is_uploaded_again(five):
    five.lose("A")
    five.sync()
    assert (five.actions(reasons=True), five.up(), five.code) == (
        ["upload A.jpg missing-remotely done"],
        [*"ABCDE"],
        0,
    )


@pytest.mark.parametrize("fault", ["503", "404 html", "html 200"])
def test_an_image_that_is_neither_listed_nor_answered_for_is_pending_until_it_is(five, fault):
    five.lose("A")
    five.fail_next("inspect", fault, ALWAYS)
    five.sync(wait=0)
    assert (five.actions(reasons=True), five.count("POST"), five.code) == (["pending A.jpg answer-unknown"], 0, 5)
    five.remote.heal()
    five.sync()
    assert (five.up(), five.code) == ([*"ABCDE"], 0)


def test_a_young_image_is_trusted_as_long_as_a_listing_was_seen_to_lag(world):
    world.fill("A", "B", "C")
    world.sync()
    world.clock.sleep(20)
    world.remote.bends.holes = set(world.ids("A"))
    world.sync()
    assert (world.actions(), world.asked) == ([], ["list m42/modelInput", f"inspect {world.ids('A')[0]}"])
    world.remote.bends.holes = set()
    world.fill("D")
    world.sync()
    world.clock.sleep(10)
    world.remote.bends.holes = set(world.ids("D"))
    world.sync()
    assert (world.actions(), world.asked) == ([], ["list m42/modelInput"])
    world.clock.sleep(11)
    world.sync()
    assert world.asked == ["list m42/modelInput", f"inspect {world.ids('D')[0]}"]


def test_an_image_lost_just_after_its_upload_goes_up_again_at_once(world):
    world.fill("A", "B", "C")
    world.sync()
    world.lose("A")
    world.sync()
    assert (world.up(), world.code) == ([*"ABC"], 0)


def test_most_of_a_set_missing_at_once_halts_until_a_person_approves(five):
    five.lose("A", "B", "C")
    five.sync()
    assert (five.halts(), five.up(), five.code) == (["m42/modelInput: remote-mass-missing"], [*"DE"], 4)
    five.sync()
    assert (five.halts(), five.count("POST")) == (["m42/modelInput: remote-mass-missing"], 0)
    assert five.approve() == ["remote-mass-missing"]
    five.sync()
    assert (five.up(), five.code) == ([*"ABCDE"], 0)
    assert five.approve() == []
    five.clock.sleep(100)
    five.lose("A", "B", "C")
    five.sync()
    assert five.halts() == ["m42/modelInput: remote-mass-missing"]


def test_none_of_a_mass_is_given_up_while_another_is_not_answered_for(five):
    (first,) = five.ids("A")
    five.lose("A", "B", "C")
    five.fail_next("inspect", "503", 1, only=first)
    five.sync()
    assert (five.halts(), five.count("POST"), five.up()) == (["m42/modelInput: remote-mass-missing"], 0, ["D", "E"])


def test_the_sole_image_missing_is_uploaded_again_only_by_two_listings_a_window_apart(world):
    world.fill("A")
    world.sync()
    world.clock.sleep(100)
    world.lose("A")
    world.sync(wait=0)
    assert (world.actions(), world.code) == (["pending A.jpg"], 5)
    world.clock.sleep(60)
    world.sync()
    assert (world.up(), world.code) == (["A"], 0)


@pytest.mark.parametrize("bend", ["empty", "holes", "frozen"])
def test_a_listing_that_shows_less_than_there_is_changes_nothing(five, bend):
    bends = five.remote.bends
    if bend == "empty":
        bends.empty = True
    elif bend == "holes":
        bends.holes = {*five.ids("A"), *five.ids("B"), *five.ids("C"), *five.ids("D")}
    else:
        bends.freeze({})
    for _ in range(3):
        five.sync()
        five.clock.sleep(100)
    assert (five.actions(), five.count("POST"), five.up(), five.code) == ([], 0, [*"ABCDE"], 0)


def test_a_listing_that_still_shows_what_was_deleted_frees_the_slot_all_the_same(world):
    world.fill(*(f"P{number:02}" for number in range(20)))
    world.sync()
    world.clock.sleep(100)
    world.remote.bends.freeze(world.remote.documents())
    world.remove("P00.jpg")
    world.sync()
    world.fill("new")
    world.sync()
    assert ("new" in world.up(), len(world.up()), world.code) == (True, 20, 0)
    for _ in range(3):
        world.clock.sleep(100)
        world.sync()
    assert (world.actions(), uploads(world, "new"), len(world.up())) == ([], 1, 20)


@pytest.mark.parametrize("lag", [5, 50])
def test_a_listing_that_lags_makes_no_second_upload(world, lag):
    world.remote.bends.lag = lag
    world.remote.note()
    for letter in "ABCDEF":
        world.fill(letter)
        world.fail_next("POST", "lost answer" if letter in "BD" else "503" if letter == "E" else "cut")
        world.sync(wait=5)
    world.clock.sleep(200)
    world.sync()
    world.sync()
    assert ([uploads(world, each) for each in "ABCDEF"], world.up(), world.code) == ([1] * 6, [*"ABCDEF"], 0)


@pytest.mark.parametrize("fault", ["404 html", "503", "html 200", "no answer", "401"])
def test_nothing_is_concluded_from_an_image_that_could_not_be_asked_for(five, fault):
    five.lose("A")
    five.fail_next("inspect", fault, ALWAYS)
    five.sync(wait=0)
    assert (five.count("POST"), five.up()) == (0, [*"BCDE"])


def test_what_comes_back_after_a_restore_of_the_service_is_ours_again(five):
    five.lose("A")
    five.sync()
    five.clock.sleep(100)
    five.foreign("A")
    five.sync()
    # Equal to what we sent within the week: a late effect of ours.
    assert (five.actions(reasons=True), five.up()) == (["delete A.jpg same-content done"], [*"ABCDE"])


def test_a_twin_is_deleted_only_while_its_keeper_is_up(five):
    five.foreign("A")
    first, second = five.ids("A")
    five.remote.before("inspect", lambda: five.remote.removed(first))
    five.sync()
    assert (five.ids("A"), five.code) == ([second], 0)
    five.sync()
    assert (five.ids("A"), uploads(five, "A")) == ([second], 1)


def test_a_replaced_image_stays_while_the_new_one_cannot_be_seen(five):
    five.write("A.jpg", "A2")
    five.remote.before("inspect", lambda: None)
    five.remote.before("inspect", lambda: five.lose("A2"))
    five.sync(wait=0)
    assert "A" in five.up()


def test_an_image_under_our_id_in_another_set_is_left_alone(five):
    other = five.service.create_model("m43")
    image_id = five.ids("A")[0]
    five.remove("A.jpg")
    five.remote.moved[image_id] = other.id
    five.sync(wait=0)
    assert (five.count("DELETE"), "A" in five.up()) == (0, True)


def test_a_model_that_is_gone_halts_its_sets_and_no_others(world):
    world.service.create_model("m43")
    world.fill("A")
    world.fill("B", key="m44/modelInput")
    world.fill("C", key="m43/modelInput")
    world.service.delete_model("m43")
    world.sync()
    assert world.halts() == ["m43/modelInput: model-not-found", "m44/modelInput: model-not-found"]
    assert (world.up(), world.code) == (["A"], 4)


@pytest.mark.parametrize("status", ["deleted", "DELETED"])
def test_a_model_that_lists_as_before_and_says_deleted_gets_nothing(five, status):
    five.remote.status["m42"] = status
    five.fill("F")
    five.sync()
    assert (five.halts(), five.count("POST"), five.code) == (["m42/modelInput: model-not-found"], 0, 4)
    five.remote.status["m42"] = "training"
    five.sync()
    assert (five.up(), five.code) == ([*"ABCDEF"], 0)


def test_images_that_vanish_with_their_model_are_told_as_the_models_end(five):
    five.remote.status["m42"] = "deleted"
    five.lose(*"ABCDE")
    five.sync()
    assert (five.halts(), five.code) == (["m42/modelInput: model-not-found"], 4)


def test_the_key_of_another_account_halts_everything_until_it_is_approved(five):
    five.key = five.remote.accepts = "sk-another-account-98765"
    pictures = {each: five.ids(each)[0] for each in "ABCDE"}
    five.lose(*pictures)
    five.fill("F")
    five.sync()
    assert (five.halts(), five.count("POST"), five.code) == (["m42/modelInput: account-changed"], 0, 4)
    assert five.approve() == ["account-changed"]
    five.sync()
    assert (five.up(), five.code) == ([*"ABCDEF"], 0)


def test_an_approved_change_of_account_survives_a_first_look_that_fails_for_a_moment(five):
    five.key = five.remote.accepts = "sk-another-account-98765"
    five.lose(*"ABCDE")
    five.sync()
    five.approve()
    five.fail_next("inspect", "not sent")
    five.sync()
    assert (five.up(), five.code) == ([*"ABCDE"], 0)


def test_a_rotated_key_of_the_same_account_goes_on_by_itself(five):
    five.key = five.remote.accepts = "sk-the-same-account-5555"
    five.fill("F")
    five.sync()
    assert (five.up(), five.code) == ([*"ABCDEF"], 0)
    assert five.asked[0].startswith("inspect")
    five.sync()
    assert five.asked == ["list m42/modelInput"]


def test_after_an_approved_change_of_account_the_next_one_halts_again(five):
    five.fill("Z", key="m42/auxiliaryType")
    five.sync()
    five.key = five.remote.accepts = "sk-another-account-98765"
    five.lose(*"ABCDE")
    five.lose("Z", key="m42/auxiliaryType")
    five.sync()
    five.approve()
    five.sync("models/m42/modelInput")
    five.key = five.remote.accepts = "sk-a-third-account-13579"
    five.lose(*"ABCDE")
    five.sync("models/m42/modelInput")
    assert five.halts() == ["m42/modelInput: account-changed"]


def test_consent_to_one_account_is_none_to_the_next_key_that_comes(five):
    five.key = five.remote.accepts = "sk-another-account-98765"
    five.lose(*"ABCDE")
    five.sync()
    assert five.approve() == ["account-changed"]
    five.key = five.remote.accepts = "sk-a-third-account-13579"
    five.sync()
    assert (five.halts(), five.count("POST")) == (["m42/modelInput: account-changed"], 0)
    assert five.approve() == ["account-changed"]
    five.sync()
    assert (five.up(), five.code) == ([*"ABCDE"], 0)


def test_what_is_long_gone_is_forgotten(five):
    five.remove("A.jpg")
    five.sync()
    assert five.records()[0] == "gone A"
    five.clock.advance(8 * 86400)
    five.sync()
    assert five.records() == [f"live {each}" for each in "BCDE"]


def test_what_others_put_there_while_an_absence_is_confirmed_takes_its_slot(world):
    world.fill("A")
    world.sync()
    world.lose("A")
    world.write("A.jpg", "B")
    world.remote.before("model", lambda: world.foreign("Z"))
    world.sync(wait=0, limit=1, ambiguity_seconds=0)
    assert (world.up(), world.count("POST")) == (["Z"], 0)


def test_what_others_put_there_is_looked_at_whole_where_the_service_shows_less_than_it_says(world):
    world.fill("A")
    world.sync()
    world.lose("A")
    world.write("A.jpg", "B")
    world.remote.bends.paged = lambda documents, number, size: {
        "page": number,
        "pageSize": size,
        "result": documents[number - 1 : number],
        "status": "OK",
    }
    world.remote.before("model", lambda: [world.foreign(each) for each in "YZ"])
    world.sync(wait=0, limit=2, ambiguity_seconds=0)
    assert (world.up(), world.count("POST")) == (["Y", "Z"], 0)
