"""The one EXIF tag that changes how a picture is seen."""

from __future__ import annotations

from typing import Literal

_ORDERS: dict[bytes, Literal["little", "big"]] = {b"II*\0": "little", b"MM\0*": "big"}
_ORIENTATION = 0x0112
_LONG = 4


def orientation(exif: bytes) -> int:
    """Return the orientation that an EXIF block asks for, 1 to 8; 1 also where it is broken."""
    tiff = exif.removeprefix(b"Exif\0\0")
    if not (order := _ORDERS.get(tiff[:4])):
        return 1
    first = int.from_bytes(tiff[4:8], order) + 2
    count = int.from_bytes(tiff[first - 2 : first], order)
    for entry in range(first, min(first + 12 * count, len(tiff) - 11), 12):
        if int.from_bytes(tiff[entry : entry + 2], order) == _ORIENTATION:
            width = 4 if int.from_bytes(tiff[entry + 2 : entry + 4], order) == _LONG else 2
            value = int.from_bytes(tiff[entry + 8 : entry + 8 + width], order)
            return value if 1 <= value <= 8 else 1
    return 1
