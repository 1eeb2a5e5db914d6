import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from syncd.engine.roots import Roots
from syncd.scan.discover import Folder
from tests.world import ALWAYS, World, key_of

MARKER = ".syncd-root"


@pytest.fixture
def three(world):
    world.fill("A", "B", "C")
    world.sync()
    return world


def marker(world):
    return world.root / MARKER


def test_the_first_pass_marks_the_root_and_writes_nothing_else_there(world):
    world.fill("A")
    before = sorted(path for path in world.root.rglob("*"))
    world.sync()
    assert sorted(path for path in world.root.rglob("*")) == sorted([*before, marker(world)])
    assert len(marker(world).read_text().strip()) == 36


def test_a_first_pass_that_ends_behind_its_marker_is_not_taken_for_a_lost_state(tmp_path):
    def ready(home):
        world = World(home)
        world.fill("A")
        world.foreign("theirs")
        world.fail_next("picture", "404", ALWAYS)
        return world

    probe, world = ready(tmp_path / "probe"), ready(tmp_path / "world")
    probe.sync()
    probe.end()
    assert world.crash_at("moment", probe.fuse.told.index("meta.put_root") + 1)
    assert marker(world).exists()
    world.sync()
    assert (world.halts(), world.actions(), world.code) == ([], ["foreign theirs", "upload A.jpg"], 0)


def test_a_root_that_is_missing_halts_and_goes_on_when_it_is_back(three):
    three.root.rename(three.root.parent / "elsewhere")
    three.sync()
    assert (three.halts(), three.count("DELETE"), three.code) == (["m42/modelInput: root-missing"], 0, 4)
    (three.root.parent / "elsewhere").rename(three.root)
    three.sync()
    assert (three.actions(), three.code) == ([], 0)


def test_an_empty_folder_in_the_roots_place_halts_and_is_not_marked(three):
    three.root.rename(three.root.parent / "unmounted")
    three.root.mkdir()
    three.sync()
    assert (three.halts(), three.code, list(three.root.iterdir())) == (["m42/modelInput: root-changed"], 4, [])


def test_a_marker_recreated_by_hand_is_no_marker(three):
    three.root.rename(three.root.parent / "unmounted")
    three.root.mkdir()
    marker(three).write_text("\n")
    three.sync()
    assert (three.halts(), three.up()) == (["m42/modelInput: root-changed"], ["A", "B", "C"])


def test_another_disk_in_the_roots_place_is_taken_only_when_approved_and_then_braked(three):
    three.root.rename(three.root.parent / "old")
    three.fill("A")
    marker(three).write_text("2f1ab5d0-3f7c-4d3c-9f0e-111111111111\n")
    three.sync()
    assert three.halts() == ["m42/modelInput: root-changed"]
    assert three.approve() == ["root-changed"]
    three.sync()
    assert (three.actions(), three.up(), three.code) == (["delete B.jpg", "delete C.jpg"], ["A"], 0)
    three.sync()
    assert (three.halts(), three.code) == ([], 0)


def test_a_set_of_another_root_is_claimed_until_it_is_approved(three, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    three.root.rename(tmp_path / "old")
    three.root = other
    three.fill("A")
    three.sync()
    assert (three.halts(), three.code) == (["m42/modelInput: root-claimed"], 4)
    assert three.approve() == ["root-claimed"]
    three.sync()
    assert (three.halts(), three.up()) == ([], ["A"])
    three.sync()
    assert three.halts() == []


def test_consent_to_another_disk_lets_no_other_root_take_the_set_over(three, tmp_path):
    marker(three).write_text("2f1ab5d0-3f7c-4d3c-9f0e-111111111111\n")
    three.sync()
    assert three.approve() == ["root-changed"]
    other = tmp_path / "other"
    other.mkdir()
    three.root = other
    three.fill("A")
    three.sync()
    assert (three.halts(), three.up()) == (["m42/modelInput: root-claimed"], ["A", "B", "C"])


def test_consent_to_one_root_is_none_to_another_that_the_set_lies_in_since(three, tmp_path):
    marker(three).unlink()
    three.sync()
    other = tmp_path / "other"
    other.mkdir()
    three.root = other
    three.fill("A")
    assert three.approve() == ["root-changed"]
    three.sync()
    marker(three).write_text("2f1ab5d0-3f7c-4d3c-9f0e-111111111111\n")
    three.sync()
    assert (three.halts(), three.up()) == (["m42/modelInput: root-changed"], ["A", "B", "C"])


def test_a_set_goes_to_the_root_that_was_asked_for_and_to_no_third_one(three, tmp_path):
    for name in ("other", "third"):
        (tmp_path / name).mkdir()
        three.root = tmp_path / name
        three.fill("A")
        three.sync()
        assert (three.halts(), three.up()) == (["m42/modelInput: root-claimed"], ["A", "B", "C"])
        assert three.approve() == ["root-claimed"]
    three.root = tmp_path / "other"
    three.sync()
    assert (three.halts(), three.up()) == (["m42/modelInput: root-claimed"], ["A", "B", "C"])
    assert three.approve() == ["root-claimed"]
    three.sync()
    assert (three.halts(), three.up()) == ([], ["A"])


def test_a_new_state_takes_over_the_marker_that_it_finds(three):
    before = marker(three).read_text()
    three.lose_state()
    three.sync()
    assert (marker(three).read_text(), three.code) == (before, 0)


def test_a_root_that_vanishes_between_plan_and_delete_deletes_nothing(three):
    three.remove("A.jpg")
    three.remote.before("model", lambda: three.root.rename(three.root.parent / "unmounted"))
    three.sync(wait=0)
    assert (three.count("DELETE"), three.up()) == (0, ["A", "B", "C"])


def test_a_set_whose_folder_vanishes_between_plan_and_delete_deletes_nothing(three):
    three.remove("A.jpg")
    three.remote.before("inspect", lambda: shutil.rmtree(three.folder()))
    three.sync(wait=0)
    assert (three.count("DELETE"), three.up()) == (0, ["A", "B", "C"])


def test_a_set_that_is_emptied_between_plan_and_delete_deletes_nothing(three):
    three.remove("A.jpg")
    three.remote.before("inspect", lambda: three.remove("B.jpg", "C.jpg"))
    three.sync(wait=0)
    assert (three.count("DELETE"), three.up()) == (0, ["A", "B", "C"])


def test_a_folder_that_lies_outside_the_root_bears_its_own_marker(tmp_path):
    place = tmp_path / "portraits"
    place.mkdir()
    folder = Folder(key_of("m42/auxiliaryType"), os.fsencode(place))
    world = World(tmp_path, folders=(folder,))
    world.write("A.jpg", "A").rename(place / "A.jpg")
    world.fill("B")
    world.sync()
    assert (world.up("m42/auxiliaryType"), world.up()) == (["A"], ["B"])
    assert (place / MARKER).read_text() != marker(world).read_text()
    place.rename(tmp_path / "gone")
    world.sync()
    assert world.halts() == ["m42/auxiliaryType: root-missing"]
    world.end()


def test_a_set_without_a_folder_and_with_a_record_stays_a_set(three):
    three.fill("Z", key="m42/auxiliaryType")
    three.sync()
    shutil.rmtree(three.folder("m42/auxiliaryType"))
    three.sync()
    assert (three.actions(), three.code) == (["held Z.jpg"], 4)


def test_passes_that_mark_a_root_at_the_same_time_agree(tmp_path):
    world = World(tmp_path)
    identities = ["0b6a3bd2-0a8e-4f0e-9d1c-000000000001", "0b6a3bd2-0a8e-4f0e-9d1c-000000000002"]
    root, seen = os.fsencode(world.root), {}
    with world.opened() as store:

        def check(new_identity):
            return Roots(store, world.clock.now(), new_identity, dry_run=False).check([root], ())[root]

        def meanwhile():
            seen["other"] = check(lambda: identities[1]).identity
            return identities[0]

        assert check(meanwhile).identity == seen["other"] == check(lambda: identities[0]).identity
        assert [one.uuid for one in store.meta.roots()] == [marker(world).read_text().strip()]
    world.end()


PRELUDE = """
import os, sys
from pathlib import Path
sys.path.insert(0, {repo!r})
from tests.world import World
os.umask(0)
home = Path({home!r})
world = World(home)
world.fill("A", "B", "C")
world.sync()
world.remove("C.jpg")
world.end()
def as_nobody():
    for top, folders, files in os.walk(home / "state"):
        for each in (top, *(os.path.join(top, name) for name in files)):
            os.chown(each, 65534, 65534)
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
def tell():
    print(world.actions(), world.halts(), world.up(), int(world.code), world.count("DELETE"))
"""


@pytest.fixture
def unprivileged():
    """Run a program that gives up its rights where it has any; returns what it printed."""
    with tempfile.TemporaryDirectory() as home:
        # Not below pytest's own folder, which is closed to others.
        os.chmod(home, 0o755)
        prelude = PRELUDE.format(repo=str(Path(__file__).parents[3]), home=home)
        if os.getuid() != 0:
            prelude = prelude.replace("def as_nobody():", "def as_nobody():\n    return")

        def run(program):
            done = subprocess.run(
                [sys.executable, "-c", prelude + program], capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stderr
            return done.stdout.splitlines()

        yield run


def test_without_the_right_to_read_nothing_is_deleted(unprivileged):
    told = unprivileged(
        """
folder, file = world.folder(), world.path("B.jpg")
for path in (folder, folder.parent, folder.parent.parent, world.root):
    path.chmod(0)
    if (child := os.fork()) == 0:
        as_nobody()
        world.sync(wait=0)
        tell()
        sys.stdout.flush()
        os._exit(0)
    os.waitpid(child, 0)
    path.chmod(0o777)
file.chmod(0)
as_nobody()
world.sync(wait=0)
tell()
""",
    )
    halt = "[] ['m42/modelInput: folder-unreadable'] ['A', 'B', 'C'] 4 0"
    assert told[:4] == [halt] * 4
    assert told[4] == "['failed B.jpg', 'held C.jpg'] [] ['A', 'B', 'C'] 4 0"


def test_a_root_that_takes_no_marker_is_synced_and_deletes_only_what_another_file_vouches_for(unprivileged):
    told = unprivileged(
        """
world.lose_state()
(world.root / ".syncd-root").unlink()
world.root.chmod(0o555)
as_nobody()
world.sync()
tell()
world.remove("B.jpg")
world.sync()
tell()
world.remove("A.jpg")
world.sync()
tell()
""",
    )
    assert told == [
        "['adopt A.jpg', 'adopt B.jpg', 'foreign C'] [] ['A', 'B', 'C'] 0 0",
        "['delete B.jpg', 'foreign C'] [] ['A', 'C'] 0 1",
        "['foreign C', 'held A.jpg'] [] ['A', 'C'] 4 0",
    ]


def test_consent_to_one_root_is_none_to_the_next_that_comes_in_its_place(world):
    world.fill("A", "B", "C")
    world.sync()
    marker = world.root / ".syncd-root"
    marker.write_text("11111111-1111-4111-8111-111111111111\n")
    world.sync()
    world.approve()
    marker.write_text("22222222-2222-4222-8222-222222222222\n")
    world.remove("A.jpg")
    world.sync()
    assert (world.halts(), world.up()) == (["m42/modelInput: root-changed"], ["A", "B", "C"])
    world.sync()
    assert world.up() == ["A", "B", "C"]
    world.approve()
    world.sync()
    assert (world.up(), world.code) == (["B", "C"], 0)


def test_halts_that_are_released_one_after_the_other_stay_released_until_all_are(world):
    world.fill("A", "B", "C")
    world.sync()
    (world.root / ".syncd-root").write_text("11111111-1111-4111-8111-111111111111\n")
    world.lose("A", "B", "C")
    world.clock.sleep(61)
    told = []
    while world.sync() and world.halts() and len(told) < 5:
        told += world.halts()
        world.approve()
    assert told == ["m42/modelInput: root-changed", "m42/modelInput: remote-mass-missing"]
    assert (world.up(), world.code) == (["A", "B", "C"], 0)


def test_consent_of_any_set_to_one_disk_is_none_to_the_next(tmp_path):
    two = World(tmp_path, "m42", "m43")
    other = "m43/modelInput"
    two.fill("A")
    two.fill("B", key=other)
    two.sync()
    marker(two).write_text("2f1ab5d0-3f7c-4d3c-9f0e-111111111111\n")
    two.remove("A.jpg")
    (two.folder(other) / "B.jpg").unlink()
    two.sync()
    assert two.approve() == ["root-changed", "root-changed"]
    marker(two).write_text("2f1ab5d0-3f7c-4d3c-9f0e-222222222222\n")
    for key in ("m42/modelInput", other):
        two.sync(str(two.folder(key)))
        assert (two.halts(), two.count("DELETE")) == ([f"{key}: root-changed"], 0)


def test_consent_of_one_set_to_a_disk_and_of_another_to_the_next_are_each_for_their_own(tmp_path):
    two = World(tmp_path, "m42", "m43")
    first, second = "m42/modelInput", "m43/modelInput"
    two.fill("A")
    two.fill("B", "C", key=second)
    two.sync()
    (two.folder(second) / "B.jpg").unlink()
    for number, key in (("1", second), ("2", first)):
        marker(two).write_text(f"2f1ab5d0-3f7c-4d3c-9f0e-{number * 12}\n")
        two.sync(str(two.folder(key)))
        assert two.approve(key) == ["root-changed"]
    two.sync(str(two.folder(first)))
    assert two.halts() == []
    two.sync(str(two.folder(second)))
    assert (two.halts(), two.count("DELETE")) == ([f"{second}: root-claimed"], 0)


def test_consent_to_another_disk_in_a_root_lets_it_take_no_set_over_that_was_never_its_own(three, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    three.root = other
    three.fill("A")
    three.sync()
    marker(three).write_text("2f1ab5d0-3f7c-4d3c-9f0e-111111111111\n")
    three.sync()
    assert three.approve() == ["root-changed"]
    three.sync()
    assert (three.halts(), three.up()) == (["m42/modelInput: root-claimed"], ["A", "B", "C"])


def test_a_file_in_the_roots_place_is_told_apart_from_nothing(three):
    three.root.rename(three.root.parent / "away")
    three.sync()
    assert "is not there" in three.last.sets[0].halt.detail
    three.root.write_text("not a folder")
    three.sync()
    assert (three.halts(), three.up()) == (["m42/modelInput: root-missing"], ["A", "B", "C"])
    assert "is no folder" in three.last.sets[0].halt.detail
