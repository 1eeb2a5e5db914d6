"""The daemon's two measures of time: a delete waits for the grace, and the brake counts an hour over all sets."""

from syncd.model.plan import MaxDelete
from tests.world import World

HOUR = 3600.0
SECOND = "m43/modelInput"


def look(world, *paths, **policy):
    return world.sync(*(paths or ("models/m42",)), wait=0, window=HOUR, grace_seconds=30, **policy)


def status(world, key="m42"):
    with world.opened() as store:
        return next(one for one in store.sets.all() if one.key.model_id == key)


def test_an_image_goes_once_its_file_was_gone_for_the_time_of_grace(world):
    world.fill(*"ABCD")
    look(world)
    world.remove("A.jpg")
    look(world)
    world.clock.advance(20)
    look(world)
    assert world.up() == [*"ABCD"]
    world.clock.advance(15)
    assert world.actions(look(world)) == ["delete A.jpg"]
    assert world.up() == [*"BCD"]


def test_a_set_that_waits_for_the_grace_is_not_in_sync(world):
    world.fill(*"ABCD")
    look(world)
    before = status(world).last_success
    world.remove("A.jpg")
    look(world)
    assert (status(world).counts["up"], status(world).last_success) == (4, before)
    world.clock.advance(40)
    look(world)
    assert (status(world).counts["up"], status(world).last_success > before) == (3, True)


def test_what_came_back_meanwhile_waits_anew(world):
    world.fill(*"ABCD")
    look(world)
    world.remove("A.jpg")
    look(world)
    world.write("A.jpg", "A")
    look(world)
    world.remove("A.jpg")
    world.clock.advance(40)
    look(world)
    assert world.up() == [*"ABCD"]
    assert world.absences.all() != {}


def test_a_look_that_saw_nothing_lets_the_grace_begin_anew(world):
    world.fill(*"ABCD")
    look(world)
    world.remove("A.jpg")
    look(world)
    world.fail_next("list", "503")
    look(world)
    world.clock.advance(40)
    look(world)
    assert world.up() == [*"ABCD"]


def test_a_changed_photo_does_not_wait(world):
    world.fill(*"ABCD")
    look(world)
    world.write("A.jpg", "E")
    look(world)
    assert world.up() == [*"BCDE"]


def test_a_hold_is_told_only_when_the_grace_is_over(world):
    world.fill(*"ABCD")
    look(world)
    world.remove(*(f"{name}.jpg" for name in "ABCD"))
    assert world.actions(look(world)) == []
    world.clock.advance(40)
    assert world.actions(look(world)) == [f"held {name}.jpg" for name in "ABCD"]
    assert world.up() == [*"ABCD"]


def test_an_approved_delete_does_not_wait(world):
    world.fill(*"ABCD")
    look(world)
    world.remove(*(f"{name}.jpg" for name in "ABCD"))
    look(world)
    world.clock.advance(40)
    look(world)
    world.approve()
    world.absences.clear()
    look(world)
    assert world.up() == []


def test_the_brake_counts_the_deletes_of_the_last_hour(world):
    names = [*"ABCDEFGH"]
    world.fill(*names)
    look(world)
    for name in names[:4]:
        world.remove(f"{name}.jpg")
        look(world)
        world.clock.advance(60)
        look(world)
    assert world.up() == [*"EFGH"]
    world.remove("E.jpg")
    look(world)
    world.clock.advance(60)
    assert world.actions(look(world)) == ["held E.jpg"]
    world.clock.advance(HOUR)
    assert world.actions(look(world)) == ["delete E.jpg"]


def test_the_brake_counts_what_other_sets_miss_at_the_same_time(tmp_path):
    world = World(tmp_path, "m42", "m43")
    brake = MaxDelete(40, percent=True)
    world.fill(*(f"a{number}" for number in range(5)))
    world.fill(*(f"b{number}" for number in range(20)), key=SECOND)
    for model in ("m42", "m43"):
        look(world, f"models/{model}")
    world.remove(*(f"a{number}.jpg" for number in range(4)), *(f"{SECOND}/b{number}.jpg" for number in range(7)))
    looks = [world.actions(look(world, f"models/{model}", max_delete=brake)) for model in ("m42", "m43")]
    world.clock.advance(40)
    held = world.actions(look(world, "models/m43", max_delete=brake))
    world.end()
    # 7 of 20 there are few enough, but 11 of 25 are not.
    assert (looks, held) == ([[], []], [f"held b{number}.jpg" for number in range(7)])
    assert len(world.up(SECOND)) == 20
