"""What a downloaded body is, for comparing it with contents of ours."""

from __future__ import annotations

from hashlib import sha256

from syncd.images.decode import DECODABLE, Undecodable, decode
from syncd.images.formats import FORMATS
from syncd.images.judge import judge
from syncd.images.likeness import likeness
from syncd.images.orientation import orientation
from syncd.images.sniff import sniff, strangeness, title
from syncd.model.local import Likeness
from syncd.model.remote import Picture


def picture_of(data: bytes) -> Picture:
    """Return the digest of the bytes and the likeness of the picture in them, or why there is none.

    A service may re-encode to what it would not accept itself, so AVIF and GIF are decoded too. Above 60 megapixels
    the likeness is a size alone. MemoryError passes through.
    """
    found, problem = _look(data)
    return Picture(sha256(data).hexdigest(), found, problem)


def _look(data: bytes) -> tuple[Likeness | None, str]:
    name = sniff(data)
    if name in FORMATS:
        judged = judge(data)
        return (judged.likeness, "") if judged.accepted else (None, f"not decodable: {judged.detail}")
    if name not in DECODABLE:
        return None, f"not decodable: {title(name) if name else strangeness(data)}" if data else "an empty answer"
    try:
        image = decode(name, data)
    except Undecodable as error:
        return None, f"not decodable: {error}"
    return likeness(image, orientation(image.info.get("exif", b""))), ""
