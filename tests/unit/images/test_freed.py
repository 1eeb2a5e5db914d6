import resource
from pathlib import Path

import pytest

from syncd.images import freed
from syncd.images.apart import Apart
from syncd.images.judge import judge
from tests import samples

SIZE = (2000, 1500)
PIXELS = 4 * SIZE[0] * SIZE[1]
PAGE = resource.getpagesize()

pytestmark = pytest.mark.skipif(not freed.kept(), reason="wants GNU's libc of 2.33 or later, which tells what it keeps")


@pytest.fixture
def decoder():
    with Apart(1) as decoder:
        yield decoder


def new_pages(decoder):
    (child,) = decoder._children._idle
    return int(Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[7])


def allowed(decoder):
    (child,) = decoder._children._idle
    return resource.prlimit(child.pid, resource.RLIMIT_AS)[0]


def test_pictures_take_the_memory_of_those_before(decoder):
    noise = samples.Image.effect_noise(SIZE, 90).convert("RGB")
    pictures = [samples.heic(1, SIZE), *(samples.saved(noise, name) for name in ("JPEG", "PNG", "WebP"))]
    for data in pictures * 3:
        judge(data, decoder=decoder)
    before = new_pages(decoder)
    for data in pictures:
        judge(data, decoder=decoder)
    assert (new_pages(decoder) - before) * PAGE < PIXELS


def test_what_is_kept_of_one_picture_adds_nothing_to_the_memory_of_the_next(decoder):
    small = samples.jpeg(1)
    judge(small, decoder=decoder)
    before = allowed(decoder)
    judge(samples.saved(samples.Image.effect_noise(SIZE, 90).convert("RGB"), "PNG"), decoder=decoder)
    judge(small, decoder=decoder)
    assert allowed(decoder) - before < PIXELS / 4


def test_without_a_word_of_the_libc_nothing_is_kept(monkeypatch):
    monkeypatch.setattr(freed.ctypes, "CDLL", lambda _: object())
    assert freed.kept() == 0
