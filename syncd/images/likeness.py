"""What remains of a picture when its bytes are made anew: a digest of its pixels, and a thumbnail."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

from PIL import Image
from PIL.Image import Resampling, Transpose

from syncd.images.modes import is_plain, normal, sampled
from syncd.model.local import Likeness

EXACT_PIXELS = 1_000_000
"""Up to this every pixel counts by itself, above it the mean of each 4 x 4 of them: a fifth of the time that decoding
takes instead of two thirds, and nobody can see or photograph two pictures that agree in all their means."""

_BLOCK = 4
GLANCE = 256
"""A picture is glanced at with at most so many pixels on its longer side."""
_THUMB = (16, 16)
TURNS = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
"""What turns a picture upright, by its EXIF orientation."""

_ON_THE_SIDE = {Transpose.TRANSPOSE, Transpose.ROTATE_270, Transpose.TRANSVERSE, Transpose.ROTATE_90}
_FROM_THE_END = {Transpose.ROTATE_180, Transpose.FLIP_TOP_BOTTOM, Transpose.TRANSVERSE, Transpose.ROTATE_90}


def likeness(image: Image.Image, orientation: int = 1) -> Likeness:
    """Return how the decoded picture looks, upright by its EXIF orientation.

    Lossless re-encodings of a picture agree in `pixels`, whatever becomes of its metadata, its orientation, the way
    its colours are coded and the colour of what is fully transparent. The thumbnail stands on black.
    """
    plain, size = _upright(image, orientation), _size(image, orientation)
    digest = sha256(f"{size[0]}x{size[1]} {plain.mode}\n".encode())
    digest.update(plain.tobytes())
    return Likeness(*size, digest.hexdigest(), _thumb(plain))


def glance(image: Image.Image, orientation: int = 1, some: Image.Image | None = None) -> Likeness:
    """Return a likeness without a digest, whose thumbnail is made of `some` of the pixels: a third of the time."""
    few = some if some is not None else sampled(image, GLANCE)
    return Likeness(*_size(image, orientation), None, _thumb(_upright(few, orientation)))


def _size(image: Image.Image, orientation: int) -> tuple[int, int]:
    return (image.height, image.width) if orientation >= 5 else image.size


def _thumb(plain: Image.Image) -> str:
    cells = plain.resize(_THUMB, Resampling.BOX)
    if cells.mode == "RGBa":
        # Colours premultiplied by their alpha are those on black.
        cells = Image.merge("RGB", cells.split()[:3])
    return cells.tobytes().hex()


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    """Return the picture turned upright, as RGB or RGBa, made small where it is large."""
    turn = TURNS.get(orientation)
    if image.width * image.height > EXACT_PIXELS:
        image, turn = _reduced(image, turn)
    else:
        image = normal(image)
    if turn is not None:
        image = image.transpose(turn)
    return image.convert("RGB") if image.mode in ("L", "RGBX") else image


def _reduced(image: Image.Image, turn: Transpose | None) -> tuple[Image.Image, Transpose | None]:
    """Return the picture made small, and the turn that is left to do."""
    # Blocks begin at the upper left corner as seen; where they fill the sides exactly, any corner will do.
    whole = image.width % _BLOCK == image.height % _BLOCK == 0
    if (whole or turn is None) and is_plain(image):
        return image.reduce(_BLOCK), turn
    strips = [_strip(image, turn, box).reduce(_BLOCK) for box in _boxes(image, turn)]
    mode = "RGBa" if any(strip.mode == "RGBa" for strip in strips) else strips[0].mode
    made = Image.new(mode, (strips[0].width, sum(strip.height for strip in strips)))
    top = 0
    for strip in strips:
        made.paste(strip if strip.mode == mode else strip.convert("RGBA").convert(mode), (0, top))
        top += strip.height
    return made, None


def _strip(image: Image.Image, turn: Transpose | None, box: tuple[int, int, int, int]) -> Image.Image:
    # A whole picture in another mode, and turned, would be in memory three times.
    strip = normal(image.crop(box))
    return strip if turn is None else strip.transpose(turn)


def _boxes(image: Image.Image, turn: Transpose | None) -> Iterator[tuple[int, int, int, int]]:
    """Yield what are strips of the picture as seen, from top to bottom, where they lie before it is turned."""
    width, height = image.size
    across, down = (height, width) if turn in _ON_THE_SIDE else (width, height)
    step = max(_BLOCK, EXACT_PIXELS // across // _BLOCK * _BLOCK)
    for top in range(0, down, step):
        end = min(top + step, down)
        first, last = (down - end, down - top) if turn in _FROM_THE_END else (top, end)
        yield (first, 0, last, height) if turn in _ON_THE_SIDE else (0, first, width, last)
