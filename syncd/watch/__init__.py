"""Hears of changes in the folders, and says which path changed. Only this package knows watchdog.

    watch = Watch(places, nudge, Rules(fits, ignored), mode=config.dataset.watch, clock=clock)
    watch.start()     # first, so that nothing happens unheard between a look at the folders and the watching
    watch.look()      # every 10 s: cheap, and mends what went blind
    watch.state       # mode `native` or `poll`, why, and what to do about it
    watch.stop()

A `Place` is the dataset's root with its layout, or a single set's folder without one. Only folders that fit the
layout are watched, and none below a set's. The root of a place may be a link, below it none is followed.

`nudge(path, writing=…)` is a hint and no more: something may have changed at `path`, spelled as the place is. It
names a file in a set's folder, or a folder at or above some sets, all of which are then to be looked at (after lost
events it is the root of the place). It comes too often rather than not at all, from any thread, and must return at
once; `WorkQueue.add(key, path, writing=writing)` is what it is made for. What a change *is* only a scan can tell.

**When is a file finished?** When it is closed, moved in, linked, moved away or removed. Before, from its making or the
first write on, `writing` is true, and the set is not quiet, be the pause between two writes as long as it may. Opening
and reading are no changes, and who only holds a file open is not waited for. A writer that never closes has the set
handed out after 15 times the settling time (30 s for 0): the scan finds the file changing while it is read, or not
yet a picture, or whole; its next write has it looked at again, and so has its end. Of a writer that began before the
watch did, or in a folder before that was watched, only the next write tells.

**Polling** (network file systems, watches used up, or by wish) compares names, sizes and times of the set folders
every 2 s, or so much more seldom that it is busy for a twentieth of the time at most, but every 5 minutes. A folder
that was found changed is looked at every second; until one of these looks finds nothing new, `writing` is true of it.
"""

from syncd.watch.place import Place, Rules
from syncd.watch.state import Mode, WatchState
from syncd.watch.watch import Watch

__all__ = ["Mode", "Place", "Rules", "Watch", "WatchState"]
