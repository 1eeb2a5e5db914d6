"""A delete that a person asks for: by id, with the tombstone first where the image is ours."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass

from syncd.engine.ask import is_in
from syncd.engine.heartbeat import leased
from syncd.errors import Ambiguous, SyncdError, UsageError
from syncd.model.clock import Clock
from syncd.model.names import natural_key, shown_text
from syncd.model.record import Record, RecordState
from syncd.model.remote import RemoteImage
from syncd.model.sets import ImageType
from syncd.model.words import Action, Reason
from syncd.scan.reading import ReadFile, read_file
from syncd.service.client import ImageService
from syncd.store import Event, Lease, Store

OURS = (RecordState.LIVE, RecordState.SURPLUS, RecordState.DELETING)
"""The states of records whose image may be deleted as ours."""


@dataclass(frozen=True, slots=True)
class TakeDown:
    """Deletes single images. A record that is given is written to; without one the state is not needed."""

    service: ImageService
    clock: Clock

    def look(self, image_id: str, record: Record | None) -> RemoteImage:
        """Return the image, where it may be deleted by hand. Raises UsageError for one that the service made."""
        image = self.service.inspect(image_id)
        kind = image.type or (record.key.image_type.value if record is not None else None)
        if kind not in set(ImageType):
            said = "is an output image" if kind == "output" else f"has the type {shown_text(kind or 'unknown', 40)}"
            raise UsageError(
                f"The image {image_id} {said}, and only modelInput and auxiliaryType images are deleted",
                "`syncd images list MODEL` tells the type of each.",
            )
        return image

    def foreign(self, image_id: str) -> bool:
        """Delete an image that no record names; False where it was gone already."""
        try:
            return self.service.delete(image_id)
        except Ambiguous as error:
            raise _unknown(error) from error

    def ours(self, store: Store, image: RemoteImage, path: bytes) -> bool:
        """Delete an image of ours; `path` is told in the history. False where it was gone already."""
        found = store.census.find(image.id)
        if found is None or found.state not in OURS or not is_in(image, found.key):
            return self.foreign(image.id)
        with leased(store, self.clock, found.key) as lease:
            now = self.clock.now()
            # Approved: the brake, which watches over what happens by itself, does not count it.
            doomed = store.records.tombstone(lease, found, Reason.REMOVED_LOCALLY, now, approved=True)
            there = self._send(store, lease, doomed)
            event = Event(now.wall, Action.DELETE.value, path, found.key, None, image.id, "by hand")
            store.history.add([event], lease)
            return there

    def _send(self, store: Store, lease: Lease, doomed: Record) -> bool:
        try:
            there = self.service.delete(doomed.remote_id or "")
        except Ambiguous as error:
            raise _unknown(error) from error
        except SyncdError:
            store.records.cancel(lease, doomed, self.clock.now())
            raise
        store.records.gone(lease, doomed, self.clock.now())
        return there


def file_of(folder: bytes, record: Record, request_bytes: int) -> bytes | None:
    """Return the name of the file in a set's folder that has the content of a record, if there is one."""
    try:
        with os.scandir(folder) as entries:
            alike = [one.name for one in entries if one.stat(follow_symlinks=False).st_size == record.content.size]
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return next(
            (name for name in sorted(alike, key=natural_key) if _has(handle, name, record, request_bytes)), None
        )
    finally:
        os.close(handle)


def _has(folder: int, name: bytes, record: Record, request_bytes: int) -> bool:
    read = read_file(folder, name, max(request_bytes, record.content.size))
    return isinstance(read, ReadFile) and hashlib.sha256(read.data).hexdigest() == record.content.sha256


def _unknown(error: Ambiguous) -> Ambiguous:
    return Ambiguous(error.message, "Run it again: to repeat a delete does no harm.", retry_after=error.retry_after)
