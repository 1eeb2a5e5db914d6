import shutil

import pytest

from syncd.model.plan import MaxDelete
from tests.unit.engine.test_syncing import names


def take(world, *letters, key="m42/modelInput"):
    for each in letters:
        world.remove(f"{key}/{each}.jpg")


def reasons(world):
    return {str(one.reason) for each in world.last.sets for one in each.operations if one.action == "held"}


@pytest.fixture
def ten(world):
    world.fill(*"ABCDEFGHIJ")
    world.sync()
    return world


def test_removing_half_of_a_set_deletes_and_more_than_half_is_held(ten):
    take(ten, *"ABCDE")
    ten.sync()
    assert (ten.up(), ten.code) == (list("FGHIJ"), 0)
    take(ten, *"FGH")
    ten.sync()
    # Five are few: a share of so few says nothing.
    assert (ten.up(), ten.code) == (list("IJ"), 0)


def test_more_than_half_of_a_set_is_held_and_none_goes_first(ten):
    take(ten, *"ABCDEF")
    ten.sync()
    assert (ten.actions(reasons=True), ten.code) == ([f"held {each}.jpg too-many-deletes" for each in "ABCDEF"], 4)
    assert (len(ten.up()), ten.count("DELETE")) == (10, 0)


def test_a_plain_number_holds_more_than_that_many_and_a_run_may_lift_it(ten):
    take(ten, *"ABC")
    ten.sync(max_delete=MaxDelete(2, percent=False))
    assert (reasons(ten), ten.code) == ({"too-many-deletes"}, 4)
    ten.sync(max_delete=MaxDelete(3, percent=False))
    assert (ten.up(), ten.code) == (list("DEFGHIJ"), 0)


def test_a_set_without_a_photo_left_is_held_whatever_the_run_lifts(ten):
    take(ten, *"ABCDEFGHIJ")
    ten.sync(max_delete=MaxDelete(100, percent=True))
    assert (reasons(ten), len(ten.up()), ten.code) == ({"set-emptied"}, 10, 4)
    ten.sync(max_delete=MaxDelete(0, percent=True))
    assert (reasons(ten), len(ten.up()), ten.code) == ({"set-emptied"}, 10, 4)


def test_a_set_whose_folder_is_gone_is_held_even_with_one_image(world):
    world.fill("A")
    world.sync()
    shutil.rmtree(world.folder())
    world.sync()
    assert (reasons(world), world.up(), world.code) == ({"set-emptied"}, ["A"], 4)


def test_a_set_of_one_may_lose_its_photo(world):
    world.fill("A")
    world.sync()
    take(world, "A")
    world.sync()
    assert (world.up(), world.code) == ([], 0)


@pytest.fixture
def five_sets(tmp_path):
    from tests.world import World

    world = World(tmp_path, *(f"m{number}" for number in range(5)))
    for number in range(5):
        world.fill(*names(5, number * 5), key=f"m{number}/modelInput")
    world.sync()
    yield world
    world.end()


def _three_of_each(world, sets):
    for number in sets:
        for name in names(3, number * 5):
            world.remove(f"m{number}/modelInput/{name}.jpg")


def test_more_than_half_over_all_sets_together_is_held_everywhere(five_sets):
    _three_of_each(five_sets, range(5))
    five_sets.sync()
    assert (reasons(five_sets), five_sets.count("DELETE"), five_sets.code) == ({"too-many-deletes"}, 0, 4)


def test_a_set_that_comes_late_counts_together_with_those_done_before(five_sets):
    _three_of_each(five_sets, range(5))
    five_sets.fail_next("list", "503", only="m4/")
    five_sets.fail_next("list", "503", only="m3/")
    five_sets.sync()
    # 9 of 25 go at once; with the 6 of the late sets they are 15 of 25, and nothing more goes.
    deleted = [one for one in five_sets.service.events if one.kind == "delete"]
    assert len(deleted) == 9
    assert (reasons(five_sets), five_sets.code) == ({"too-many-deletes"}, 4)


def test_without_deletes_a_change_is_an_upload_that_keeps_the_old_image(ten):
    take(ten, "A")
    ten.write("B.jpg", "B2")
    ten.sync(deletes=False)
    assert ten.actions(reasons=True) == ["upload B.jpg content-changed done"]
    assert (ten.up(), ten.code) == ([*"AB", "B2", *"CDEFGHIJ"], 0)
    ten.sync(deletes=False)
    assert (ten.actions(), ten.count("POST")) == ([], 0)
    ten.sync()
    assert ten.up() == ["B2", *"CDEFGHIJ"]


def test_an_upload_told_beside_the_old_image_stays_told_over_several_tries(ten):
    ten.write("B.jpg", "B2")
    ten.fill("new")
    ten.fail_next("POST", "503")
    ten.sync(deletes=False)
    assert ten.actions(reasons=True) == ["upload B.jpg content-changed done", "upload new.jpg new done"]


def test_approve_releases_exactly_what_is_held_at_that_moment_and_once(ten):
    take(ten, *"ABCDEF")
    ten.sync()
    assert ten.approve() == ["too-many-deletes"] * 6
    assert ten.approve() == []
    take(ten, "G")
    ten.fill("F")
    ten.sync()
    # F is back and stays; G was removed later, and is one of ten: it goes by itself.
    assert (ten.up(), ten.code) == (list("FHIJ"), 0)
    take(ten, *"FHIJ")
    ten.sync()
    assert (reasons(ten), ten.code) == ({"set-emptied"}, 4)


def test_what_is_approved_lets_nothing_else_through(ten):
    take(ten, *"ABCDEF")
    ten.sync()
    ten.approve()
    take(ten, *"GHIJ")
    ten.sync()
    assert (ten.up(), reasons(ten), ten.code) == (list("GHIJ"), {"set-emptied"}, 4)


@pytest.mark.parametrize("fault", ["503", "not sent", "html 200", "429 with Retry-After"])
def test_an_approval_outlives_a_service_that_cannot_be_reached(ten, fault):
    take(ten, *"ABCDEF")
    ten.sync()
    ten.approve()
    ten.fail_next("list", fault)
    ten.sync(wait=0)
    assert ten.halts()
    ten.sync()
    assert (ten.up(), ten.code) == (list("GHIJ"), 0)


def test_an_approval_outlives_deletes_that_fail(ten):
    take(ten, *"ABCDEF")
    ten.sync()
    ten.approve()
    ten.fail_next("DELETE", "502 before effect", 3)
    ten.fail_next("inspect", "503", 2)
    ten.sync(wait=0)
    assert ten.code == 5
    ten.sync()
    assert (ten.up(), ten.code) == (list("GHIJ"), 0)


def test_an_approval_outlives_a_pass_that_fails_before_its_deletes(ten):
    take(ten, *"ABCDEF")
    ten.sync()
    ten.approve()
    ten.fail_next("model", "503")
    ten.sync(wait=0)
    assert (len(ten.up()), ten.code) == (10, 5)
    ten.sync()
    assert (ten.up(), ten.code) == (list("GHIJ"), 0)


def test_forget_keeps_the_image_as_foreign_and_ends_the_hold(ten):
    take(ten, *"ABCDEF")
    ten.sync()
    for each in "ABCDEF":
        ten.forget(f"{each}.jpg")
    ten.sync()
    assert (ten.actions(), ten.code) == ([f"foreign {each}" for each in "ABCDEF"], 0)
    assert len(ten.up()) == 10
    assert ten.approve() == []


def test_deletes_of_an_earlier_pass_do_not_count(ten):
    take(ten, *"ABC")
    ten.sync()
    take(ten, *"DEF")
    ten.sync()
    assert (ten.up(), ten.code) == (list("GHIJ"), 0)


def test_replaces_that_were_cut_off_are_not_counted_as_removals(world):
    letters = "ABCDEFGHIJKLMNOPQRST"
    world.fill(*letters)
    world.sync()
    for each in letters:
        world.write(f"{each}.jpg", f"{each}2")
    world.fail_next("DELETE", "502 before effect", 20)
    world.sync(wait=0)
    assert world.records() == [f"deleting {each}" for each in letters]
    world.sync(max_delete=MaxDelete(0, percent=False))
    assert (world.up(), world.code) == ([f"{each}2" for each in letters], 0)


def test_the_rest_of_a_replace_is_held_with_its_set_when_its_file_is_gone_too(world):
    world.fill(*"ABC")
    world.sync(limit=3)
    for each in "ABC":
        world.write(f"{each}.jpg", f"{each}2")
    world.fail_next("DELETE", "502 before effect", 3)
    world.sync(wait=0, limit=3)
    take(world, *"ABC")
    world.sync(limit=3)
    assert (reasons(world), world.up(), world.code) == ({"set-emptied"}, list("ABC"), 4)
