"""Situations in which the program can be hit: each a world that is ready for one pass, and how that pass is to go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from syncd.model.plan import Overflow
from tests.world import World

CAP = {"limit": 3}
ROTATE = {"limit": 3, "overflow": Overflow.ROTATE}

Prepare = Callable[[World], object]


@dataclass(frozen=True)
class Scene:
    """`how` is the policy of all its passes, `first` more of the first; `code` what one ends with, undisturbed."""

    name: str
    prepare: Prepare = field(repr=False)
    how: dict[str, object] = field(default_factory=dict, hash=False)
    code: int = 0
    first: dict[str, object] = field(default_factory=dict, hash=False)

    @property
    def opening(self) -> dict[str, object]:
        """How the first pass goes."""
        return {**self.how, **self.first}

    def make(self, home: Path, world: Callable[..., World] = World) -> World:
        made = world(home, "m42", "m43", inline=True)
        made.checks.limit = int(self.how.get("limit", 20))
        made.checks.rotates = self.how.get("overflow") == Overflow.ROTATE
        self.prepare(made)
        return made


def upload(world: World) -> None:
    world.fill("A")
    world.sync()
    world.fill("B", "C")


def replace_with_room(world: World) -> None:
    world.fill("A", "B")
    world.sync()
    world.write("B.jpg", "B2")


def replace_when_full(world: World) -> None:
    world.fill("A", "B", "C")
    world.sync(**CAP)
    world.write("A.jpg", "A2")
    world.write("B.jpg", "B2")


def delete(world: World) -> None:
    world.fill("A", "B", "C")
    world.sync()
    world.clock.advance(100)
    world.remove("B.jpg")


def make_room(world: World) -> None:
    world.fill("A", "B", "C")
    world.sync(**ROTATE)
    world.clock.advance(100)
    world.fill("D")


def adopt(world: World) -> None:
    world.fill("A", "B")
    world.sync()
    world.lose_state()
    world.fill("C")
    world.foreign("theirs")


def rebuild(world: World) -> None:
    """A state that is sound, and is made anew all the same; then a pass."""
    world.fill("A", "B", key="m43/modelInput")
    world.fill("A", "B")
    world.sync()
    world.fill("C")
    world.foreign("theirs")


def twin(world: World) -> None:
    world.fill("A", "B")
    world.sync()
    world.foreign("A")


def approved(world: World) -> None:
    """Deletes that a person has released."""
    world.fill("A", "B")
    world.sync()
    world.remove("A.jpg", "B.jpg")
    world.sync()
    world.approve()


def unanswered(world: World) -> None:
    """An upload whose answer was lost, and whose effect is there."""
    world.fill("A")
    world.sync()
    world.fill("B")
    world.fail_next("POST", "lost answer")
    world.sync(wait=0)


def unsent(world: World) -> None:
    """An upload that got no answer, and had no effect."""
    world.fill("A")
    world.sync()
    world.fill("B")
    world.fail_next("POST", "no answer")
    world.sync(wait=0)


def switched(world: World) -> None:
    """Another account, which a person has approved."""
    world.fill("A", "B")
    world.sync()
    world.key = world.remote.accepts = "sk-another-account-98765"
    world.lose("A", "B")
    world.sync()
    world.approve()


def everything(world: World) -> None:
    """One pass that uploads, replaces, deletes, adopts, and takes down a twin; two sets."""
    world.fill("A", "B", "C")
    world.sync()
    world.clock.advance(100)
    world.remove("B.jpg")
    world.write("C.jpg", "C2")
    world.fill("D")
    world.foreign("E")
    world.fill("E")
    world.foreign("A")
    world.foreign("theirs")
    world.fill("F", key="m43/auxiliaryType")


def first(world: World) -> None:
    """The first pass of all, over a set that others use as well."""
    world.fill("A", "B")
    world.foreign("B")
    world.foreign("theirs")


def renamed(world: World) -> None:
    world.fill("A", "B")
    world.sync()
    world.rename("A.jpg", "Z.jpg")
    world.fill("C")


def vanished(world: World) -> None:
    """An image that someone took down over there."""
    world.fill("A", "B", "C")
    world.sync()
    world.clock.advance(100)
    world.lose("B")


def waiting(world: World) -> None:
    world.fill("A", "B", "C")
    world.sync(**CAP)
    world.fill("D")
    world.remove("B.jpg")


def held(world: World) -> None:
    """A folder that was emptied."""
    world.fill("A", "B")
    world.fill("C", key="m43/modelInput")
    world.sync()
    world.clock.advance(100)
    world.remove("A.jpg", "B.jpg")
    world.fill("D", key="m43/modelInput")


CHANGES = (
    Scene("upload", upload),
    Scene("replace with room", replace_with_room),
    Scene("replace when full", replace_when_full, CAP),
    Scene("delete", delete),
    Scene("make room", make_room, ROTATE),
    Scene("adopt after a lost state", adopt),
    Scene("rebuild", rebuild, first={"rebuild": True}),
    Scene("twin removal", twin),
    Scene("approved delete", approved),
)
"""One for each kind of change."""

MIXED = (
    Scene("unanswered upload", unanswered),
    Scene("upload without effect", unsent),
    Scene("another account", switched),
    Scene("everything at once", everything),
    Scene("first pass", first),
    Scene("renamed", renamed),
    Scene("vanished there", vanished),
    Scene("waiting", waiting, CAP),
    Scene("held", held, code=4),
)
SCENES = {scene.name: scene for scene in (*CHANGES, *MIXED)}
