from io import BytesIO

from PIL import Image

from tests.unit.engine.test_answers import uploads
from tests.world import ALWAYS


def test_reencoded_pictures_are_known_again_by_their_pixels(world):
    def as_png(data):
        out = BytesIO()
        Image.open(BytesIO(data)).save(out, "PNG")
        return out.getvalue()

    world.remote.reencode = as_png
    world.fill("A", "B")
    world.fail_next("POST", "lost answer", 2)
    world.sync()
    assert (world.up(), world.count("POST"), world.code) == (["A", "B"], 2, 0)
    world.lose_state()
    world.sync()
    assert (world.actions(), world.count("POST")) == (["adopt A.jpg", "adopt B.jpg"], 0)


def test_a_picture_that_cannot_be_seen_keeps_only_the_unknown_content_waiting(world):
    world.fill("A", "B")
    world.sync()
    world.fill("C")
    world.fail_next("POST", "lost answer")
    world.fail_next("picture", "404", ALWAYS)
    world.sync(wait=0)
    world.fill("D")
    world.clock.sleep(100)
    world.sync(wait=0)
    assert (world.up(), uploads(world, "C"), world.code) == (["A", "B", "C", "D"], 1, 5)
    world.remote.heal()
    world.sync()
    assert (uploads(world, "C"), world.code, world.actions()) == (1, 0, ["adopt C.jpg"])
