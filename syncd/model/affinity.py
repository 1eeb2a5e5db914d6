"""CPU affinity: threads that take turns are kept on one CPU."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

_CAN = hasattr(os, "sched_setaffinity")
_GIVEN = frozenset(os.sched_getaffinity(0)) if _CAN else frozenset()
"""The CPUs that this process was started with, by a service manager or a container maybe."""


def gather(choose: Callable[[Sequence[int]], int] = random.choice) -> None:
    """Bring all threads of this process, and those that they start, to one of its CPUs; on Linux only.

    Threads of one interpreter compute in turns; spread over CPUs, each turn wakes another CPU and waits for it. To be
    called again from time to time: on the CPU that was chosen may be what cannot move away, such as interrupts.
    """
    if len(_GIVEN) > 1:
        cpu = choose(sorted(_GIVEN))
        for thread in os.listdir("/proc/self/task"):
            # It may have ended, and a CPU may have been taken from us.
            with suppress(OSError):
                os.sched_setaffinity(int(thread), {cpu})


@contextmanager
def spread() -> Iterator[None]:
    """Let a process that the calling thread starts in the block compute on all CPUs that ours was started with."""
    if not _CAN:
        yield
        return
    before = os.sched_getaffinity(0)
    with suppress(OSError):
        os.sched_setaffinity(0, _GIVEN)
    try:
        yield
    finally:
        with suppress(OSError):
            os.sched_setaffinity(0, before)
