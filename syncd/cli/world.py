"""The composition of a command: configuration, key, state, service and hands, opened together and closed together."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from threading import Thread
from typing import TYPE_CHECKING, Protocol, Self

from syncd.cli.console import Console
from syncd.cli.settings import api_key, settings
from syncd.errors import NoState

if TYPE_CHECKING:
    from syncd.config.load import Loaded
    from syncd.config.schema import Config
    from syncd.engine.world import NoProgress, Places, World
    from syncd.model.clock import Clock
    from syncd.scan.settings import Settings
    from syncd.service.client import ImageService
    from syncd.store import Store


class HasKey(Protocol):
    """Whoever gives away the key: the key itself, or one that may change."""

    def reveal(self) -> str:
        """Return the key as it is now."""
        ...


_DRAIN_SECONDS = 3.0
"""Of the five in which a stopped command is to be gone; the end itself takes its time on a busy machine."""
_CUT_SECONDS = 1.0
"""Once its connections and decoders were taken away, what is under way ends within that, unless it hangs."""
_WORKERS = 32
"""Sets looked after at once; each mostly waits for the service."""


@dataclass(frozen=True, slots=True)
class Session:
    """What a command without the service works with."""

    loaded: Loaded
    store: Store
    places: Places


def places_of(config: Config) -> Places:
    """Say where the sets of a configuration may lie."""
    from syncd.engine.world import Places
    from syncd.model.sets import ImageType, SetKey
    from syncd.scan.discover import Folder

    root = config.dataset.root
    folders = []
    for one in config.dataset.folders:
        key = SetKey(one.model_id, ImageType(one.image_type))
        inside = root is not None and one.path.startswith(root.rstrip(b"/") + b"/")
        parts = tuple(one.path[len(root.rstrip(b"/")) + 1 :].split(b"/")) if inside and root is not None else ()
        folders.append(Folder(key, root if inside and root is not None else one.path, parts))
    return Places(root, config.dataset.layout, tuple(folders))


@contextmanager
def session(console: Console, *, writing: bool) -> Iterator[Session]:
    """Open configuration and state; a command that only reads gets a copy of the state."""
    from syncd.model.clock import MachineClock
    from syncd.store import open_copy

    loaded = settings(console)
    clock = MachineClock()
    url = loaded.config.state.url
    with _to_decide(url, clock) if writing else open_copy(url, clock=clock) as store:
        for notice in store.notices:
            console.warn(notice)
        yield Session(loaded, store, places_of(loaded.config))


def _to_decide(url: str, clock: Clock) -> Store:
    """Open the state to write to. Where there is none yet, nothing waits for a decision: an empty copy says so."""
    from syncd.store import open_copy, open_state

    try:
        return open_state(url, create=False, clock=clock)
    except NoState:
        return open_copy(url, clock=clock)


@dataclass(frozen=True, slots=True)
class Remote:
    """What a command without the state works with."""

    loaded: Loaded
    service: ImageService
    clock: Clock


@contextmanager
def remote(console: Console) -> Iterator[Remote]:
    """Open configuration, key and service."""
    from syncd.model.clock import MachineClock

    loaded, clock = settings(console), MachineClock()
    with image_service(loaded.config, api_key(loaded), clock) as service:
        yield Remote(loaded, service, clock)


def image_service(config: Config, key: HasKey, clock: Clock) -> ImageService:
    """Make the service that a configuration names; to be closed by the caller."""
    from syncd.service.client import ImageService

    wanted = config.service
    return ImageService(
        wanted.base_url,
        key.reveal,
        clock,
        timeout_seconds=wanted.timeout_seconds,
        picture_hosts=wanted.picture_hosts,
        max_concurrency=wanted.max_concurrency,
        requests_per_second=wanted.requests_per_second,
        bytes_per_second=wanted.bytes_per_second,
    )


class Hands:
    """The threads and processes of a command; they end with it, soon also where it was interrupted."""

    def __init__(self, service: ImageService, requests: int) -> None:
        from syncd.images.apart import Apart
        from syncd.images.budget import Budget

        self._service = service
        self.budget = Budget()
        self.decoder = Apart(os.cpu_count() or 1, self.budget)
        self.judges = ThreadPoolExecutor(os.cpu_count() or 1, "syncd-judge")
        self.workers = ThreadPoolExecutor(_WORKERS, "syncd-worker")
        self.senders = ThreadPoolExecutor(requests, "syncd-sender")
        self._ending: Thread | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self.drain()
        if self._ending is not None:
            self._ending.join(_CUT_SECONDS)
        # What hangs in a dead file system was waited for already, and others have work to do.
        self._end(wait=self._ending is None or not self._ending.is_alive())

    def drain(self) -> None:
        """Begin nothing new, give what is under way some seconds, then cut it off."""
        self._service.turn_away()
        self._ending = Thread(target=self._end, name="syncd-drain", daemon=True)
        self._ending.start()
        self._ending.join(_DRAIN_SECONDS)
        self._service.close()
        self.decoder.close()

    def _end(self, *, wait: bool = True) -> None:
        for pool in (self.workers, self.senders, self.judges):
            pool.shutdown(wait=wait, cancel_futures=True)
        self.decoder.close()


def scanning_of(config: Config) -> Settings:
    """Say how the folders of a configuration are looked at."""
    from syncd.config.ignore import compile_patterns
    from syncd.scan.settings import Settings

    return Settings(
        compile_patterns(config.dataset.ignore),
        config.limits.request_bytes,
        config.images.verify,
        strip=config.images.strip_metadata,
        shrink=config.images.oversize == "shrink",
    )


@contextmanager
def world(
    console: Console,
    *,
    dry_run: bool,
    overrides: Mapping[str, object],
    progress: NoProgress | None = None,
    environ: Mapping[str, str] = os.environ,
    checksum: bool = False,
) -> Iterator[World]:
    """Open all that a pass needs. A dry run works on a copy of the state, which it may change and no one keeps.

    `checksum`: no digest that is remembered of a file is trusted.
    """
    from syncd.engine.world import NoProgress
    from syncd.model.clock import MachineClock
    from syncd.store import open_copy, open_state

    loaded = settings(console, overrides, environ)
    config, clock = loaded.config, MachineClock()
    key = api_key(loaded, environ)
    with ExitStack() as stack:
        url = config.state.url
        store = stack.enter_context(
            open_copy(url, clock=clock) if dry_run else open_state(url, create=True, clock=clock)
        )
        for notice in store.notices:
            console.warn(notice)
        service = stack.enter_context(image_service(config, key, clock))
        hands = stack.enter_context(Hands(service, config.service.max_concurrency))
        made = assembled(config, store, service, hands, clock, key.fingerprint)
        scanning = replace(made.scanning, distrust=checksum)
        yield replace(made, scanning=scanning, progress=progress or NoProgress())


def assembled(
    config: Config,
    store: Store,
    service: ImageService,
    hands: Hands,
    clock: Clock,
    fingerprint: Callable[[bytes], str],
) -> World:
    """Put the parts together as a configuration wants them used."""
    from syncd.engine.world import World
    from syncd.model.plan import Policy

    return World(
        store,
        service,
        clock,
        places_of(config),
        replace(scanning_of(config), decoder=hands.decoder),
        Policy(
            limit=config.limits.images_per_set,
            overflow=config.limits.overflow,
            deletes=config.deletes.enabled,
            max_delete=config.deletes.max_delete,
            ambiguity_seconds=config.service.ambiguity_seconds,
        ),
        fingerprint,
        hands.judges,
        hands.workers,
        hands.senders,
        drain=hands.drain,
        budget=hands.budget,
    )
