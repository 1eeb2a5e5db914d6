"""The upload that happens exactly once: intent, call, result; and every answer for what it is."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass

from syncd.engine.heartbeat import RENEW_SECONDS
from syncd.engine.sendable import Sendable, sendable
from syncd.engine.world import Target, World
from syncd.errors import Ambiguous, Conflict, Leased, Refused, StateError, SyncdError, Unreachable
from syncd.images.budget import Budget
from syncd.model.limits import request_size
from syncd.model.local import LocalFile, Problem
from syncd.model.plan import Outcome, Upload
from syncd.model.record import Content, Record
from syncd.model.remote import RemoteImage
from syncd.model.sets import SERVICE_LIMIT
from syncd.model.words import Reason
from syncd.scan.discover import open_folder
from syncd.scan.reading import is_unchanged, read_file
from syncd.store import Lease


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one step. `temporary`: it may work later, and is tried again; `unknown`: only looking can tell.

    `image` is what the service told of an upload that is done.
    """

    outcome: Outcome
    detail: str = ""
    temporary: bool = False
    unknown: bool = False
    remote_id: str | None = None
    retry_after: float | None = None
    error: SyncdError | None = None
    image: RemoteImage | None = None


_FULL = Result(Outcome.SKIPPED, "the set is full there; it waits for a slot")

MakeRoom = Callable[[], Result]
"""Frees the slot of a file, once its bytes are in hand."""


class Sender:
    """Uploads files of one set, whose lease it holds."""

    def __init__(self, world: World, target: Target, lease: Lease, budget: Budget) -> None:
        self._world = world
        self._target = target
        self._lease = lease
        self._budget = budget
        self._filled = False

    def send(self, upload: Upload, make_room: MakeRoom | None = None) -> Result:
        """Upload one file; `make_room` is called with its bytes in hand, and must say that the slot is free.

        Nothing is sent, and no room made, once the service has answered that the set is full.
        """
        if self._filled:
            return _FULL
        with self._budget.holding(request_size(upload.file.size)):
            found = self._sendable(upload.file)
            if isinstance(found, Problem):
                return Result(Outcome.FAILED, found.detail, temporary=found.reason is Reason.CHANGED_WHILE_READING)
            if make_room is not None and (refused := make_room()).outcome is not Outcome.DONE:
                return refused
            return self._post(upload.file.name, found)

    def _sendable(self, file: LocalFile) -> Sendable | Problem:
        """Return what is to be sent for a file: its bytes as they were judged, or the copy made of them."""
        data = self._read(file)
        if isinstance(data, Problem):
            return data
        try:
            return sendable(file, data, self._world.scanning)
        except MemoryError:
            return Problem(file.name, Reason.CHANGED_WHILE_READING, "this machine has not enough free memory for it")

    def _read(self, file: LocalFile) -> bytes | Problem:
        folder = open_folder(self._target.folder)
        if not isinstance(folder, int):
            return Problem(file.name, Reason.UNREADABLE, folder[1])
        try:
            # Its fingerprint will do: where that is young and proves little, the next look hashes the file anew.
            kept = self._world.scanning.kept.take(file.sha256 or "", file.fingerprint)
            if kept is not None and is_unchanged(folder, file.name, file.fingerprint):
                return kept
            read = read_file(folder, file.name, self._world.scanning.read_bytes)
        finally:
            os.close(folder)
        if read is None:
            return Problem(file.name, Reason.CHANGED_WHILE_READING, "it was removed meanwhile")
        if isinstance(read, Problem):
            return read
        if hashlib.sha256(read.data).hexdigest() != file.sha256:
            # Its fingerprint may hide that: it must not be taken for unchanged again.
            self._world.store.files.forget(self._lease, self._target.key, file.name)
            return Problem(file.name, Reason.CHANGED_WHILE_READING, "it changed since it was judged")
        return read.data

    def _post(self, name: bytes, found: Sendable) -> Result:
        begun: list[Record] = []
        try:
            # Not before its turn: of who is killed after a long wait it would seem to have been sent long ago.
            image = self._world.service.upload(
                self._target.key, found.body, lambda: begun.append(self._begin(name, found.content))
            )
        except (StateError, Leased):
            # Raised as its turn had come: nothing was sent.
            raise
        except SyncdError as error:
            return self._unsuccessful(begun[0], error) if begun else _not_made(error)
        return self._finish(begun[0], image, found.body.request_size)

    def _begin(self, name: bytes, content: Content) -> Record:
        world, since = self._world, self._world.clock.now()
        with world.store.transaction():
            world.store.leases.renew(self._lease, since)
            begun = world.store.records.begin(self._lease, self._target.key, name, content, since)
        # Whoever was stopped for long, and replaced meanwhile, must not send now.
        if since.age_at(world.clock.now()) > RENEW_SECONDS:
            world.store.leases.renew(self._lease, world.clock.now())
        return begun

    def _finish(self, begun: Record, image: RemoteImage, sent: int) -> Result:
        store = self._world.store
        with store.transaction():
            # An id that we know already is not the answer to this upload.
            fresh = not store.census.knows(image.id)
            if fresh:
                store.records.finish(self._lease, begun, image.id, self._world.clock.now())
        if not fresh:
            return self._unknown(begun, "the service answered with the id of another image")
        self._world.progress.advance(bytes=sent)
        return Result(Outcome.DONE, remote_id=image.id, image=image)

    def _unsuccessful(self, begun: Record, error: SyncdError) -> Result:
        records = self._world.store.records
        match error:
            case Ambiguous():
                return self._unknown(begun, error.message, error.retry_after)
            case Refused() if error.status != 400 or not self._is_full():
                records.refuse(self._lease, begun, error.words, self._world.clock.now())
                return Result(Outcome.FAILED, f"refused by the service: {error.words}", error=error)
            case Refused() | Conflict():
                records.unsent(self._lease, begun)
                full = isinstance(error, Refused) or self._is_full()
                if full:
                    self._filled = True
                    return _FULL
                return Result(Outcome.FAILED, error.message, temporary=True, error=error)
            case _:
                records.unsent(self._lease, begun)
                return _not_made(error)

    def _unknown(self, begun: Record, detail: str, retry_after: float | None = None) -> Result:
        self._world.store.records.unanswered(self._lease, begun, self._world.clock.now())
        return Result(Outcome.FAILED, detail, temporary=True, unknown=True, retry_after=retry_after)

    def _is_full(self) -> bool:
        try:
            listing = self._world.service.list_set(self._target.key)
        except SyncdError:
            # What cannot be looked at is not called refused for good.
            return True
        return len(listing.ids) >= min(SERVICE_LIMIT, self._world.policy.limit)


def _not_made(error: SyncdError) -> Result:
    """Tell of an upload that is known not to have happened."""
    retry_after = error.retry_after if isinstance(error, Unreachable) else None
    temporary = isinstance(error, Unreachable)
    return Result(Outcome.FAILED, error.message, temporary=temporary, retry_after=retry_after, error=error)
