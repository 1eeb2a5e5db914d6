"""The delete that is meant: tombstone, prove the target, look at the folder a last time, then send."""

from __future__ import annotations

from collections.abc import Callable

from syncd.engine.ask import is_in
from syncd.engine.roots import RootVerdict
from syncd.engine.send import Result
from syncd.engine.world import Target, World
from syncd.errors import KeyRejected, NotFound, ServiceError, Unreachable
from syncd.model.local import FolderState, LocalSnapshot, contents
from syncd.model.plan import Delete, Outcome
from syncd.model.record import Record
from syncd.model.words import Reason
from syncd.scan.marker import MarkerUnreadableError, read_marker
from syncd.store import Lease

_OTHER_ROOT = "the root is no longer the one we know"


class Remover:
    """Deletes images of one set, whose lease it holds.

    `look` scans the set's folder anew; `several`: more than one image of ours was up when the plan was made,
    `bad` files were no good pictures then, and `ours` are the contents of these images.
    """

    def __init__(
        self,
        world: World,
        target: Target,
        root: RootVerdict,
        lease: Lease,
        look: Callable[[], LocalSnapshot],
        *,
        several: bool,
        bad: frozenset[bytes],
        ours: frozenset[str],
    ) -> None:
        self._world = world
        self._target = target
        self._root = root
        self._lease = lease
        self._look = look
        self._several = several
        self._bad = bad
        self._ours = ours

    def remove(self, delete: Delete, *, approved: bool) -> Result:
        """Delete one image, unless anything speaks against it at the last moment."""
        world = self._world
        doomed = world.store.records.tombstone(
            self._lease, delete.record, delete.reason, world.clock.now(), approved=approved
        )
        try:
            objection = self._objection_there(delete) or self._objection_here(delete, approved=approved)
            if objection:
                world.store.records.cancel(self._lease, doomed, world.clock.now())
                return Result(Outcome.SKIPPED, f"not deleted: {objection}")
            world.service.delete(doomed.remote_id or "", lambda: self._check_at_its_turn(doomed))
        except _GoneAlready:
            pass
        except _LetGo:
            return Result(Outcome.SKIPPED, "not deleted: it was let go meanwhile")
        except KeyRejected as error:
            return Result(Outcome.FAILED, error.message, error=error)
        except ServiceError as error:
            retry_after = error.retry_after if isinstance(error, Unreachable) else None
            return Result(Outcome.FAILED, error.message, temporary=True, retry_after=retry_after)
        world.store.records.gone(self._lease, doomed, world.clock.now())
        return Result(Outcome.DONE, remote_id=doomed.remote_id)

    def _check_at_its_turn(self, doomed: Record) -> None:
        # Whoever waited or was stopped for long, and was replaced meanwhile, must not send now. No look at the folder
        # here: a picture in it may wait for memory that bodies hold, which wait for this turn.
        self._world.store.leases.renew(self._lease, self._world.clock.now())
        if not self._world.store.records.stands(doomed):
            raise _LetGo

    def _objection_there(self, delete: Delete) -> str:
        """Say why the service's image is not the one that is meant, or must stay."""
        try:
            image = self._world.service.inspect(delete.record.remote_id or "")
        except NotFound:
            raise _GoneAlready from None
        if not is_in(image, self._target.key):
            return "the service shows it in another set"
        if delete.keeper is not None and not self._is_up(delete.keeper):
            return "its other copy is gone"
        return ""

    def _objection_here(self, delete: Delete, *, approved: bool) -> str:
        """Say why the image is wanted after all, or cannot be told to be unwanted; the last look before it goes."""
        if not self._same_root():
            return _OTHER_ROOT
        if delete.reason in (Reason.SAME_CONTENT, Reason.MADE_ROOM):
            return ""
        # The root may be taken away while it is looked at.
        return self._wanted_here(delete, approved=approved) or ("" if self._same_root() else _OTHER_ROOT)

    def _wanted_here(self, delete: Delete, *, approved: bool) -> str:
        local = self._look()
        if local.state is FolderState.UNREADABLE:
            return "its folder cannot be read now"
        found = contents(local.files)
        if delete.record.content.sha256 in found:
            return "its photo is back"
        return "" if approved else self._doubt(delete, local, emptied=not found)

    def _doubt(self, delete: Delete, local: LocalSnapshot, *, emptied: bool) -> str:
        """Say what came up since the plan was made that the brake would have held the delete for."""
        if local.problems:
            return "a file cannot be read now"
        if local.state is FolderState.MISSING or (emptied and self._several):
            return "its folder was emptied meanwhile"
        unseen = not self._ours & contents(local.files)
        if delete.reason is Reason.REMOVED_LOCALLY and unseen and not local.marked:
            return "the root has no marker, and no other photo of ours is seen in it now"
        turned = (file.name for file in local.files if not file.judgement.accepted and file.name not in self._bad)
        if delete.record.name in turned:
            return "its file is there, and is no good picture now"
        return ""

    def _same_root(self) -> bool:
        # A root that could not be marked still bears no marker; another one in its place may.
        try:
            return read_marker(self._target.root) == self._root.identity
        except MarkerUnreadableError:
            return False

    def _is_up(self, remote_id: str) -> bool:
        try:
            return is_in(self._world.service.inspect(remote_id), self._target.key)
        except NotFound:
            return False


class _GoneAlready(Exception):
    """The service says that there is no such image."""


class _LetGo(Exception):
    """A person let go of the image meanwhile."""
