import pytest

from tests.world import ALWAYS, World, key_of


@pytest.fixture
def many(tmp_path):
    """Forty models with a photo each, all up; in one thread, so that what comes in a row is known."""
    world = World(tmp_path, *(f"m{number:02}" for number in range(40)), inline=True)
    for number in range(40):
        world.fill(f"P{number}", key=f"m{number:02}/modelInput")
    world.sync()
    yield world
    world.end()


@pytest.mark.parametrize("fault", ["not sent", "no answer"])
def test_a_dead_network_is_noticed_after_a_few_sets(many, fault):
    many.fail_next("list", fault, ALWAYS)
    many.sync(wait=0)
    assert (len(many.asked), many.code) == (5, 5)
    assert many.halts() == [f"m{number:02}/modelInput: unreachable" for number in range(40)]
    many.sync()
    assert len(many.asked) == 4 * 5


def test_a_network_that_comes_back_is_used_in_the_same_pass(many):
    many.fail_next("list", "not sent", 7)
    many.fill("new", key="m39/modelInput")
    many.sync()
    assert (many.halts(), many.code, many.up("m39/modelInput")) == ([], 0, ["P39", "new"])


def test_sets_that_always_fail_do_not_keep_the_others_from_being_asked(many):
    for number in range(6):
        many.fail_next("list", "503", ALWAYS, only=f"m{number:02}/")
    many.fill("new", key="m39/modelInput")
    many.sync()
    assert many.halts() == [f"m{number:02}/modelInput: unreachable" for number in range(6)]
    assert (many.up("m39/modelInput"), many.code) == (["P39", "new"], 5)


def test_a_network_that_dies_between_looking_and_sending_is_noticed_too(many):
    for number in range(40):
        many.fill(f"N{number}", key=f"m{number:02}/modelInput")
    # More than a second passes, so that each set is listed again before it is changed.
    many.remote.before("model", lambda: (many.clock.advance(5), many.fail_next("list", "not sent", ALWAYS)))
    many.sync(wait=0)
    assert (many.count("list"), many.count("POST"), many.code) == (40 + 40 + 5, 0, 5)


@pytest.mark.parametrize("kind", ["list", "model", "POST", "inspect", "DELETE"])
def test_after_the_key_is_rejected_nothing_more_is_asked(many, kind):
    for number in (3, 5):
        many.fill(f"N{number}", key=f"m{number:02}/modelInput")
        many.remove(f"m{number:02}/modelInput/P{number}.jpg")
    many.fail_next(kind, "401")
    many.sync()
    assert (many.code, many.clock.naps) == (77, [])
    assert many.asked[-1].startswith(kind)
    many.sync()
    assert (many.up("m03/modelInput"), many.up("m05/modelInput"), many.code) == (["N3"], ["N5"], 0)


def test_a_model_that_could_not_be_asked_for_is_asked_for_again(world):
    world.fill("A")
    world.fail_next("model", "503")
    world.sync()
    assert (world.up(), world.code, world.count("model")) == (["A"], 0, 2)


def test_the_service_says_when_to_come_again_and_is_obeyed(world):
    world.fill("A")
    world.fail_next("model", "429 with Retry-After")
    world.sync()
    assert (world.up(), world.code, world.clock.naps) == (["A"], 0, [7.0])


def test_an_account_check_that_fails_for_a_moment_is_made_again(world):
    world.fill("A")
    world.sync()
    world.key = world.remote.accepts = "sk-the-same-account-5555"
    world.fail_next("inspect", "503")
    world.fill("B")
    world.sync()
    assert (world.up(), world.code) == (["A", "B"], 0)


def test_without_patience_there_is_one_try(world):
    world.fill("A")
    world.fail_next("list", "503")
    world.sync(wait=0)
    assert (world.halts(), world.asked, world.code) == (
        ["m42/modelInput: unreachable"],
        ["list m42/modelInput"],
        5,
    )


@pytest.mark.parametrize(
    ("fault", "halt", "code"),
    [
        ("html 200", "listing-failed", 4),
        ("shapeless", "listing-failed", 4),
        ("cut", "listing-failed", 4),
        ("404 html", "listing-failed", 4),
        ("404", "model-not-found", 4),
        ("503", "unreachable", 5),
        ("no answer", "unreachable", 5),
        ("409", "unreachable", 5),
        ("401", "key-rejected", 77),
    ],
)
def test_a_listing_that_is_none_is_a_halt_of_its_set(world, fault, halt, code):
    world.fill("A")
    world.fill("B", key="m42/auxiliaryType")
    world.sync()
    world.remove("A.jpg")
    world.fail_next("list", fault, ALWAYS, only="modelInput")
    world.sync()
    assert (f"m42/modelInput: {halt}" in world.halts(), world.code) == (True, code)
    assert (world.count("DELETE"), world.up()) == (0, ["A"])


def test_a_contradiction_in_one_sets_state_leaves_the_others_alone(world):
    world.fill("A")
    world.fill("B", key="m42/auxiliaryType")
    world.sync()
    world.fill("C")
    world.fill("D", key="m42/auxiliaryType")
    with world.opened() as store, store._database.write() as connection:
        # Another program wrote into the state: the content is begun, which the planner does not see yet.
        connection.exec_driver_sql(
            "CREATE TRIGGER broken BEFORE INSERT ON records WHEN NEW.image_type = 'modelInput'"
            " BEGIN SELECT RAISE(ABORT, 'contradiction'); END"
        )
    world.sync(wait=0)
    assert (world.halts(), world.code) == (["m42/modelInput: state-unwritable"], 78)
    assert (world.up(), world.up("m42/auxiliaryType")) == (["A"], ["B", "D"])


def test_what_halts_is_told_by_the_state_and_clears_itself(world):
    world.fill("A")
    world.sync()
    world.fail_next("list", "503")
    world.sync(wait=0)
    with world.opened() as store:
        status = store.sets.get(key_of("m42/modelInput"))
        assert (status.halt.name, status.counts["up"], status.remote) == ("unreachable", 1, 1)
    world.sync()
    with world.opened() as store:
        assert store.sets.get(key_of("m42/modelInput")).halt is None
