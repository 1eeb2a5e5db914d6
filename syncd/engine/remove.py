"""The delete that is meant: tombstone, look again, prove the target, then send."""

from __future__ import annotations

from collections.abc import Callable

from syncd.engine.ask import is_in
from syncd.engine.roots import RootVerdict
from syncd.engine.send import Result
from syncd.engine.world import Target, World
from syncd.errors import NotFound, SyncdError, UnexpectedAnswer, Unreachable
from syncd.model.local import LocalSnapshot
from syncd.model.plan import Delete, Outcome
from syncd.model.record import Record
from syncd.model.words import Reason
from syncd.scan.folder import contents
from syncd.scan.marker import MarkerUnreadableError, read_marker
from syncd.store import Lease

_CHANGED_MIND = "not deleted: {}"


class Remover:
    """Deletes images of one set, whose lease it holds. `look` scans the set's folder anew."""

    def __init__(
        self,
        world: World,
        target: Target,
        root: RootVerdict,
        lease: Lease,
        look: Callable[[], LocalSnapshot],
    ) -> None:
        self._world = world
        self._target = target
        self._root = root
        self._lease = lease
        self._look = look

    def remove(self, delete: Delete, *, approved: bool) -> Result:
        """Delete one image, unless anything speaks against it at the last moment."""
        world = self._world
        doomed = world.store.records.tombstone(
            self._lease, delete.record, delete.reason, world.clock.now(), approved=approved
        )
        objection = self._objection(delete)
        if objection:
            world.store.records.cancel(self._lease, doomed, world.clock.now())
            return Result(Outcome.SKIPPED, _CHANGED_MIND.format(objection))
        try:
            return self._send(delete, doomed)
        except (Unreachable, UnexpectedAnswer) as error:
            retry_after = error.retry_after if isinstance(error, Unreachable) else None
            return Result(Outcome.FAILED, error.message, temporary=True, retry_after=retry_after)
        except SyncdError as error:
            return Result(Outcome.FAILED, error.message, error=error)

    def _objection(self, delete: Delete) -> str:
        """Say why the image is wanted after all, or cannot be told to be unwanted; empty: it may go."""
        if not self._same_root():
            return "the root is no longer the one we know"
        if delete.reason in (Reason.SAME_CONTENT, Reason.MADE_ROOM):
            return ""
        local = self._look()
        if delete.record.content.sha256 in contents(local.files):
            return "its photo is back"
        if local.problems and delete.record.remote_id not in self._world.store.holds.approved(str(self._target.key)):
            return "a file cannot be read now"
        return ""

    def _same_root(self) -> bool:
        if self._root.identity is None:
            return True
        try:
            return read_marker(self._target.root) == self._root.identity
        except MarkerUnreadableError:
            return False

    def _send(self, delete: Delete, doomed: Record) -> Result:
        remote_id = doomed.remote_id or ""
        try:
            image = self._world.service.inspect(remote_id)
        except NotFound:
            return self._gone(doomed)
        if not is_in(image, self._target.key):
            self._world.store.records.cancel(self._lease, doomed, self._world.clock.now())
            return Result(Outcome.SKIPPED, _CHANGED_MIND.format("the service shows it in another set"))
        if delete.keeper is not None and not self._is_up(delete.keeper):
            self._world.store.records.cancel(self._lease, doomed, self._world.clock.now())
            return Result(Outcome.SKIPPED, _CHANGED_MIND.format("its other copy is gone"))
        self._world.service.delete(remote_id)
        return self._gone(doomed)

    def _is_up(self, remote_id: str) -> bool:
        try:
            return is_in(self._world.service.inspect(remote_id), self._target.key)
        except NotFound:
            return False

    def _gone(self, doomed: Record) -> Result:
        self._world.store.records.gone(self._lease, doomed, self._world.clock.now())
        return Result(Outcome.DONE, remote_id=doomed.remote_id)
