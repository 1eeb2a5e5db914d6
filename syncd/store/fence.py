"""Whoever lost the lease of a set writes nothing to it."""

from __future__ import annotations

from sqlalchemy import Connection, select

from syncd.errors import LeaseLost
from syncd.store.prepared import Prepared
from syncd.store.schema import leases
from syncd.store.sql import of_set, set_values
from syncd.store.values import Lease

FREE = ""
"""The host of a lease that nobody holds; its row stays, so that fences only grow."""

# The row lock is what SQLite gets by writing one at a time; there the words are left out.
_FENCE = Prepared(select(leases.c.fence).where(of_set(leases), leases.c.host != FREE).with_for_update())


def check_fence(connection: Connection, lease: Lease) -> None:
    """Raise LeaseLost unless the lease is still ours; holds until the transaction ends."""
    if _FENCE.value(connection, set_values(lease.key)) != lease.fence:
        raise lost(lease)


def lost(lease: Lease) -> LeaseLost:
    """Say that another process took over."""
    return LeaseLost(
        f"Another process has taken over the image set {lease.key}.", "Nothing to do: that process carries on with it."
    )
