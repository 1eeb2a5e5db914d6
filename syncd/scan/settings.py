"""How folders are looked at, and what is too large to be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from syncd.images.copies import Fit
from syncd.images.decoder import HERE, Decoder
from syncd.images.limits import READ_BYTES
from syncd.model.limits import request_size
from syncd.model.local import Judgement
from syncd.model.words import Reason
from syncd.scan.kept import NOTHING, Kept


@dataclass(frozen=True, slots=True)
class Settings:
    """How a folder is looked at.

    `request_bytes`: a request body stays below it; `settle_seconds`: a file written or moved so lately is not read yet.
    `distrust`: every file is read, whatever is known of it.
    `strip` and `shrink`: copies are sent, without metadata, and of what is too large. `kept` gets what is
    accepted, and is asked for it before a file is read to be sent.
    """

    ignored: Callable[[bytes], bool]
    request_bytes: int
    verify: Literal["decode", "structure"] = "decode"
    distrust: bool = False
    settle_seconds: float = 0
    strip: bool = False
    shrink: bool = False
    decoder: Decoder = HERE
    kept: Kept = NOTHING

    @property
    def fit(self) -> Fit:
        """What is made of a picture before it is sent."""
        return Fit(self.request_bytes - request_size(0) - 1, self.strip, self.shrink)

    @property
    def read_bytes(self) -> int:
        """Bytes that a file may have to be read."""
        return max(READ_BYTES, self.request_bytes) if self.shrink else self.request_bytes

    def judge_size(self, size: int) -> Judgement | None:
        """Reject what no request can carry, nor a copy of it, before it is read; None: it may fit."""
        if not self.shrink:
            return judge_size(size, self.request_bytes)
        if size <= self.read_bytes:
            return None
        most = self.read_bytes / 1e6
        return Judgement(None, Reason.TOO_LARGE, f"{size / 1e6:.1f} MB; files up to {most:.0f} MB are shrunk to fit")


def judge_size(size: int, request_bytes: int) -> Judgement | None:
    """Reject what no request can carry, before it is read; None: it fits."""
    if request_size(size) < request_bytes:
        return None
    over, most = request_size(size) - request_bytes + 1, (request_bytes - request_size(0) - 1) / 1e6
    return Judgement(None, Reason.TOO_LARGE, f"{_words(over)} too large: one upload carries at most {most:.1f} MB")


def _words(number: int) -> str:
    return f"{number / 1e6:.1f} MB" if number >= 100_000 else f"{number:,} bytes"
