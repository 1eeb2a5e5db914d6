import os
import shutil

from syncd.model.plan import MaxDelete
from tests.world import World, content

AUX = "m42/auxiliaryType"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def names(count, start=0):
    return [f"P{number:02}" for number in range(start, start + count)]


def test_the_first_sync_uploads_every_photo_and_the_second_asks_for_one_list_a_set_and_nothing_else(world):
    world.fill("A", "B", "C")
    world.fill("D", key=AUX)
    world.sync()
    assert world.actions(reasons=True) == [f"upload {each}.jpg new done" for each in "ABCD"]
    assert (world.up(), world.up(AUX), world.code) == (["A", "B", "C"], ["D"], 0)
    world.sync()
    assert sorted(world.asked) == [f"list {AUX}", "list m42/modelInput"]
    assert (world.actions(), world.code) == ([], 0)


def test_an_untouched_set_is_asked_for_once_also_long_after(world):
    world.fill("A", "B")
    world.sync()
    world.clock.sleep(10 * 86400)
    world.sync()
    assert world.asked == ["list m42/modelInput"]


def test_a_lost_state_costs_no_upload_and_no_delete(world):
    world.fill(*"ABCDE")
    world.foreign("X")
    world.sync()
    world.lose_state()
    world.sync()
    assert world.actions() == [*(f"adopt {each}.jpg" for each in "ABCDE"), "foreign X"]
    assert (world.count("POST"), world.count("DELETE"), world.code) == (0, 0, 0)
    world.sync()
    assert world.asked == ["list m42/modelInput"]


def test_a_state_rolled_back_to_an_older_copy_sends_nothing_that_is_up(world, tmp_path):
    world.fill(*"ABCFGH")
    world.sync()
    world.end()
    shutil.copytree(world.state.parent, tmp_path / "backup")
    world.fill("D", "E")
    world.remove("A.jpg")
    world.write("B.jpg", "B2")
    world.sync()
    world.end()
    shutil.rmtree(world.state.parent)
    shutil.copytree(tmp_path / "backup", world.state.parent)
    world.clock.sleep(100)
    world.sync()
    assert world.count("POST") == world.count("DELETE") == 0
    assert (world.up(), world.code) == (["B2", *"CDEFGH"], 0)


def test_the_same_bytes_twice_in_a_set_take_one_slot_and_in_two_sets_go_up_twice(world):
    world.write("b.jpg", "A")
    world.write("a.jpg", "A")
    world.write(f"{AUX}/a.jpg", "A")
    world.sync()
    assert world.actions() == ["duplicate b.jpg", "upload a.jpg", "upload a.jpg"]
    assert world.up() == world.up(AUX) == ["A"]
    world.remove("a.jpg")
    world.sync()
    assert (world.actions(), world.up()) == (["renamed b.jpg"], ["A"])


def test_renames_cost_no_request_but_the_list(world):
    world.fill("A", "B", "C")
    world.sync()
    world.rename("A.jpg", "x.jpg")
    world.rename("B.jpg", "A.jpg")
    world.rename("x.jpg", "B.jpg")
    world.rename("C.jpg", "z.png")
    world.sync()
    assert world.actions() == ["renamed A.jpg", "renamed B.jpg", "renamed z.png"]
    assert (world.asked, world.code) == (["list m42/modelInput"], 0)


def test_a_changed_photo_replaces_its_image_with_a_slot_free(world):
    world.fill("A", "B")
    world.sync()
    world.write("A.jpg", "A2")
    world.sync()
    assert world.actions(reasons=True) == ["replace A.jpg content-changed done"]
    assert (world.up(), world.code) == (["A2", "B"], 0)
    # Room is there, so the new one is up before the old one goes.
    assert [one.kind for one in world.service.events[-2:]] == ["upload", "delete"]


def test_a_changed_photo_replaces_its_image_in_a_full_set(world):
    world.fill(*names(20))
    world.sync()
    world.write("P03.jpg", "new")
    world.write("P04.jpg", "newer")
    world.sync()
    assert world.actions(reasons=True) == [f"replace P0{each}.jpg content-changed done" for each in "34"]
    assert len(world.up()) == 20
    assert {"new", "newer"} < set(world.up())


def test_files_that_change_places_and_contents_at_once_end_right(world):
    world.fill("A", "B")
    world.sync()
    world.write("A.jpg", "B")
    world.write("B.jpg", "C")
    world.sync()
    assert (world.up(), world.code) == (["B", "C"], 0)
    world.sync()
    assert (world.actions(), world.code) == ([], 0)


def test_what_finds_no_slot_waits_in_natural_order_and_goes_up_when_one_frees(world):
    world.fill(*names(19))
    for number in (10, 9, 100):
        world.write(f"zimg{number}.jpg", f"Z{number}")
    world.sync()
    waiting = [(one.rank, one.name) for one in world.last.sets[0].operations if one.action == "waiting"]
    assert (waiting, world.code) == ([(1, b"zimg10.jpg"), (2, b"zimg100.jpg")], 0)
    world.remove("P00.jpg")
    world.sync()
    assert world.actions() == ["delete P00.jpg", "upload zimg10.jpg", "waiting zimg100.jpg"]
    assert len(world.up()) == 20


def test_foreign_and_output_images_take_no_harm_and_foreign_ones_take_slots(world):
    world.foreign("X")
    world.service.add_image("m42", "output", content("O"))
    world.fill(*names(20))
    world.sync()
    assert len(world.up()) == 20
    assert world.actions()[-1] == "waiting P19.jpg"
    for name in names(10):
        world.remove(f"{name}.jpg")
    world.sync(max_delete=MaxDelete(100, percent=True))
    assert (world.up()[-1], len(world.up())) == ("X", 11)
    assert len(world.service.images("m42", "output")) == 1


def test_a_foreign_image_that_equals_a_photo_is_adopted_instead_of_sent(world):
    world.foreign("A")
    world.fill("A", "B")
    world.sync()
    assert (world.actions(), world.count("POST")) == (["adopt A.jpg", "upload B.jpg"], 1)
    world.foreign("C")
    world.sync()
    world.fill("C")
    world.sync()
    assert (world.actions(), world.count("POST")) == (["adopt C.jpg"], 0)


def test_lowering_the_limit_deletes_nothing_and_a_changed_photo_keeps_its_slot(world):
    world.fill(*"ABCDEF")
    world.sync()
    world.write("A.jpg", "A2")
    world.fill("G")
    world.sync(limit=3)
    assert world.actions() == ["replace A.jpg", "waiting G.jpg"]
    assert world.up() == ["A2", *"BCDEF"]


def test_a_rejected_file_that_was_up_keeps_its_image(world):
    world.fill("A", "B")
    world.sync()
    world.write("A.jpg", content("A")[:-40])
    world.sync()
    assert (world.actions(reasons=True), world.up(), world.code) == (["rejected A.jpg corrupt"], ["A", "B"], 0)
    world.write("A.jpg", b"")
    world.sync()
    assert (world.actions(reasons=True), world.up()) == (["rejected A.jpg empty"], ["A", "B"])


def test_what_is_ignored_from_now_on_stays_up_as_foreign(world):
    world.fill("A", "B")
    world.sync()
    world.ignore = ("A.*",)
    world.sync()
    assert (world.actions(), world.up()) == (["foreign A"], ["A", "B"])
    world.remove("A.jpg")
    world.sync()
    assert world.up() == ["A", "B"]


def test_hundreds_of_names_that_are_no_text_go_up_and_are_told(world):
    for each in (b"\xff\xfe.jpg", b"new\nline.jpg", "ümläut.jpg".encode(), b"a b.jpg"):
        world.write("x.jpg", repr(each)).rename(os.fsdecode(os.fsencode(world.folder()) + b"/" + each))
    world.sync()
    assert (len(world.up()), world.code) == (4, 0)
    world.sync()
    assert world.asked == ["list m42/modelInput"]


def test_only_the_chosen_sets_are_passed_over(world):
    world.fill("A")
    world.fill("B", key=AUX)
    world.sync("models/m42/auxiliaryType")
    assert (world.up(), world.up(AUX)) == ([], ["B"])


def test_listings_in_any_order_in_small_pages_and_without_a_filter_are_understood(tmp_path):
    world = World(tmp_path)
    world.service.add_image("m42", "output", content("O"))
    world.remote.bends.order, world.remote.bends.page, world.remote.bends.filters = 3, 3, False
    world.remote.bends.says_page = False
    world.fill(*"ABCDEFGH")
    world.fill(*"ABC", key=AUX)
    world.sync()
    assert (world.up(), world.up(AUX), world.code) == (list("ABCDEFGH"), list("ABC"), 0)
    world.sync()
    assert (world.actions(), world.code) == ([], 0)
    world.end()
