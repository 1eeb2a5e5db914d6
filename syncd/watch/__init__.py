"""Hears of changes in the folders, and says which path changed. Only this package knows watchdog.

    watch = Watch(places, nudge, Rules(fits, ignored), mode=config.dataset.watch, clock=clock)
    watch.start()     # first, so that nothing happens unheard between a look at the folders and the watching
    watch.look()      # every 10 s: cheap, and mends what went blind
    watch.state       # mode `native` or `poll`, why, and what to do about it
    watch.stop()

A `Place` is the dataset's root with its layout, or a single set's folder without one. Only folders that fit the
layout are watched, and none below a set's. The root of a place may be a link, below it none is followed.

`nudge(path)` is a hint and no more: something may have changed at `path`, spelled as the place is. It names a file in
a set's folder, or a folder at or above some sets, all of which are then to be looked at (after a lost event it is the
root of the place). It comes too often rather than not at all, from any thread, and must return at once; a key added
to the work queue is what it is made for. What a change *is* only a scan can tell.

**When is a file finished?** Writing, closing, moving in, removing and changes of rights are all nudges, opening and
reading are none. So a set is quiet when nobody has written to it for the settling time, whether or not files are
still held open; there is no waiting for a `close` that a killed or careless writer never sends. A writer that goes
on and on has the set handed out at the latest after 15 times the settling time; the scan then finds the file changing
while it is read, or not yet a picture, and the next nudge has it looked at again. One that stops half-way and keeps
the file open leaves a file that does not decode: it is judged as it is, and again when the writer goes on.

**Polling** (network file systems, watches used up, or by wish) compares names, sizes and times of the set folders
every 2 s, or so much more seldom that it is busy for a twentieth of the time at most, but every 5 minutes. A folder
that was found changed is looked at every second until it is quiet.
"""

from syncd.watch.place import Place, Rules
from syncd.watch.state import Mode, WatchState
from syncd.watch.watch import Watch

__all__ = ["Mode", "Place", "Rules", "Watch", "WatchState"]
