"""The wall to the decoders: one format each, only the picture, and one exception for all that they raise."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO

from PIL.AvifImagePlugin import AvifImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.Image import Image
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile
from pillow_heif import HeifImageFile

from syncd.images import jpeg, jpeg_pixels, png, webp, webp_pixels
from syncd.images.decoder import Undecodable
from syncd.images.limits import DECODED_PIXELS, PLAIN_PIXELS


def _open_heif(data: bytes) -> Image:
    image: Image = HeifImageFile(BytesIO(data))  # type: ignore[no-untyped-call]
    return image


# Each format by its own class: no guessing among decoders, and none of the limits and warnings that are kept in
# variables of the whole process.
_OPEN: dict[str, Callable[[bytes], Image]] = {
    "jpeg": lambda data: JpegImageFile(BytesIO(data)),
    "png": lambda data: PngImageFile(BytesIO(data)),
    "webp": lambda data: WebPImageFile(BytesIO(data)),
    "heic": _open_heif,
    "avif": lambda data: AvifImageFile(BytesIO(data)),
    "gif": lambda data: GifImageFile(BytesIO(data)),
}

# Metadata are taken out first, since broken ones must decide nothing.
_BARE: dict[str, Callable[[bytes], bytes]] = {"jpeg": jpeg.bare, "png": png.bare}

# Some decoders tell a failed allocation in words of their own; a limit of theirs on strange headers is no such thing.
_STARVED = re.compile(r"out of memory|Insufficient memory|Memory allocation error(?!.*limit)")


def decode(name: str, data: bytes, *, large: bool = False) -> Image:
    """Return the first (or primary) picture, pixels loaded. Undecodable, or MemoryError, which says nothing of it.

    `large`: a JPEG of too many pixels is decoded at half its sides or less, which costs no more than it then has.
    Colours may come as RGBX, whose fourth channel says nothing.
    """
    return _walled(name, data, lambda data: _loaded(name, data, large=large))


def decode_small(data: bytes) -> Image:
    """Decode all of a JPEG that is held whole in memory for it, at an eighth of its sides. Raises as `decode` does."""
    return _walled("jpeg", data, lambda data: jpeg_pixels.pixels(data, JpegImageFile(BytesIO(data)), small=True))


def _loaded(name: str, data: bytes, *, large: bool) -> Image:
    if name == "webp" and webp_pixels.LIBRARY is not None:
        return webp_pixels.pixels(webp_pixels.LIBRARY, data)
    image = _OPEN[name](data)
    if name == "jpeg" and image.width * image.height <= DECODED_PIXELS:
        return jpeg_pixels.pixels(data, image)
    if large and image.width * image.height > DECODED_PIXELS:
        image.draft(None, (image.width // 2, image.height // 2))
    if image.width * image.height > DECODED_PIXELS:
        raise Undecodable(f"it has {image.width} x {image.height} pixels, too many to decode")
    _load(name, data, image)
    return image


def _load(name: str, data: bytes, image: Image) -> None:
    try:
        image.load()
    except (OSError, SyntaxError):
        if name == "png" and (words := png.ends_after(data)):
            raise Undecodable(words) from None
        raise


def _walled(name: str, data: bytes, how: Callable[[bytes], Image]) -> Image:
    try:
        return how(_BARE[name](data) if name in _BARE else data)
    except (MemoryError, Undecodable):
        raise
    except Exception as error:
        # Hostile bytes make decoders raise nearly anything, and all of it means the same.
        words = " ".join(str(error).split()) or type(error).__name__
        if _STARVED.search(words) or (name == "webp" and webp.walk(data).pixels > PLAIN_PIXELS):
            # Pillow has the same words for broken ones and for those that it finds no memory for.
            raise MemoryError(words) from error
        raise Undecodable(_detail(words)) from error


def _detail(words: str) -> str:
    if "premature end" in words.lower():
        return "damaged: a part of the picture data is missing"
    if words.startswith("Corrupt JPEG data"):
        return f"damaged: its picture data contradict themselves ({words.partition(': ')[2][:80]})"
    if "truncated" in words:
        return "cut off: the end of the picture is missing"
    return f"damaged: it cannot be decoded ({words[:120]})"
