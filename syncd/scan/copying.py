"""The copies that are sent in place of files: made once, and remembered by what they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from syncd.images.copies import Made, copy_of
from syncd.model.local import Copy, Judgement, LocalFile
from syncd.scan.settings import Settings

Copies = Mapping[tuple[str, str], Copy | Judgement]
"""By the digest of the file and the recipe: the copy, or why there is none."""


def known_copy(file: LocalFile, known: Copies, settings: Settings) -> LocalFile | None:
    """Return the file with what is sent for it; None where that is to be made first."""
    recipe = settings.fit.recipe(file.size)
    if not recipe or not file.judgement.accepted:
        return file
    found = known.get((file.sha256 or "", recipe))
    return None if found is None else _with(file, found)


def with_copy(file: LocalFile, data: bytes, settings: Settings) -> LocalFile:
    """Return the file with what is sent for it, made of its bytes. MemoryError passes through."""
    made = copy_of(data, file.judgement, settings.fit, settings.decoder)
    return _with(file, made.copy if isinstance(made, Made) else made)


def _with(file: LocalFile, found: Copy | Judgement) -> LocalFile:
    return replace(file, judgement=found) if isinstance(found, Judgement) else replace(file, copy=found)
