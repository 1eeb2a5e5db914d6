"""A JPEG that fits: the best quality that does, upright, in the colours of the original."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from syncd.images.decode import decode
from syncd.images.decoder import Unshrinkable
from syncd.images.judge import walk
from syncd.images.likeness import TURNS
from syncd.images.limits import DECODED_PIXELS
from syncd.images.modes import normal
from syncd.images.profile import profile

BEST, WORST = 95, 50
"""Qualities of libjpeg. Above 95 bytes grow and pictures do not; rather than below 50 it is made smaller."""

FULL_COLOUR = 90
"""From this quality on colours are kept for every pixel."""

STEP = 0.8
LEAST_SIDE = 64
"""A shorter side below this is no picture any more."""


def shrunk(name: str, data: bytes, turn: int, most: int) -> bytes:
    """Return a JPEG of at most so many bytes: the same bytes each time with the same libraries.

    It bears the pixels upright and the colour profile, and nothing else. Raises Undecodable, Unshrinkable, MemoryError.
    """
    image = _plain(_decoded(name, data))
    if (how := TURNS.get(turn)) is not None:
        image = image.transpose(how)
    colours = profile(name, data)
    while (found := _best(image, colours, most)) is None and min(image.size) * STEP >= LEAST_SIDE:
        image = image.resize((int(image.width * STEP), int(image.height * STEP)), Image.Resampling.LANCZOS)
    if found is not None:
        return found
    raise Unshrinkable(f"no copy of it fits into {most:,} bytes")


def _decoded(name: str, data: bytes) -> Image.Image:
    width, height = walk(name, data).upright
    if name != "jpeg" and width * height > DECODED_PIXELS:
        raise Unshrinkable(f"{width} x {height} are too many pixels to be shrunk here")
    return decode(name, data, large=True)


def _plain(image: Image.Image) -> Image.Image:
    """Return it in a mode that JPEG has; what is transparent is put on white."""
    if image.mode == "CMYK":
        # Its profile, if any, is one for inks.
        return image
    image = normal(image)
    if image.mode != "RGBa":
        return image.convert("RGB") if image.mode == "RGBX" else image
    clear = image.convert("RGBA")
    white = Image.new("RGB", image.size, "white")
    white.paste(clear, mask=clear.getchannel("A"))
    return white


def _best(image: Image.Image, colours: bytes | None, most: int) -> bytes | None:
    """Return the largest JPEG that fits; None where even the worst quality does not."""
    best = _saved(image, colours, BEST)
    if len(best) <= most:
        return best
    low, high, found = WORST, BEST - 1, None
    while low <= high:
        # The worst first: where that is too large there is nothing to search for.
        middle = low if found is None else (low + high + 1) // 2
        if len(made := _saved(image, colours, middle)) <= most:
            low, found = middle + 1, made
        elif found is None:
            return None
        else:
            high = middle - 1
    return found


def _saved(image: Image.Image, colours: bytes | None, quality: int) -> bytes:
    buffer = BytesIO()
    subsampling = 0 if quality >= FULL_COLOUR else 2
    image.save(buffer, "JPEG", quality=quality, subsampling=subsampling, optimize=True, icc_profile=colours or b"")
    return buffer.getvalue()
