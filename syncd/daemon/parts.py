"""What a daemon is put together from, by whoever starts it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from syncd.config.schema import Config
from syncd.daemon.keyring import Keyring
from syncd.engine.world import World

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Parts:
    """`first_call` asks whether the key is accepted, where there is no set that would find out.

    `turn_away`: no request is begun any more; `cut_off`: what is under way then has a few seconds to end; `gather`
    is called at the start and from time to time, and says where threads compute.
    """

    config: Config
    world: World
    keyring: Keyring
    first_call: Callable[[], object]
    turn_away: Callable[[], None]
    cut_off: Callable[[], None]
    gather: Callable[[], None] = lambda: None


class Inline(Executor):
    """Does everything in the thread that asks for it: a worker with one set has no use for further ones."""

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Do it now."""
        future: Future[R] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001 - whoever asks for the result gets it
            future.set_exception(error)
        return future
