"""What goes over the wire for a file: bytes and the record of them, made of one buffer."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from syncd.images.copies import Made, copy_of
from syncd.model.local import LocalFile, Problem
from syncd.model.record import Content
from syncd.model.words import Reason
from syncd.plan.unknown import content_of
from syncd.scan.settings import Settings
from syncd.service.framing import UploadBody


class Sendable(NamedTuple):
    """The body, and what will be remembered of it."""

    body: UploadBody
    content: Content


def sendable(file: LocalFile, data: bytes, settings: Settings) -> Sendable | Problem:
    """Return what is to be sent for a file whose judged bytes these are. MemoryError passes through.

    Where another version of a library makes another copy than the one that was planned, that one is sent and recorded.
    """
    if file.copy is None:
        return Sendable(UploadBody(data, file.judgement.format or ""), content_of(file))
    made = copy_of(data, file.judgement, settings.fit, settings.decoder, file.copy)
    if not isinstance(made, Made):
        return Problem(file.name, Reason.CHANGED_WHILE_READING, made.detail)
    return Sendable(UploadBody(made.data, made.copy.format), content_of(replace(file, copy=made.copy)))
