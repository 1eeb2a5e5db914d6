"""Which keys are to be worked on, and when: they settle, they back off, and each runs once at a time.

    queue = WorkQueue(clock, Random(), settle_seconds=2)
    queue.add(key)                    # something happened to it: once it is quiet
    queue.add(key, what, writing=True)  # something is being written: not quiet before `queue.add(key, what)`
    queue.add_now(key)                # look at it now; where something has just happened, once it is quiet
    queue.add_after(key, 30)          # look at it in 30 s, or sooner if something else asks for it
    while (key := queue.take(timeout=10)) ...:
        queue.done(key)               # it is well: attempts forgotten
        queue.retry(key, asked=5)     # or again, after a back-off, in 5 s at the earliest

A key is wanted or it is not: what happens twice before it is handed out is done once. What happens while it runs has
it handed out again after `done` or `retry`. All methods may be called from any thread, and none but `take` waits.
"""

from syncd.workqueue.entry import Standing
from syncd.workqueue.queue import WorkQueue

__all__ = ["Standing", "WorkQueue"]
