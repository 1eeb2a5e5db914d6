"""What the program remembers: the only channel between daemon, commands and page. Only this package knows SQL."""

from syncd.store.backup import back_up
from syncd.store.identity import Identity, this_process
from syncd.store.opening import check_writable, keep_copy, open_copy, open_state
from syncd.store.presence import Daemon
from syncd.store.store import Store
from syncd.store.values import Account, Depth, Event, Hold, Judged, Known, Lease, Root, SetStatus

__all__ = [
    "Account",
    "Daemon",
    "Depth",
    "Event",
    "Hold",
    "Identity",
    "Judged",
    "Known",
    "Lease",
    "Root",
    "SetStatus",
    "Store",
    "back_up",
    "check_writable",
    "keep_copy",
    "open_copy",
    "open_state",
    "this_process",
]
