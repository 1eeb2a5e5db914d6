"""A file's name held against its content: it decides nothing, but a word on it helps."""

from __future__ import annotations

import os
from dataclasses import replace

from syncd.images.formats import FORMATS
from syncd.images.sniff import title
from syncd.model.local import Judgement
from syncd.model.words import Reason

_AN = frozenset({"avi", "avif", "eps", "exr", "hdr", "ico", "mng", "mp4", "orf", "rw2", "svg", "xcf"})
_PROMISES = frozenset().union(*(each.suffixes for each in FORMATS.values()))


def suffix_of(name: bytes) -> str:
    """Return the ending of a file's name in lower case, with its dot; empty for none."""
    return os.fsdecode(os.path.splitext(name)[1].lower())


def in_view_of(name: bytes, judgement: Judgement) -> Judgement:
    """Return the judgement with a word on a name that promises a picture which could go up."""
    suffix, inside = suffix_of(name), judgement.format
    if judgement.reason is not Reason.UNSUPPORTED_FORMAT or inside is None or suffix not in _PROMISES:
        return judgement
    article = "an" if inside in _AN else "a"
    return replace(judgement, detail=f"{article} {title(inside)} inside, although named {suffix}: {judgement.detail}")
