from concurrent.futures import Executor, Future

from syncd.model.plan import MaxDelete
from tests.world import ALWAYS


class Backwards(Executor):
    """Hands that do the last of what waits first, once a result is wanted: side by side anything may come first."""

    def __init__(self) -> None:
        self.waiting = []

    def submit(self, fn, /, *args, **kwargs):
        future = Future()
        wait = future.result

        def result(timeout=None):
            while self.waiting:
                self.waiting.pop()()
            return wait(timeout)

        def work():
            try:
                future.set_result(fn(*args, **kwargs))
            except Exception as error:  # noqa: BLE001 - as a pool's thread does it
                future.set_exception(error)

        future.result = result
        self.waiting.append(work)
        return future


def test_a_twin_that_a_portal_hid_at_first_is_known_and_deleted_when_the_set_is_worked_on(world):
    world.fill("A", "B")
    world.sync()
    twin = world.foreign("A")
    world.fail_next("picture", "html 200", only=twin)
    world.sync()
    assert world.up() == ["A", "A", "B"]
    world.fill("C")
    world.sync()
    assert world.up() == ["A", "B", "C"]


def test_a_picture_that_cannot_be_had_keeps_no_set_from_its_work(world):
    world.fill("A")
    world.sync()
    hidden = world.foreign("X")
    world.fail_next("picture", "html 200", only=hidden)
    world.sync()
    world.fill("B")
    world.fail_next("picture", "503", ALWAYS, only=hidden)
    world.sync()
    assert (world.up(), world.code) == (["A", "B", "X"], 0)


def test_an_upload_that_came_up_late_and_cannot_be_seen_is_not_sent_once_more(world):
    world.fill("A", "B")
    world.sync()
    world.fill("C")
    world.fail_next("POST", "no answer", ALWAYS)
    world.sync(wait=0)
    world.clock.sleep(61)
    world.sync(wait=0)
    world.remote.heal()
    late = world.foreign("C")
    world.fail_next("picture", "html 200", 1, only=late)
    world.sync(wait=0)
    assert (world.up(), world.count("POST")) == (["A", "B", "C"], 0)
    world.sync()
    assert (world.up(), world.count("POST"), world.code) == (["A", "B", "C"], 0, 0)


def deleted_and_restored(world):
    """Delete an image, and let a restored service show it again; returns its id."""
    world.fill("A", "B")
    world.sync()
    (old,) = world.ids("A")
    image, picture = world.service.image(old), world.service.picture(old)
    world.remove("A.jpg")
    world.sync()
    world.service._shelf.put_image(image, picture)
    return old


def restored(world):
    """Delete an image, put its photo back, and let a restored service show the image again; returns its id."""
    old = deleted_and_restored(world)
    world.fill("A")
    return old


def test_a_restored_image_is_asked_for_where_its_slot_is_wanted(world):
    old = deleted_and_restored(world)
    world.sync(limit=3)
    assert f"inspect {old}" not in world.asked
    world.fill("C", "D")
    world.sync(limit=3)
    changes = [one.split()[0] for one in world.asked if one.startswith(("DELETE", "POST"))]
    assert (world.up(), world.code, changes[0]) == (["B", "C", "D"], 0, "DELETE")


def test_a_restored_image_is_looked_for_before_its_photo_is_sent_again(world):
    old = restored(world)
    world.sync()
    assert (world.up(), world.count("POST"), world.ids("A")) == (["A", "B"], 0, [old])


def test_a_restored_image_that_cannot_be_asked_for_keeps_its_photo_from_being_sent_again(world):
    old = restored(world)
    world.fail_next("inspect", "429 with Retry-After")
    world.sync(wait=0)
    assert (world.count("POST"), world.code, world.actions()) == (0, 5, ["pending A.jpg"])
    world.sync()
    assert (world.up(), world.count("POST"), world.ids("A")) == (["A", "B"], 0, [old])


def test_what_a_changed_photo_was_stays_up_until_the_new_one_is_known_to_be(world):
    world.fill("A", "B")
    world.sync()
    world.write("A.jpg", "C")
    world.fail_next("POST", "no answer")
    world.sync(wait=0)
    world.sync(wait=0)
    assert world.up() == ["A", "B"]
    world.clock.sleep(61)
    world.sync()
    assert (world.up(), world.code) == (["B", "C"], 0)


def test_a_late_copy_of_an_image_that_is_missed_is_ours_too(world):
    world.fill("A", "B", "C")
    world.sync()
    world.clock.sleep(61)
    world.lose("A")
    world.fail_next("inspect", "503", ALWAYS)
    world.foreign("A")
    world.sync(wait=0)
    world.remote.heal()
    world.remove("A.jpg")
    world.sync()
    world.sync()
    assert (world.up(), world.code) == (["B", "C"], 0)


def test_a_changed_file_that_turns_bad_keeps_its_last_image_and_not_the_one_that_was_about_to_go(world):
    world.fill("A", "B")
    world.sync()
    world.write("A.jpg", "C")
    world.fail_next("inspect", "not sent", ALWAYS)
    world.sync(wait=0)
    assert world.up() == ["A", "B", "C"]
    world.remote.heal()
    world.write("A.jpg", b"no picture")
    world.sync()
    assert (world.up(), world.code) == (["B", "C"], 0)


def test_a_file_that_turns_bad_keeps_every_image_that_stayed_under_its_name_until_it_is_good_again(world):
    world.fill("A", "B", "E")
    world.sync()
    world.write("A.jpg", "C")
    world.sync(deletes=False)
    # The photo that it is last is older than the other, and came to this name from another one.
    world.rename("B.jpg", "A.jpg")
    world.sync(deletes=False)
    world.write("A.jpg", b"no picture")
    world.sync(max_delete=MaxDelete(100, percent=True))
    assert world.up() == ["A", "B", "C", "E"]
    world.sync(quick=True)
    assert world.asked == []
    world.write("A.jpg", "D")
    world.sync(max_delete=MaxDelete(100, percent=True))
    assert (world.up(), world.code) == (["D", "E"], 0)


def test_a_twin_goes_in_the_same_pass_as_the_copy_that_vouches_for_it_whatever_is_done_first(world):
    world._hands = lambda _threads: Backwards()
    world.fill("A", "B", "C")
    world.sync()
    world.foreign("A")
    world.remove("A.jpg")
    world.sync(wait=0)
    assert (world.up(), world.code) == (["B", "C"], 0)
    assert world.actions(reasons=True) == ["delete A.jpg removed-locally done", "delete A.jpg same-content done"]


def test_a_twin_goes_before_a_changed_file_replaces_the_copy_that_vouches_for_it(world):
    world.fill("A", "B")
    world.sync()
    world.foreign("A")
    world.write("A.jpg", "A2")
    world.sync(wait=0)
    assert (world.up(), world.code) == (["A2", "B"], 0)
