"""What a downloaded body is, for comparing it with contents of ours."""

from __future__ import annotations

from hashlib import sha256

from syncd.images.container import Container
from syncd.images.decoder import HERE, Decoder, Overrun, Undecodable
from syncd.images.formats import DECODABLE, FORMATS
from syncd.images.judge import judge
from syncd.images.sniff import sniff, strangeness, title
from syncd.model.local import Likeness
from syncd.model.remote import Picture


def picture_of(data: bytes, decoder: Decoder = HERE) -> Picture:
    """Return the digest of the bytes and the likeness of the picture in them, or why there is none.

    A service may re-encode to what it would not accept itself, so AVIF and GIF are decoded too. Above 60 megapixels
    the likeness is a size alone. MemoryError passes through.
    """
    found, problem = _look(data, decoder)
    return Picture(sha256(data).hexdigest(), found, problem)


def _look(data: bytes, decoder: Decoder) -> tuple[Likeness | None, str]:
    name = sniff(data)
    if name in FORMATS:
        judged = judge(data, decoder=decoder)
        return (judged.likeness, "") if judged.accepted else (None, f"not decodable: {judged.detail}")
    if name not in DECODABLE:
        return None, f"not decodable: {title(name) if name else strangeness(data)}" if data else "an empty answer"
    try:
        return decoder.look(name, data, Container(orientation=0)).likeness, ""
    except (Overrun, Undecodable) as error:
        return None, f"not decodable: {error}"
