"""What a picture is, told by its first bytes and never by its name."""

from __future__ import annotations

from enum import StrEnum

_HEVC = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
_ANY_CODEC = frozenset({b"mif1", b"msf1"})
_OTHER_CODEC = frozenset({b"avif", b"avis", b"avci", b"avcs", b"j2ki", b"j2is", b"jpeg", b"jpgs"})


class Format(StrEnum):
    """An accepted format; the value is the file extension."""

    JPG = "jpg"
    PNG = "png"
    WEBP = "webp"
    HEIC = "heic"

    @property
    def content_type(self) -> str:
        """The media type to serve it with."""
        return "image/jpeg" if self is Format.JPG else f"image/{self}"


def sniff(data: bytes) -> Format | None:
    """Return the format of a picture; None for anything that is not accepted."""
    if data.startswith(b"\xff\xd8\xff"):
        return Format.JPG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return Format.PNG
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return Format.WEBP
    return Format.HEIC if _is_heic(data) else None


def _is_heic(data: bytes) -> bool:
    if data[4:8] != b"ftyp":
        return False
    end = min(int.from_bytes(data[:4], "big"), len(data), 4096)
    major, compatible = data[8:12], {data[at : at + 4] for at in range(16, end - 3, 4)}
    # mif1 and msf1 name the container alone; what else the file claims to be tells AVIF and its like apart.
    return major in _HEVC or (major in _ANY_CODEC and not compatible & _OTHER_CODEC)
