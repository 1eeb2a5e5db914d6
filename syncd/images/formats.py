"""The formats that may go up, and how each is named when it is sent."""

from __future__ import annotations

from dataclasses import dataclass

ACCEPTED = "jpg, jpeg, webp, png, heic"


@dataclass(frozen=True, slots=True)
class Format:
    """One accepted format. `suffix` and `media_type` are sent; `suffixes` are the names files of it bear."""

    name: str
    suffix: str
    media_type: str
    suffixes: frozenset[str]


DECODABLE = frozenset({"jpeg", "png", "webp", "heic", "avif", "gif"})
"""What a service may make of pictures, and can be compared with them."""

FORMATS = {
    each.name: each
    for each in (
        Format("jpeg", ".jpg", "image/jpeg", frozenset({".jpg", ".jpeg", ".jpe", ".jfif"})),
        Format("png", ".png", "image/png", frozenset({".png", ".apng"})),
        Format("webp", ".webp", "image/webp", frozenset({".webp"})),
        Format("heic", ".heic", "image/heic", frozenset({".heic", ".heif", ".hif"})),
    )
}
