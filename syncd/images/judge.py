"""One content, judged by its bytes alone: may it go up, and if not, why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Literal

from syncd.images import heic, jpeg, png, webp
from syncd.images.container import Container
from syncd.images.decoder import HERE, Decoder, Overrun, Undecodable
from syncd.images.formats import ACCEPTED
from syncd.images.limits import DECODED_PIXELS, MAX_PIXELS, PLAIN_PIXELS
from syncd.images.sniff import sniff, strangeness, title
from syncd.model.local import Judgement, Likeness
from syncd.model.words import Reason

NOT_DECODED = "not-decoded"

_VAGUE = {jpeg.NO_END, png.CUT}
"""Who decodes it may know how much of the picture is there."""

_WALKS: Mapping[str, Callable[[bytes], Container]] = {
    "jpeg": jpeg.walk,
    "png": png.walk,
    "webp": webp.walk,
    "heic": heic.walk,
}


def judge(
    data: bytes, *, verify: Literal["decode", "structure"] = "decode", decoder: Decoder = HERE, exact: bool = True
) -> Judgement:
    """Judge one content. `structure` walks the container only, and tells of its size alone.

    Unless `exact`, nothing is told that proves two pictures the same.

    Any bytes give a judgement, in time linear in their number and pixels. MemoryError passes through: it says that
    this machine cannot decode the picture now, and nothing of the picture. Safe in several threads at once.
    """
    name = sniff(data)
    if name is None or name not in _WALKS:
        return _not_accepted(name, data)
    container = _WALKS[name](data)
    if objection := _objection(container):
        reason, detail = objection
        if detail in _VAGUE and verify == "decode" and container.pixels <= DECODED_PIXELS:
            detail = _where_it_ends(name, data, container, decoder)
        return _rejected(name, container, reason, detail)
    if verify == "structure" or container.pixels > DECODED_PIXELS:
        warnings = (NOT_DECODED,) if container.pixels > DECODED_PIXELS else ()
        return Judgement(name, likeness=_bare_size(container), warnings=warnings)
    return _decoded(name, data, container, decoder, exact=exact)


def walk(name: str, data: bytes) -> Container:
    """Say what the container of an accepted format tells."""
    return _WALKS[name](data)


def _not_accepted(name: str | None, data: bytes) -> Judgement:
    if not data:
        return Judgement(None, Reason.EMPTY, "the file is empty")
    if name is None:
        return Judgement(None, Reason.NOT_AN_IMAGE, strangeness(data))
    return Judgement(name, Reason.UNSUPPORTED_FORMAT, f"{title(name)} is not accepted ({ACCEPTED})")


def _objection(container: Container) -> tuple[Reason, str] | None:
    """Tell what the container alone speaks against. Its size comes first: a broken bomb is a bomb."""
    if container.pixels > MAX_PIXELS:
        return Reason.TOO_MANY_PIXELS, _too_many(container)
    return (Reason.CORRUPT, container.fault) if container.fault else None


def _where_it_ends(name: str, data: bytes, container: Container, decoder: Decoder) -> str:
    """Return a closer description of a picture that is cut off, if its decoder has one."""
    with suppress(Overrun, MemoryError):
        try:
            decoder.look(name, data, container, exact=False)
        except Undecodable as error:
            return str(error) if str(error).startswith("cut off") else container.fault
        else:
            return jpeg.NO_END
    return container.fault


def _decoded(name: str, data: bytes, container: Container, decoder: Decoder, *, exact: bool) -> Judgement:
    try:
        look = decoder.look(name, data, container, exact=exact)
    except Overrun as error:
        if container.pixels > PLAIN_PIXELS:
            # Some ways of coding need much for many pixels, which is no fault of theirs.
            return Judgement(name, likeness=_bare_size(container), warnings=(NOT_DECODED,))
        return _rejected(name, container, Reason.CORRUPT, f"damaged: {error}")
    except Undecodable as error:
        return _rejected(name, container, Reason.CORRUPT, str(error))
    return Judgement(name, likeness=look.likeness, warnings=look.warnings)


def _rejected(name: str, container: Container, reason: Reason, detail: str) -> Judgement:
    return Judgement(name, reason, detail, _bare_size(container) if container.pixels else None)


def _bare_size(container: Container) -> Likeness:
    return Likeness(*container.upright)


def _too_many(container: Container) -> str:
    width, height = container.upright
    return (
        f"{width} x {height} are {container.pixels // 10**6} megapixels, and at most {MAX_PIXELS // 10**6} are accepted"
    )
