"""CPU affinity: threads that take turns are kept on one CPU."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Lock

_CAN = hasattr(os, "sched_setaffinity")
_GIVEN = frozenset(os.sched_getaffinity(0)) if _CAN else frozenset()
"""The CPUs that this process was started with, by a service manager or a container maybe."""

_changing = Lock()


def gather(choose: Callable[[Sequence[int]], int] = random.choice) -> None:
    """Bring all threads of this process, and those that they start, to one of its CPUs; where the system lets us.

    The interpreter lets threads compute in turns; spread over CPUs, each turn wakes another CPU and waits for it. To be
    called again from time to time: on the CPU that was chosen may be what cannot move away, such as interrupts.
    """
    if len(_GIVEN) < 2:
        return
    cpu = choose(sorted(_GIVEN))
    with _changing, suppress(OSError):
        for thread in os.listdir("/proc/self/task"):
            # It may have ended, a CPU may have been taken from us, and a service manager may forbid it.
            with suppress(OSError):
                os.sched_setaffinity(int(thread), {cpu})


@contextmanager
def spread() -> Iterator[None]:
    """Let a process that the calling thread starts in the block compute on all CPUs that ours was started with."""
    if not _CAN:
        yield
        return
    with _changing:
        before = os.sched_getaffinity(0)
        with suppress(OSError):
            os.sched_setaffinity(0, _GIVEN)
        try:
            yield
        finally:
            with suppress(OSError):
                os.sched_setaffinity(0, before)
