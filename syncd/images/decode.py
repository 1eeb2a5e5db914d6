"""The wall to the decoders: one format each, only the picture, and one exception for all that they raise."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO

import simplejpeg
from PIL import Image as Images
from PIL.AvifImagePlugin import AvifImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.Image import Image
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile
from pillow_heif import HeifImageFile

from syncd.images import jpeg, png
from syncd.images.decoder import Undecodable
from syncd.images.limits import DECODED_PIXELS


def _open_heif(data: bytes) -> Image:
    image: Image = HeifImageFile(BytesIO(data))  # type: ignore[no-untyped-call]
    return image


# Each format by its own class: no guessing among decoders, and none of the limits and warnings that are kept in
# variables of the whole process. Metadata are taken out first, since broken ones must decide nothing.
_OPEN: dict[str, Callable[[bytes], Image]] = {
    "jpeg": lambda data: JpegImageFile(BytesIO(jpeg.bare(data))),
    "png": lambda data: PngImageFile(BytesIO(png.bare(data))),
    "webp": lambda data: WebPImageFile(BytesIO(data)),
    "heic": _open_heif,
    "avif": lambda data: AvifImageFile(BytesIO(data)),
    "gif": lambda data: GifImageFile(BytesIO(data)),
}

_JPEG_MODES = {"Gray": ("GRAY", "L"), "YCbCr": ("RGBX", "RGBX"), "RGB": ("RGBX", "RGBX")}
"""How pixels are taken from a strict decoder, and what Pillow calls that. The X spares Pillow a copy."""

# Some decoders tell a failed allocation in words of their own; a limit of theirs on strange headers is no such thing.
_STARVED = re.compile(r"out of memory|Insufficient memory|Memory allocation error(?!.*limit)")


def decode(name: str, data: bytes, *, large: bool = False) -> Image:
    """Return the first (or primary) picture, pixels loaded. Undecodable, or MemoryError, which says nothing of it.

    `large`: a JPEG of too many pixels is decoded at half its sides or less, which costs no more than it then has.
    Colours may come as RGBX, whose fourth channel says nothing.
    """
    try:
        image = _OPEN[name](data)
        if name == "jpeg" and image.width * image.height <= DECODED_PIXELS:
            return _strict_jpeg(jpeg.bare(data), image)
        if large and image.width * image.height > DECODED_PIXELS:
            image.draft(None, (image.width // 2, image.height // 2))
        if fits := image.width * image.height <= DECODED_PIXELS:
            image.load()
    except MemoryError:
        raise
    except Exception as error:
        # Hostile bytes make decoders raise nearly anything, and all of it means the same.
        words = " ".join(str(error).split()) or type(error).__name__
        if _STARVED.search(words):
            raise MemoryError(words) from error
        raise Undecodable(_detail(words)) from error
    if not fits:
        raise Undecodable(f"it has {image.width} x {image.height} pixels, too many to decode")
    return image


def _strict_jpeg(data: bytes, opened: Image) -> Image:
    """Decode a JPEG, every warning of the decoder being an error: Pillow shows damaged pixels and says nothing."""
    try:
        height, width, colours, _ = simplejpeg.decode_jpeg_header(data)
    except ValueError as error:
        if "subsampling" not in str(error):
            raise
        # Legal, and nothing that this decoder knows.
        opened.load()
        return opened
    wanted, mode = _JPEG_MODES.get(colours, ("CMYK", ""))
    pixels = simplejpeg.decode_jpeg(data, wanted, strict=True)
    if mode:
        return Images.frombuffer(mode, (width, height), pixels, "raw", mode, 0, 1)
    # How inks are to be read is a matter of markers, which Pillow knows.
    opened.load()
    return opened


def _detail(words: str) -> str:
    if "premature end" in words.lower():
        return "damaged: a part of the picture data is missing"
    if words.startswith("Corrupt JPEG data"):
        return f"damaged: its picture data contradict themselves ({words.partition(': ')[2][:80]})"
    if "truncated" in words:
        return "cut off: the end of the picture is missing"
    return f"damaged: it cannot be decoded ({words[:120]})"
