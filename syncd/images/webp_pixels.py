"""WebP decoded by its library itself.

Pillow has every WebP decoded as an animation, which takes up to 20 bytes a pixel; the library takes 4, and 8 for a
lossless one. It is the copy that Pillow brings, found through Pillow, by functions of its stable interface.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import CDLL, POINTER, Structure, byref, c_char, c_char_p, c_int, c_size_t, c_uint32, c_void_p, cast

from PIL import Image as Images
from PIL import _webp
from PIL.Image import Image

from syncd.images.decoder import Undecodable
from syncd.images.limits import DECODED_PIXELS

_DEMUX_VERSION = 0x0107
"""Of the interface that is used; a library that broke with it says no."""

_FLAGS, _WIDTH, _HEIGHT = range(3)
_ALPHA = 0x10
_RGBA = 1
_OK, _NO_MEMORY, _SUSPENDED = 0, 1, 5

_TRIAL = bytes.fromhex(
    "524946462c000000574542505650384c200000002f010000000fa010400014340a01044041a31040001434f31ff91f2a10d1ff00"
)
_SHOWN = bytes((1, 2, 3, 255, 4, 5, 6, 255))
"""Two pixels and how they are coded: a library that reads them can be used as it is here."""


class _Data(Structure):
    _fields_ = (("bytes", c_void_p), ("size", c_size_t))


class _Frame(Structure):
    """Where a frame lies on its canvas, and its coded data."""

    _fields_ = (
        *((name, c_int) for name in ("number", "count", "left", "top", "width", "height")),
        *((name, c_int) for name in ("duration", "disposal", "complete")),
        ("coded", _Data),
        ("has_alpha", c_int),
        ("blending", c_int),
        ("reserved", c_uint32 * 2),
        ("private", c_void_p),
    )


_FUNCTIONS = {
    "WebPDemuxInternal": (c_void_p, [POINTER(_Data), c_int, c_void_p, c_int]),
    "WebPDemuxGetI": (c_uint32, [c_void_p, c_int]),
    "WebPDemuxGetFrame": (c_int, [c_void_p, c_int, POINTER(_Frame)]),
    "WebPDemuxReleaseIterator": (None, [POINTER(_Frame)]),
    "WebPDemuxDelete": (None, [c_void_p]),
    "WebPINewRGB": (c_void_p, [c_int, c_void_p, c_size_t, c_int]),
    "WebPIUpdate": (c_int, [c_void_p, c_void_p, c_size_t]),
    "WebPIDelete": (None, [c_void_p]),
}


def _found() -> CDLL | None:
    try:
        library = CDLL(_webp.__file__)
        for name, (result, arguments) in _FUNCTIONS.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
        return library if pixels(library, _TRIAL).tobytes() == _SHOWN else None
    except (OSError, AttributeError, Undecodable):
        return None


def pixels(library: CDLL, data: bytes) -> Image:
    """Return the first picture, as RGBX or RGBA. Raises Undecodable, and MemoryError, which says nothing of it."""
    with _taken_apart(library, data) as (demuxer, frame):
        flags, width, height = (library.WebPDemuxGetI(demuxer, what) for what in (_FLAGS, _WIDTH, _HEIGHT))
        mode = "RGBA" if flags & _ALPHA else "RGBX"
        if width * height > DECODED_PIXELS:
            raise Undecodable(f"it has {width} x {height} pixels, too many to decode")
        image = _decoded(library, frame, mode)
        if image.size == (width, height):
            return image
        canvas = Images.new(mode, (width, height))
        canvas.paste(image, (frame.left, frame.top))
        return canvas


@contextmanager
def _taken_apart(library: CDLL, data: bytes) -> Iterator[tuple[int, _Frame]]:
    """Lend the file as its library sees it, all of it in order, and its first frame."""
    whole, frame = _Data(cast(c_char_p(data), c_void_p), len(data)), _Frame()
    demuxer = library.WebPDemuxInternal(byref(whole), 0, None, _DEMUX_VERSION)
    try:
        if not demuxer or not library.WebPDemuxGetFrame(demuxer, 1, byref(frame)):
            raise Undecodable("damaged: its parts do not fit together")
        yield demuxer, frame
    finally:
        library.WebPDemuxReleaseIterator(byref(frame))
        library.WebPDemuxDelete(demuxer)


def _decoded(library: CDLL, frame: _Frame, mode: str) -> Image:
    row = 4 * frame.width
    room = bytearray(row * frame.height)
    decoder = library.WebPINewRGB(_RGBA, byref(c_char.from_buffer(room)), len(room), row)
    try:
        told = library.WebPIUpdate(decoder, frame.coded.bytes, frame.coded.size) if decoder else _NO_MEMORY
    finally:
        library.WebPIDelete(decoder)
    if told == _OK:
        return Images.frombuffer(mode, (frame.width, frame.height), room, "raw", mode, 0, 1)
    if told == _NO_MEMORY:
        raise MemoryError
    if told == _SUSPENDED:
        raise Undecodable("damaged: a part of the picture data is missing")
    raise Undecodable("damaged: its picture data contradict themselves")


LIBRARY = _found()
"""None where Pillow keeps it to itself, or brings another than is known here: then Pillow does the decoding."""
