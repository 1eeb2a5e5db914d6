"""What concerns all sets of a pass at once, and is looked at before any of them: the roots, and the account."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Container, Mapping
from contextlib import suppress

from syncd.engine.account import AccountCheck
from syncd.engine.halts import PASSING, halt_of
from syncd.engine.leasing import taken
from syncd.engine.roots import Roots, RootVerdict
from syncd.engine.world import Target, World
from syncd.errors import Leased, SyncdError
from syncd.model.plan import Halt
from syncd.model.sets import SetKey
from syncd.model.words import HaltName
from syncd.store import Lease

_UNKNOWN_ROOT = RootVerdict(None)


class Prelude:
    """Judges roots and account. `halt`: what keeps the whole pass from its work; `held`: the leases of this pass."""

    def __init__(
        self, world: World, targets: Mapping[SetKey, Target], held: Callable[[SetKey], Lease | None], *, dry_run: bool
    ) -> None:
        self._world = world
        self._held = held
        self._targets = targets
        self._dry_run = dry_run
        self._roots: Mapping[bytes, RootVerdict] = {}
        self._looked = False
        self.halt: Halt | None = None

    def look(self) -> None:
        """Look once, and again where that failed for a moment."""
        if self._looked and not (self.halt is not None and self.halt.name in PASSING):
            return
        self._looked, self.halt = True, None
        store = self._world.store
        try:
            with store.reading():
                released = frozenset().union(*(store.holds.approved(str(key)) for key in self._targets))
                roots = Roots(store, self._world.clock.now(), lambda: str(uuid.uuid4()), dry_run=self._dry_run)
                account = AccountCheck(store, self._world.service, self._world.fingerprint)
            self._look_at_roots(roots, released)
            self._look_at_account(account, released)
        except SyncdError as error:
            self.halt = halt_of(error)

    def root_of(self, target: Target) -> RootVerdict:
        """Return what is to be thought of a set's root."""
        return self._roots.get(target.root, _UNKNOWN_ROOT)

    def root_halt(self) -> Halt | None:
        """Return what is wrong with a root, whatever lies below it."""
        return next((verdict.halt for verdict in self._roots.values() if verdict.halt is not None), None)

    def _look_at_roots(self, roots: Roots, released: Container[str]) -> None:
        world = self._world
        paths = {target.root for target in self._targets.values()}
        paths |= {world.places.root} if world.places.root else set()
        # A set that the configuration names no more may have no place at all.
        paths.discard(b"")
        self._roots = roots.check(paths, released)

    def _look_at_account(self, check: AccountCheck, released: Container[str]) -> None:
        world = self._world
        self.halt = check.halt(lambda: secrets.token_hex(16), released)
        if check.other:
            world.recent.clear()
        if check.switched is not None:
            # What the old account held is forgotten first: a new key over old records would look like a great loss.
            self._forget_account()
            world.store.meta.set_account(check.switched)

    def _forget_account(self) -> None:
        """Drop what is remembered of another account's images, in all sets that no other works on, and the consent."""
        store = self._world.store
        for key in store.sets.recorded():
            self._forget_set(key)
        for hold in store.holds.list():
            if hold.kind == HaltName.ACCOUNT_CHANGED:
                store.holds.consume(hold.scope, hold.kind)

    def _forget_set(self, key: SetKey) -> None:
        store = self._world.store
        if (ours := self._held(key)) is not None:
            # The first look failed for a moment, and this pass has taken its sets since.
            store.records.drop_all(ours, key)
            return
        with suppress(Leased), taken(store, key, self._world.clock.now()) as lease:
            store.records.drop_all(lease, key)
