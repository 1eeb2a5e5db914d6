"""What is sent in place of a file: a copy without metadata, one that fits, or the file itself."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from syncd.images.container import Container
from syncd.images.decoder import HERE, Decoder, Overrun, Undecodable, Unshrinkable
from syncd.images.judge import walk
from syncd.images.strip import stripped
from syncd.model.local import Copy, Judgement
from syncd.model.words import Reason


@dataclass(frozen=True, slots=True)
class Fit:
    """The configured wishes. `most`: bytes that a picture may have to be sent."""

    most: int
    strip: bool = False
    shrink: bool = False

    def recipe(self, size: int) -> str:
        """Name what is made of a file of so many bytes, empty for nothing: the same name, the same copy."""
        if size <= self.most or not self.shrink:
            return "strip" if self.strip else ""
        return f"{'strip-' if self.strip else ''}shrink-{self.most}"


@dataclass(frozen=True, slots=True)
class Made:
    """A copy and its bytes."""

    copy: Copy
    data: bytes


def copy_of(
    data: bytes, judgement: Judgement, fit: Fit, decoder: Decoder = HERE, known: Copy | None = None
) -> Made | Judgement:
    """Make the copy of an accepted picture that is sent for it, or reject it, saying why there is none.

    A HEIC is a maze: whether its copy is the same picture is seen by decoding it, unless it is the `known` one.

    The same bytes give the same copy, as long as the libraries are the same. MemoryError passes through.
    """
    name = judgement.format or ""
    seen = walk(name, data)
    try:
        if fit.strip and (bare := _bare(name, data, seen)) is not None and len(bare) <= fit.most:
            made = Made(Copy(sha256(bare).hexdigest(), len(bare), name, judgement.likeness), bare)
            if name != "heic" or made.copy == known or _is_same(bare, judgement, decoder):
                return made
        if not fit.shrink:
            return _rejected(judgement, "its copy without metadata is too large or is not the same picture")
        small = decoder.shrink(name, data, seen, fit.most)
        looks = decoder.look("jpeg", small, walk("jpeg", small)).likeness
        return Made(Copy(sha256(small).hexdigest(), len(small), "jpeg", looks), small)
    except (Overrun, Unshrinkable) as error:
        return _rejected(judgement, f"{len(data) / 1e6:.1f} MB, and {error}")
    except Undecodable as error:
        return Judgement(name, Reason.CORRUPT, str(error), judgement.likeness)


def _bare(name: str, data: bytes, seen: Container) -> bytes | None:
    """Return the copy without metadata; None where its container does not tell of the same picture."""
    bare = stripped(name, data, seen.orientation)
    return bare if walk(name, bare) == seen else None


def _is_same(bare: bytes, judgement: Judgement, decoder: Decoder) -> bool:
    if judgement.likeness is None or judgement.likeness.pixels is None:
        # It was not decoded before it was accepted either.
        return True
    return decoder.look("heic", bare, walk("heic", bare)).likeness == judgement.likeness


def _rejected(judgement: Judgement, detail: str) -> Judgement:
    return Judgement(judgement.format, Reason.TOO_LARGE, detail, judgement.likeness)
