import random
import shutil

import pytest

from syncd.model.plan import MaxDelete
from tests.world import World, content

AUX = "m42/auxiliaryType"


def everything_on_disk(world):
    """Every file and folder with its bytes and times."""
    world.end()
    found = {}
    for top in (world.root, world.state.parent):
        for path in sorted(top.rglob("*")) if top.exists() else ():
            status = path.lstat()
            data = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
            found[str(path)] = (data, status.st_mtime_ns, status.st_mode)
    return found


def operations(plan):
    """What a plan says, without what only the doing brings: outcomes, and ids that a service gives."""
    return [
        (
            one.key,
            each.action,
            each.name,
            each.reason,
            each.sha256,
            each.size,
            each.body,
            each.rank,
            each.origin,
            each.same_as,
            each.remote_id if each.action not in ("upload", "replace") else None,
        )
        for one in plan.sets
        for each in one.operations
    ]


def halts(plan):
    return [(one.key, one.halt and one.halt.name) for one in plan.sets]


def compare(world, **how):
    before, events = everything_on_disk(world), len(world.service.events)
    told = world.sync(dry_run=True, **how)
    assert world.count("POST") == world.count("DELETE") == 0
    assert (everything_on_disk(world), len(world.service.events)) == (before, events)
    world.clock.advance(-1)
    done = world.sync(**how)
    assert sorted(map(repr, operations(told))) == sorted(map(repr, operations(done)))
    assert (halts(told), told.digest) == (halts(done), done.digest)
    return told, done


def test_a_first_dry_run_makes_neither_a_state_nor_a_marker(world):
    world.fill("A", "B")
    world.sync(dry_run=True)
    assert (world.actions(reasons=True), world.code) == (["upload A.jpg new", "upload B.jpg new"], 0)
    assert not world.state.parent.exists()
    assert [path.name for path in world.root.iterdir()] == ["models"]
    assert not any(one.startswith(("POST", "DELETE")) for one in world.asked)


def test_a_dry_run_leaves_holds_and_releases_as_they_are(world):
    world.fill("A", "B")
    world.sync()
    world.remove("A.jpg", "B.jpg")
    world.sync()
    world.approve()
    world.sync(dry_run=True)
    assert world.actions() == ["delete A.jpg", "delete B.jpg"]
    world.sync()
    assert (world.up(), world.code) == ([], 0)


def test_a_dry_run_takes_no_lease(world):
    world.fill("A")
    world.sync()
    with world.open_as(world.another(555)) as other:
        from tests.world import key_of

        lease = other.leases.acquire(key_of("m42/modelInput"), world.clock.now())
        world.fill("B")
        world.sync(dry_run=True)
        assert (world.actions(), world.code) == (["upload B.jpg"], 0)
        other.leases.release(lease)


def test_a_plan_is_named_by_what_is_planned_for_a_set_however_late_it_could_be_looked_at(world):
    world.fill("A", "B")
    world.fill("C", key=AUX)
    world.fail_next("list", "503", only=AUX)
    told = world.sync(dry_run=True)
    world.fail_next("list", "503", only=AUX)
    done = world.sync()
    assert (told.digest, done.count()["upload"]) == (done.digest, 3)


class Chance:
    """A person, and others, who do this and that; all from one seed."""

    def __init__(self, home, seed):
        self.chance = random.Random(seed)
        self.world = World(home, inline=True)
        self.world.service.add_image("m42", "output", content("O"))

    def pick(self, names):
        return self.chance.choice(sorted(names))

    def files(self, key):
        folder = self.world.folder(key)
        return [f"{key}/{path.name}" for path in folder.iterdir()] if folder.exists() else []

    def step(self):
        key = self.chance.choice(["m42/modelInput", "m42/modelInput", AUX])
        files, letter = self.files(key), self.chance.choice("ABCDEFGHIJKLMNOP")
        acts = [
            lambda: self.world.write(f"{key}/{letter}.jpg", letter),
            lambda: self.world.write(f"{key}/{letter}{self.chance.randrange(30)}.png", self.pick("ABCDEFGHIJKLMNOP")),
            lambda: files and self.world.remove(self.pick(files)),
            lambda: files and self.world.rename(self.pick(files), f"{key}/{letter}{self.chance.randrange(9)}.jpg"),
            lambda: files and self.world.write(self.pick(files), f"{letter}{self.chance.randrange(9)}"),
            lambda: self.world.write(f"{key}/{letter}.gif", b"GIF89a nothing more"),
            lambda: files and self.world.write(self.pick(files), b""),
            lambda: self.world.foreign(letter, key),
            lambda: self.world.up(key) and self.world.lose(self.pick(set(self.world.up(key)) - {"O"}), key=key),
            lambda: self.world.clock.advance(self.chance.choice([1, 100, 10**6])),
            self.world.lose_state_if_any,
            self.world.approve,
            lambda: self.world.retry(key),
            lambda: self.world.folder(key).exists() and shutil.rmtree(self.world.folder(key)),
        ]
        weights = [9, 5, 4, 4, 4, 1, 1, 2, 2, 2, 1, 1, 1, 1]
        self.chance.choices(acts, weights)[0]()

    def policy(self):
        return self.chance.choice(
            [{}, {}, {}, {"deletes": False}, {"limit": 5}, {"max_delete": MaxDelete(1, percent=False)}]
        )


@pytest.mark.parametrize("seed", range(5))
def test_in_any_world_the_run_does_what_the_dry_run_told(tmp_path, seed):
    chance = Chance(tmp_path, seed)
    for _ in range(10):
        for _ in range(chance.chance.randrange(1, 9)):
            chance.step()
        compare(chance.world, wait=0, **chance.policy())
    chance.world.end()
