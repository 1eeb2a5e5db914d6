"""Whatever becomes of a file on its way: it is judged, with a reason, and called good only where it can be shown."""

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, UnidentifiedImageError

from syncd.images import jpeg, png
from syncd.images.copies import Fit, Made, copy_of
from syncd.images.judge import judge
from syncd.images.sniff import sniff
from tests import samples
from tests.unit.images.test_hostile import NUMBERS, SEEDS

BARE = {"jpeg": jpeg.bare, "png": png.bare}
SMALL = settings(max_examples=60, deadline=None, derandomize=True)
"""The same damage each time; the campaign of broken files is there for what is new."""

places = st.floats(0, 1, exclude_max=True)
overwritten = st.tuples(st.just("overwritten"), places, st.binary(min_size=1, max_size=8) | st.sampled_from(NUMBERS))
inserted = st.tuples(st.just("inserted"), places, st.binary(min_size=1, max_size=40))
removed = st.tuples(st.just("removed"), places, st.integers(1, 60))
repeated = st.tuples(st.just("repeated"), places, st.integers(1, 60))
cut = st.tuples(st.just("cut"), places, st.none())
zeroed = st.tuples(st.just("zeroed"), places, st.none())
damages = st.lists(overwritten | inserted | removed | repeated | cut | zeroed, min_size=1, max_size=4)


def damaged(data: bytes, damage) -> bytes:
    for kind, place, what in damage:
        at = int(place * len(data))
        match kind:
            case "overwritten":
                data = data[:at] + what + data[at + len(what) :]
            case "inserted":
                data = data[:at] + what + data[at:]
            case "removed":
                data = data[:at] + data[at + what :]
            case "repeated":
                data = data[: at + what] + data[at:]
            case "cut":
                data = data[:at]
            case "zeroed":
                data = data[:at].ljust(len(data), b"\0")
    return data


def shown(data: bytes) -> tuple[int, int]:
    """Load it as anyone would, and return its size; where metadata are broken, without them."""
    name = sniff(data)
    try:
        image = samples.pillow_heif.open_heif(data).to_pillow() if name == "heic" else Image.open(BytesIO(data))
        image.load()
    except (OSError, SyntaxError, ValueError, UnidentifiedImageError):
        image = Image.open(BytesIO(BARE[name](data)))
        image.load()
    return image.size


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # of metadata
@pytest.mark.parametrize("name", SEEDS)
@SMALL
@given(damage=damages)
def test_a_damaged_file_is_judged_and_a_good_one_can_be_shown(name, damage):
    data = damaged(SEEDS[name], damage)
    judged = judge(data)
    assert judged == judge(data)
    assert judged.accepted or (judged.reason, judged.detail) != (None, "")
    if judged.accepted and not judged.warnings:
        size = judged.likeness.width, judged.likeness.height
        assert sorted(shown(data)) == sorted(size)


@pytest.mark.parametrize("name", ["jpeg", "png", "webp", "heic"])
@SMALL
@given(damage=damages)
def test_the_copy_of_a_damaged_file_is_the_picture_that_was_judged(name, damage):
    data = damaged(samples.dressed(name, 1, (40, 30), turn=6), damage)
    judged = judge(data)
    made = copy_of(data, judged, Fit(10**9, strip=True)) if judged.accepted else None
    if isinstance(made, Made):
        assert judge(made.data).likeness == judged.likeness
