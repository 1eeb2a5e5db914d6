"""Where and how threads that take turns are scheduled: on one CPU, and none pushes another aside."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Lock

_CAN_PLACE = hasattr(os, "sched_setaffinity")
_GIVEN = frozenset(os.sched_getaffinity(0)) if _CAN_PLACE else frozenset()
"""The CPUs that this process was started with, by a service manager or a container maybe."""
_USUAL, _BATCH = getattr(os, "SCHED_OTHER", None), getattr(os, "SCHED_BATCH", None)

_changing = Lock()


def _policy() -> int | None:
    """Return how the calling thread is scheduled; None where the system tells nothing of it."""
    try:
        return os.sched_getscheduler(0)
    except (AttributeError, OSError):
        return None


_STARTED = _policy()
"""How this process was started to be scheduled."""


def gather(choose: Callable[[Sequence[int]], int] = random.choice) -> None:
    """Bring all threads of this process, and those that they start, to one of its CPUs; where the system lets us.

    The interpreter lets threads compute in turns; spread over CPUs, each turn wakes another CPU and waits for it. And
    as work of the background (SCHED_BATCH) one that wakes up does not push aside the one whose turn it is. To be
    called again from time to time: on the CPU that was chosen may be what cannot move away, such as interrupts.
    """
    cpus = {choose(sorted(_GIVEN))} if len(_GIVEN) > 1 else None
    policy = _BATCH if _STARTED == _USUAL else None
    with _changing, suppress(OSError):
        for thread in os.listdir("/proc/self/task"):
            _schedule(int(thread), cpus, policy)


@contextmanager
def spread() -> Iterator[None]:
    """Let a process that the calling thread starts in the block compute where and how ours was started to."""
    with _changing:
        before = os.sched_getaffinity(0) if _CAN_PLACE else None, _policy()
        _schedule(0, _GIVEN or None, _STARTED)
        try:
            yield
        finally:
            _schedule(0, *before)


def _schedule(thread: int, cpus: Iterable[int] | None, policy: int | None) -> None:
    # It may have ended, a CPU may have been taken from us, and a service manager may forbid the one or the other.
    with suppress(OSError):
        if cpus is not None:
            os.sched_setaffinity(thread, cpus)
    with suppress(OSError):
        if policy is not None and policy in (_USUAL, _BATCH):
            os.sched_setscheduler(thread, policy, os.sched_param(0))
