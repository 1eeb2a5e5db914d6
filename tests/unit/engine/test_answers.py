import pytest

from tests.harness.answers import AFTER
from tests.world import ALWAYS, sha

UNKNOWN_DONE = sorted(AFTER)
UNKNOWN_NOT_DONE = ["no answer", "502 before effect", "html 200", "503", "shapeless before effect"]


def uploads(world, what="A"):
    return sum(one.kind == "upload" and one.sha256 == sha(what) for one in world.service.events)


@pytest.mark.parametrize("seconds", [0, 60])
@pytest.mark.parametrize("fault", UNKNOWN_DONE)
def test_an_upload_that_took_effect_in_silence_is_found_and_never_sent_again(world, fault, seconds):
    world.fill("A", "B")
    world.sync()
    world.fill("C")
    world.fail_next("POST", fault)
    world.sync(ambiguity_seconds=seconds)
    assert (uploads(world, "C"), world.count("POST")) == (1, 1)
    assert (world.actions(reasons=True), world.code) == (["upload C.jpg new done"], 0)


@pytest.mark.parametrize("seconds", [0, 60])
@pytest.mark.parametrize("fault", UNKNOWN_DONE)
def test_the_very_first_upload_too(world, fault, seconds):
    world.fill("A")
    world.fail_next("POST", fault)
    world.sync(ambiguity_seconds=seconds)
    world.sync(ambiguity_seconds=seconds)
    assert (uploads(world), world.up(), world.code) == (1, ["A"], 0)


@pytest.mark.parametrize("fault", UNKNOWN_NOT_DONE)
def test_an_upload_of_unknown_fate_is_pending_until_its_time_is_over_and_sent_again_once(world, fault):
    world.fill("A", "B")
    world.sync()
    world.fill("C")
    world.fail_next("POST", fault)
    world.sync(wait=5)
    assert (world.actions(reasons=True), world.count("POST"), world.code) == (["pending C.jpg answer-unknown"], 1, 5)
    world.sync(wait=0)
    assert (world.count("POST"), world.code) == (0, 5)
    world.clock.sleep(60)
    world.sync()
    assert (world.count("POST"), world.up(), world.code) == (1, ["A", "B", "C"], 0)


def test_one_run_sees_the_time_of_doubt_out_when_it_may_wait_that_long(world):
    world.fill("A", "B")
    world.sync()
    world.fill("C")
    world.fail_next("POST", "no answer")
    world.sync()
    assert (world.actions(reasons=True), world.up(), world.code) == (["upload C.jpg new done"], ["A", "B", "C"], 0)
    assert sum(world.clock.naps) <= 60


def test_in_an_empty_set_an_upload_of_unknown_fate_is_sent_again_only_by_two_listings(world):
    world.fill("A")
    world.fail_next("POST", "no answer")
    world.sync(wait=0)
    world.clock.sleep(61)
    world.sync()
    assert (world.asked[:3], world.up()) == (["list m42/modelInput", "model m42", "list m42/modelInput"], ["A"])
    assert uploads(world) == 1


def test_a_late_effect_is_found_and_the_twin_deleted(world):
    world.fill("A", "B")
    world.sync()
    world.fill("C")
    world.fail_next("POST", "late")
    world.sync(wait=0)
    world.clock.sleep(61)
    world.sync()
    assert uploads(world, "C") == 1
    world.remote.deliver()
    assert world.up() == ["A", "B", "C", "C"]
    world.sync()
    assert world.actions(reasons=True) == ["delete C.jpg same-content done"]
    assert (world.up(), world.code) == (["A", "B", "C"], 0)


def test_a_late_effect_before_the_time_is_over_is_adopted(world):
    world.fill("A")
    world.fail_next("POST", "late")
    world.sync(wait=0)
    world.remote.deliver()
    world.sync()
    assert (world.actions(), world.count("POST"), world.up()) == (["adopt A.jpg"], 0, ["A"])


def test_a_late_effect_of_a_photo_that_is_gone_is_taken_down(world):
    world.fill("A", "B")
    world.fail_next("POST", "late")
    world.sync(wait=0)
    lost = ({"A", "B"} - set(world.up())).pop()
    world.remove(f"{lost}.jpg")
    world.clock.sleep(100)
    world.sync()
    world.remote.deliver()
    world.sync()
    assert (world.up(), world.code) == (sorted({"A", "B"} - {lost}), 0)


def test_a_photo_that_waits_for_its_turn_is_not_held_to_be_sent(world):
    world.caps = {"max_concurrency": 1}
    world.fill("A", "B", "C")
    begun = []
    for _ in range(3):
        world.remote.before("POST", lambda: begun.append(sum(one.startswith("begun") for one in world.records())))
    world.sync()
    # Whoever is killed now looks for one lost upload, not for three.
    assert (begun, world.up(), world.code) == ([1, 1, 1], ["A", "B", "C"], 0)


def test_the_answer_of_another_image_is_no_answer(world):
    world.fill("A")
    world.sync()
    world.fill("B")
    # A proxy plays an older answer back: it names an image that we know.
    world.fail_next("POST", "replayed")
    world.sync(wait=0)
    assert (world.code, world.records()) == (5, ["begun B", "live A"])


def test_what_stayed_unknown_five_times_is_not_sent_again_until_retry(world):
    world.fill("A", "B")
    world.sync()
    world.fill("C")
    world.fail_next("POST", "no answer", ALWAYS)
    codes = []
    for _ in range(7):
        world.sync(wait=0)
        codes.append(int(world.code))
        world.clock.sleep(61)
    sent = sum(one == "POST " for one in world.remote.history)
    assert sent == 2 + 5
    assert codes == [5, 5, 5, 5, 5, 1, 0]
    assert world.actions(reasons=True) == ["refused C.jpg refused-by-service"]
    world.remote.heal()
    world.retry()
    world.sync()
    assert (world.up(), world.code) == (["A", "B", "C"], 0)


@pytest.mark.parametrize("fault", ["400", "413"])
def test_a_refusal_fails_the_run_that_meets_it_and_is_told_from_then_on(world, fault):
    world.fill("A", "B")
    world.fail_next("POST", fault)
    world.sync()
    assert ((len(world.up()), world.code), world.count("POST")) == ((1, 1), 2)
    world.sync()
    assert ([one.split()[0] for one in world.actions()], world.code, world.count("POST")) == (["refused"], 0, 0)
    assert world.retry() == 1
    world.sync()
    assert (world.up(), world.code) == (["A", "B"], 0)


def test_a_refusal_stays_the_runs_failure_when_the_set_is_tried_again_for_another_reason(world):
    world.fill("A", "B", "C")
    world.fail_next("POST", "400")
    world.fail_next("POST", "503", 1)
    world.sync()
    assert (world.code, len(world.up())) == (1, 2)


def test_a_refused_content_is_sent_when_it_changes(world):
    world.fill("A")
    world.fail_next("POST", "413")
    world.sync()
    world.write("A.jpg", "A2")
    world.sync()
    assert (world.up(), world.code) == (["A2"], 0)


def test_a_400_at_a_set_that_filled_up_is_no_refusal(world):
    world.fill(*(f"P{number:02}" for number in range(19)))
    world.sync()
    world.fill("Z1")
    world.remote.before("POST", lambda: world.foreign("X"))
    world.checks.tolerates_full = True
    world.sync()
    assert (world.actions(), world.code) == (["foreign X", "waiting Z1.jpg"], 0)
    world.remove("P00.jpg")
    world.sync()
    assert "Z1" in world.up()


def test_a_409_is_tried_again(world):
    world.fill("A")
    world.fail_next("POST", "409")
    world.sync()
    assert (world.up(), world.code, uploads(world)) == (["A"], 0, 1)


@pytest.mark.parametrize("fault", ["not sent", "429 with Retry-After", "404 html"])
def test_what_certainly_was_not_taken_is_sent_again_in_the_same_run(world, fault):
    world.fill("A", "B")
    world.fail_next("POST", fault)
    world.sync()
    assert (world.up(), world.code, len(world.clock.naps)) == (["A", "B"], 0, 1)
    assert world.clock.naps[0] >= (7 if "429" in fault else 1)


@pytest.mark.parametrize("kind", ["list", "POST", "DELETE", "model", "inspect"])
def test_a_retry_after_longer_than_the_patience_ends_the_run(world, kind):
    world.fill("A", "B")
    world.sync()
    world.remove("A.jpg")
    world.fill("C")
    world.fail_next(kind, "429 with Retry-After", ALWAYS)
    world.sync(wait=6)
    assert (world.code, world.clock.naps) == (5, [])


@pytest.mark.parametrize("fault", [*UNKNOWN_DONE, *UNKNOWN_NOT_DONE, "not sent", "409", "429 with Retry-After"])
def test_a_delete_is_repeated_until_it_is_sure(world, fault):
    world.fill("A", "B", "C")
    world.sync()
    world.remove("A.jpg")
    world.fail_next("DELETE", fault)
    world.sync()
    assert (world.actions(reasons=True), world.code) == (["delete A.jpg removed-locally done"], 0)
    assert (world.up(), world.records()) == (["B", "C"], ["gone A", "live B", "live C"])


def test_a_delete_that_found_nothing_is_done(world):
    world.fill("A", "B")
    world.sync()
    world.remove("A.jpg")
    world.remote.before("DELETE", lambda: world.lose("A"))
    world.sync()
    assert (world.actions(reasons=True), world.code) == (["delete A.jpg removed-locally done"], 0)


def test_a_delete_that_failed_is_not_told_as_done_when_the_set_then_halts(world):
    world.fill("A", "B")
    world.sync()
    world.remove("A.jpg")
    world.fail_next("DELETE", "502 before effect")
    world.remote.before("DELETE", lambda: world.fail_next("list", "503", ALWAYS))
    world.sync()
    assert (world.actions(reasons=True), world.up(), world.code) == (
        ["delete A.jpg removed-locally failed"],
        ["A", "B"],
        5,
    )


@pytest.mark.parametrize("fault", UNKNOWN_DONE)
def test_a_replace_in_a_full_set_survives_a_lost_answer(world, fault):
    world.fill(*(f"P{number:02}" for number in range(20)))
    world.sync()
    world.write("P07.jpg", "new")
    world.fail_next("POST", fault)
    world.fail_next("DELETE", fault)
    world.sync()
    assert (uploads(world, "new"), len(world.up()), world.code) == (1, 20, 0)
    world.sync()
    assert (world.actions(), world.code) == ([], 0)


def test_when_the_old_image_goes_and_the_new_one_is_refused_the_others_stay(world):
    world.fill("A", "B", "C")
    world.sync()
    world.write("A.jpg", "A2")
    world.fail_next("POST", "413")
    world.sync()
    assert (world.up(), world.code) == (["A", "B", "C"], 1)
    world.sync()
    assert (world.up(), world.code) == (["A", "B", "C"], 0)


def test_once_the_service_says_that_a_set_is_full_the_other_photos_wait(world):
    world.inline = True
    world.fill("A", "B", "C")
    world.checks.tolerates_full = True
    world.remote.before("POST", lambda: [world.foreign(f"X{number}") for number in range(20)])
    world.sync(wait=0)
    assert (world.count("POST"), [one.outcome for one in world.last.sets[0].operations]) == (1, ["skipped"] * 3)


def test_above_a_lowered_limit_a_new_photo_waits_while_what_makes_room_stays(world):
    world.fill(*"ABCD")
    world.sync()
    world.remove("A.jpg", "B.jpg")
    world.fill("N")
    world.fail_next("DELETE", "503")
    world.sync(wait=0, limit=3)
    assert (world.count("DELETE"), world.count("POST"), len(world.up())) == (2, 0, 3)
    world.sync(limit=3)
    assert world.up() == ["C", "D", "N"]


def test_an_image_that_a_person_lets_go_of_in_the_midst_of_its_delete_stays(world):
    world.fill("A", "B")
    world.sync()
    world.remove("A.jpg")
    world.remote.before("inspect", lambda: world.forget("A.jpg"))
    world.sync(wait=0)
    assert (world.up(), world.count("DELETE")) == (["A", "B"], 0)
    world.sync()
    assert (world.actions(), world.code) == (["foreign A"], 0)


def test_an_answer_with_the_id_of_a_foreign_image_proves_no_upload(world):
    world.fill("A")
    world.sync()
    world.lose_state()
    world.remove("A.jpg")
    world.fill("B")
    world.fail_next("POST", "replayed")
    world.sync()
    assert (world.up(), world.code) == (["A", "B"], 0)
