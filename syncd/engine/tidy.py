"""What a pass forgets at its end: what was kept for a time only, and sets that exist no more."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress

from syncd.engine.leasing import taken
from syncd.engine.world import World
from syncd.errors import Leased
from syncd.model.sets import SetKey


def purge(world: World) -> None:
    """Forget what is gone for longer than late effects and histories are kept."""
    world.store.purge(world.clock.now())


def drop_vanished(world: World, existing: Collection[SetKey]) -> None:
    """Forget how sets stood that have neither a folder nor a record any more, and what waited for a person there."""
    store, now = world.store, world.clock.now()
    known = store.sets.keys()
    for key in (key for key in known if key not in existing):
        with suppress(Leased), taken(store, key, now) as lease:
            store.holds.replace(str(key), (), now, lease)
            store.sets.drop(lease, key)
