"""Where and how threads that take turns are scheduled: on one CPU, and none pushes another aside."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Lock

_CAN = hasattr(os, "sched_setaffinity")
_GIVEN = frozenset(os.sched_getaffinity(0)) if _CAN else frozenset()
"""The CPUs that this process was started with, by a service manager or a container maybe."""
_POLICY = os.sched_getscheduler(0) if _CAN else 0

_changing = Lock()


def gather(choose: Callable[[Sequence[int]], int] = random.choice) -> None:
    """Bring all threads of this process, and those that they start, to one of its CPUs; where the system lets us.

    The interpreter lets threads compute in turns; spread over CPUs, each turn wakes another CPU and waits for it. And
    as work of the background (SCHED_BATCH) one that wakes up does not push aside the one whose turn it is. To be
    called again from time to time: on the CPU that was chosen may be what cannot move away, such as interrupts.
    """
    if not _CAN:
        return
    cpus = {choose(sorted(_GIVEN))}
    with _changing, suppress(OSError):
        for thread in map(int, os.listdir("/proc/self/task")):
            # It may have ended, a CPU may have been taken from us, and a service manager may forbid it.
            with suppress(OSError):
                os.sched_setaffinity(thread, cpus)
            with suppress(OSError):
                if os.sched_getscheduler(thread) == os.SCHED_OTHER:
                    os.sched_setscheduler(thread, os.SCHED_BATCH, os.sched_param(0))


@contextmanager
def spread() -> Iterator[None]:
    """Let a process that the calling thread starts in the block compute where and how ours was started to."""
    if not _CAN:
        yield
        return
    with _changing:
        before = os.sched_getaffinity(0), os.sched_getscheduler(0)
        _set(_GIVEN, _POLICY)
        try:
            yield
        finally:
            _set(*before)


def _set(cpus: Iterable[int], policy: int) -> None:
    with suppress(OSError):
        os.sched_setaffinity(0, cpus)
    with suppress(OSError):
        if os.sched_getscheduler(0) != policy:
            os.sched_setscheduler(0, policy, os.sched_param(0))
