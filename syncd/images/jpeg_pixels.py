"""JPEG decoded strictly: what its decoder warns of is damage, which Pillow would show without a word."""

from __future__ import annotations

import simplejpeg
from PIL import Image as Images
from PIL.Image import Image

from syncd.images import jpeg
from syncd.images.container import rows_end
from syncd.images.decoder import Undecodable

SMALL = 8
"""How many times smaller its sides are in a picture that is decoded small: the most that all decoders can."""

_MODES = {"Gray": ("GRAY", "L"), "YCbCr": ("RGBX", "RGBX"), "RGB": ("RGBX", "RGBX")}
"""How pixels are taken from a strict decoder, and what Pillow calls that. The X spares Pillow a copy."""

_END = b"\xff\xd9"
_NOTHING = 128
"""Every channel of the rows that no data came for."""


def pixels(data: bytes, opened: Image, *, small: bool = False) -> Image:
    """Return the picture of a bare JPEG, which `opened` is too. ValueError for what a decoder warns of.

    `small`: all is decoded, and the sides of what is returned are an eighth.
    """
    scale = {"min_factor": SMALL, "min_height": 1, "min_width": 1} if small else {}
    if small:
        opened.draft(None, (opened.width // SMALL, opened.height // SMALL))
    try:
        *_, colours, _ = simplejpeg.decode_jpeg_header(data)
    except ValueError as error:
        if "subsampling" not in str(error):
            raise
        # Legal, and nothing that this decoder knows.
        opened.load()
        return opened
    wanted, mode = _MODES.get(colours, ("CMYK", ""))
    try:
        found = simplejpeg.decode_jpeg(data, wanted, strict=True, **scale)
    except ValueError:
        if mode and not small and not data.endswith(_END):
            _tell_how_much(data, wanted, opened)
        raise
    if mode:
        return Images.frombuffer(mode, found.shape[1::-1], found, "raw", mode, 0, 1)
    # How inks are to be read is a matter of markers, which Pillow knows. Both are not in memory at once.
    del found
    opened.load()
    return opened


def _tell_how_much(data: bytes, wanted: str, opened: Image) -> None:
    """Raise Undecodable for a picture whose last rows are missing; where only their detail is, nobody can tell."""
    if jpeg.held(data):
        return
    wanted = wanted.removesuffix("X")
    # Zeros, since rows that a decoder never came to would be whatever lay there before.
    rows = bytearray(opened.width * opened.height * (1 if wanted == "GRAY" else 3))
    found = simplejpeg.decode_jpeg(data, wanted, strict=False, buffer=rows)
    there = len(found)
    while there and (found[there - 1] == _NOTHING).all():
        there -= 1
    if there < len(found):
        raise Undecodable(rows_end(there, len(found)))
