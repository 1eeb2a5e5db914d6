"""An upload that a person asks for: judged, kept within the 20, sent exactly once, recorded where it is of a set."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass

from syncd.engine.account import AccountCheck
from syncd.engine.apply import free_slots
from syncd.engine.heartbeat import leased
from syncd.engine.observe import observe
from syncd.engine.roots import Roots, RootVerdict
from syncd.engine.send import Result, Sender
from syncd.engine.sendable import sendable
from syncd.engine.world import Target, World
from syncd.errors import Ambiguous, Conflict, Halted, Refused, SyncdError
from syncd.model.local import LocalFile, LocalSnapshot, Problem
from syncd.model.names import natural_key
from syncd.model.plan import Halt, MarkForeign, Operation, Outcome, SetPlan, Upload
from syncd.model.record import Memory, RecordState
from syncd.model.remote import Listing, Picture, RemoteImage
from syncd.model.sets import SERVICE_LIMIT, SetKey
from syncd.model.words import Action, Reason
from syncd.plan.plan import plan
from syncd.plan.verdict import code_of_halt
from syncd.store import Event, Lease

FOREIGN = "by-hand"
"""Why an image is foreign that was uploaded by hand and lies in no folder of a set."""


@dataclass(frozen=True, slots=True)
class Picked:
    """A file that was named: where it lies, its bytes, and what they are (`file`, named by its path)."""

    data: bytes
    file: LocalFile

    @property
    def sha256(self) -> str:
        """The digest of its bytes."""
        return self.file.sha256 or ""


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of it. `sent` False: it was up already. `name`: the file of the set whose image it is, if any."""

    image: RemoteImage
    sent: bool
    name: bytes | None = None


class ByHand:
    """Uploads single files into one set. `target` None: no folder and no record of that set is known."""

    def __init__(self, world: World, key: SetKey, target: Target | None) -> None:
        self._world = world
        self._key = key
        self._target = target

    def upload(self, picked: Picked) -> Sent:
        """Send a good file, unless its content is up. Raises what keeps it from that; Ambiguous: nobody knows."""
        world = self._world
        with leased(world.store, world.clock, self._key) as lease:
            self._check_account()
            if self._target is None:
                listing = world.service.list_set(self._key, settled=True)
                return self._send(lease, picked, listing, None)
            return self._into(self._target, lease, picked)

    def _check_account(self) -> None:
        check = AccountCheck(self._world.store, self._world.service, self._world.fingerprint)
        if (halt := check.halt(lambda: secrets.token_hex(16), ())) is not None:
            raise _halted(halt)

    def _into(self, target: Target, lease: Lease, picked: Picked) -> Sent:
        """Look at the set as a pass does, so that nothing unknown lies there, then send."""
        world = self._world
        view = observe(world, target, self._root(target), lease, None)
        decided = plan([view], world.policy, world.clock.now())[0]
        if decided.halt is not None or view.look is None:
            raise _halted(decided.halt) if decided.halt is not None else SyncdError("The set could not be looked at.")
        world.store.records.apply(lease, self._key, decided.changes, world.clock.now())
        memory = world.store.records.load(self._key)
        if (up := self._up(picked, memory, decided)) is not None:
            return up
        return self._send(lease, picked, view.look.listing, _same(view.local, picked.sha256))

    def _root(self, target: Target) -> RootVerdict:
        store = self._world.store
        roots = Roots(store, self._world.clock.now(), lambda: str(uuid.uuid4()), dry_run=False)
        return roots.check([target.root], store.holds.approved(str(self._key)))[target.root]

    def _up(self, picked: Picked, memory: Memory, decided: SetPlan) -> Sent | None:
        """Return the image of a content that is up already. Raises Ambiguous where that is not settled."""
        records = [one for one in memory.records if one.content.sha256 == picked.sha256]
        live = next((one for one in records if one.state is RecordState.LIVE), None)
        if live is not None and live.remote_id is not None:
            return Sent(self._world.service.inspect(live.remote_id), sent=False, name=live.name)
        open_states = (RecordState.BEGUN, RecordState.DELETING)
        if any(one.state in open_states for one in records) or any(
            _is_pending(one, picked.sha256) for one in decided.operations
        ):
            raise Ambiguous(
                "An earlier upload or delete of this content is not settled, so it was not sent.",
                "Run `syncd sync`: it looks whether that took effect.",
            )
        return None

    def _send(self, lease: Lease, picked: Picked, listing: Listing, file: LocalFile | None) -> Sent:
        if free_slots(SERVICE_LIMIT, listing, self._world.store.records.load(self._key)) < 1:
            raise _full(self._key)
        if file is None or self._target is None:
            image = self._post(lease, picked, listing)
        else:
            sender = Sender(self._world, self._target, lease, self._world.budget)
            image = _image_of(sender.send(Upload(file, Reason.NEW)), self._key)
        self._note(lease, picked, image)
        return Sent(image, sent=True, name=file.name if file is not None else None)

    def _post(self, lease: Lease, picked: Picked, listing: Listing) -> RemoteImage:
        """Send a content that no set wants: it stays foreign, and syncing never deletes it."""
        world = self._world
        found = sendable(picked.file, picked.data, world.scanning)
        if isinstance(found, Problem):
            raise SyncdError(f"It was not uploaded: {found.detail}", "Upload it again.")
        try:
            # No intent: it is not sent again by itself, and its image is no set's.
            image = world.service.upload(self._key, found.body, lambda: None)
        except Ambiguous as error:
            raise self._unknown(error.message) from error
        except (Refused, Conflict) as error:
            if (isinstance(error, Conflict) or error.status == 400) and self._is_full():
                raise _full(self._key) from error
            raise
        if image.id in listing.ids or world.store.census.knows(image.id):
            raise self._unknown("The service answered the upload with the id of another image.")
        foreign = MarkForeign(image.id, Picture(found.content.sent_sha256, found.content.likeness), FOREIGN)
        world.store.records.apply(lease, self._key, [foreign], world.clock.now())
        return image

    def _is_full(self) -> bool:
        return len(self._world.service.list_set(self._key).ids) >= SERVICE_LIMIT

    def _unknown(self, what: str) -> Ambiguous:
        look = f"syncd images list {self._key.model_id} --type {self._key.image_type}"
        return Ambiguous(
            f"{what} It is not sent again, as that could make a second image.",
            f"Wait a minute and look whether it is up: `{look}`. Only if it is not, upload it again.",
        )

    def _note(self, lease: Lease, picked: Picked, image: RemoteImage) -> None:
        event = Event(
            self._world.clock.now().wall,
            Action.UPLOAD.value,
            picked.file.name,
            self._key,
            Reason.NEW.value,
            image.id,
            "by hand",
        )
        self._world.store.history.add([event], lease)


def _same(local: LocalSnapshot, sha256: str) -> LocalFile | None:
    """Return the file of the set that has this content: the first by name."""
    equal = [file for file in local.files if file.sha256 == sha256 and file.judgement.accepted]
    return min(equal, key=lambda file: natural_key(file.name), default=None)


def _is_pending(one: Operation, sha256: str) -> bool:
    return one.action is Action.PENDING and one.sha256 == sha256


def _image_of(result: Result, key: SetKey) -> RemoteImage:
    if result.image is not None and result.outcome is Outcome.DONE:
        return result.image
    if result.unknown:
        raise Ambiguous(
            f"{result.detail} It is not sent again by itself.", "The next `syncd sync` looks whether it took effect."
        )
    if result.outcome is Outcome.SKIPPED:
        raise _full(key)
    raise result.error or SyncdError(f"It was not uploaded: {result.detail}", "Upload it again.")


def _full(key: SetKey) -> SyncdError:
    return SyncdError(
        f"The set {key} is full: the service takes {SERVICE_LIMIT} images of a type, so nothing was sent.",
        f"Free a slot first: `syncd images list {key.model_id} --type {key.image_type}` shows what is there.",
        code="set-full",
    )


def _halted(halt: Halt) -> Halted:
    message = f"The set is left alone ({halt.name.value}): {halt.detail}"
    return Halted(message, halt.remedy, code=halt.name.value, exit_code=code_of_halt(halt))
