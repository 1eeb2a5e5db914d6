"""What the engine works with: given from outside, so that tests give it another clock, disk and service."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Protocol

from syncd.engine.absences import Absences
from syncd.engine.heartbeat import Pulse
from syncd.engine.recent import RecentModels
from syncd.images.budget import Budget
from syncd.model.clock import Clock
from syncd.model.plan import Policy
from syncd.model.remote import Listing, RemoteImage, RemoteModel
from syncd.model.sets import SetKey
from syncd.scan.discover import Folder
from syncd.scan.folder import Settings
from syncd.service.framing import UploadBody
from syncd.store import Store


@dataclass(frozen=True, slots=True)
class Places:
    """Where sets may lie: below `root` by `layout`, and each of `folders`. Paths absolute, in bytes."""

    root: bytes | None
    layout: str
    folders: tuple[Folder, ...] = ()


class Service(Protocol):
    """What a pass asks of the image service: the client itself, or one that looks after it. Raises syncd.errors."""

    def model(self, model_id: str) -> RemoteModel:
        """Return one model."""
        ...

    def list_set(self, key: SetKey, *, settled: bool = False) -> Listing:
        """Return the complete listing of a set."""
        ...

    def overlooks(self, key: SetKey, found: Listing) -> bool:
        """Tell whether a listing lacks images, as the service named a page size that it does not keep."""
        ...

    def inspect(self, image_id: str) -> RemoteImage:
        """Return one image."""
        ...

    def upload(self, key: SetKey, body: UploadBody, intend: Callable[[], None]) -> RemoteImage:
        """Send one picture, once; `intend` is called when its turn has come, before its first byte."""
        ...

    def delete(self, image_id: str, intend: Callable[[], None]) -> bool:
        """Delete one image; False where there was none. `intend` is called when its turn has come."""
        ...

    def picture(self, image: RemoteImage) -> bytes:
        """Return the bytes behind an image's `url`."""
        ...


class NoProgress:
    """Shows no one how far a pass is."""

    def start(self, total_files: int, total_bytes: int, doing: str = "") -> None:
        """Begin with what there is to do."""

    def advance(self, files: int = 0, bytes: int = 0) -> None:  # noqa: A002 - the unit is the best name
        """Add what has been done since the last call."""

    def stop(self) -> None:
        """End."""


@dataclass(frozen=True, slots=True)
class World:
    """Store, service, clock, disk and hands of a pass.

    `fingerprint` names the key by a salt, without telling it. `judges` decode pictures, `workers` look after a set
    each, `senders` make requests; none of them waits for its own kind. `drain` begins nothing new, and gives what is
    under way a few seconds to end. `absences` outlive a pass, where a delete waits for a time of grace, as do
    `recent`, the models that were told of within the minute, and the `pulse` that renews leases.
    """

    store: Store
    service: Service
    clock: Clock
    places: Places
    scanning: Settings
    policy: Policy
    fingerprint: Callable[[bytes], str]
    judges: Executor
    workers: Executor
    senders: Executor
    progress: NoProgress = field(default_factory=NoProgress)
    drain: Callable[[], None] = lambda: None
    budget: Budget = field(default_factory=Budget)
    absences: Absences = field(default_factory=Absences)
    recent: RecentModels = field(default_factory=RecentModels)
    pulse: Pulse = field(default_factory=Pulse)


@dataclass(frozen=True, slots=True)
class Target:
    """A set of this pass, and the folder whose marker vouches for it."""

    folder: Folder

    @property
    def key(self) -> SetKey:
        """Which set."""
        return self.folder.key

    @property
    def root(self) -> bytes:
        """The folder that bears the marker."""
        return self.folder.base
