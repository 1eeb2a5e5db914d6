"""What makes a picture poor to learn from: nothing that keeps it from going up, but worth a word."""

from __future__ import annotations

from collections.abc import Iterator
from operator import mul

from PIL import Image, ImageChops, ImageFilter

from syncd.images.likeness import GLANCE
from syncd.images.modes import normal, sampled

SIDE = GLANCE
"""The picture is looked at with at most so many pixels on its longer side: what is blurred there is so anywhere."""

BLURRED = 0.57
"""Share of the differences between neighbours that blurring once more leaves; 0 is sharp, 1 cannot be blurred more.

Drawn portraits and landscapes of 720 pixels, with grain, have 0.13 to 0.28, also when coded badly or made smaller or
larger; blurred by a Gaussian of 2 pixels 0.30 to 0.42, of 3 0.38 to 0.54, of 5 0.59 to 0.71, of 8 0.74 to 0.83.
"""

DARK, DARK_SHARE = 64, 0.95
"""A picture is dark when so much of it is below that, of 255. Drawn ones reach 163 to 220 there; underexposed by two
stops 41 to 55."""

BRIGHT, BRIGHT_SHARE = 200, 0.8
"""A picture is bright when so much of it is above that, of 255. Drawn ones reach 55 to 120 there; overexposed by one
stop 110 to 223, by two 189 to 255."""

_REACH = 4


def quality(image: Image.Image) -> tuple[str, ...]:
    """Return the warnings that a picture deserves, of blurred, dark and bright. What is cut out is not looked at."""
    if image.has_transparency_data:
        return ()
    return tuple(_warnings(small(image)))


def small(image: Image.Image) -> Image.Image:
    """Return the picture in grey, as it is looked at."""
    return normal(sampled(image, SIDE)).convert("L")


def _warnings(gray: Image.Image) -> Iterator[str]:
    counts = gray.histogram()
    total = gray.width * gray.height
    if sum(counts[:DARK]) >= DARK_SHARE * total:
        yield "dark"
    elif sum(counts[BRIGHT + 1 :]) >= BRIGHT_SHARE * total:
        yield "bright"
    elif blur(gray) > BLURRED:
        yield "blurred"


def blur(gray: Image.Image) -> float:
    """Return how little another blurring changes the picture, along the axis where it changes less, from 0 to 1."""
    axes = ((1, 0), (0, 1))
    return max(_left(gray, gray.filter(ImageFilter.BoxBlur((_REACH * x, _REACH * y))), (x, y)) for x, y in axes)


def _left(sharp: Image.Image, blurred: Image.Image, step: tuple[int, int]) -> float:
    before, after = _differences(sharp, step), _differences(blurred, step)
    total = _sum(before)
    return 1 - _sum(ImageChops.subtract(before, after)) / total if total else 0.0


def _sum(gray: Image.Image) -> int:
    return sum(map(mul, range(256), gray.histogram()))


def _differences(gray: Image.Image, step: tuple[int, int]) -> Image.Image:
    x, y = step
    size = max(1, gray.width - x), max(1, gray.height - y)
    first, second = (
        # Cutting out by the box of a resize asks no limit of the whole process.
        gray.resize(size, Image.Resampling.NEAREST, (left, top, left + size[0], top + size[1]))
        for left, top in ((0, 0), (gray.width - size[0], gray.height - size[1]))
    )
    return ImageChops.difference(first, second)
