"""What people and other processes do with the state that ours works on."""

from __future__ import annotations

from contextlib import closing

from syncd.engine.passing import Wishes
from syncd.errors import Leased, SyncdError
from tests.world import key_of


class PeopleEvents:
    """Part of a realm."""

    def _do_approve(self, scope: str) -> None:
        with self.opened() as store:
            for hold in store.holds.approve([scope] if scope else None, self.clock.now()):
                if hold.remote_id:
                    self.oracle.approved_ids.add(hold.remote_id)
                    continue
                self.oracle.approved_halts.add(hold.kind)
                if hold.kind in ("root-changed", "root-claimed"):
                    self.oracle.claimed.discard(hold.scope)
                if hold.kind == "root-changed":
                    self.oracle.accept_root(hold.about)
                if hold.kind == "account-changed":
                    self.oracle.forgets()

    def _do_forget(self, key: str, number: int) -> None:
        with self.opened() as store:
            records = store.records.load(key_of(key)).records
            if records:
                self.oracle.forgets(key)
                store.records.forget(key_of(key), [records[number % len(records)].row])

    def _do_retry(self, key: str) -> None:
        with self.opened() as store:
            store.records.retry(key_of(key))

    def _do_stale_lease(self, key: str) -> None:
        try:
            with closing(self.open_as(self.another(7, "elsewhere"))) as store:
                store.leases.acquire(key_of(key), self.clock.now())
        except Leased:
            return

    def _do_another_process(self, host: str, seconds: float) -> None:
        """Another process makes a pass of its own, be it in the middle of ours."""
        self.saw(f"another process on {host}")
        if not self.moments.depth:
            self.run("", host=host)
            return
        self._do_pass_time(seconds)
        before = self.actor, self.code, self.last, self.brake, self.pass_limit
        asked, self.wire.asked = self.wire.asked, []
        try:
            self.actor = self._next_pid()
            with closing(self.open_as(self.another(self.actor, host))) as store:
                self._pass(store, self._policy(""), Wishes(False, 0, lease_seconds=1))
        except SyncdError as error:
            self.saw(f"error {error.code}")
        finally:
            self.actor, self.code, self.last, self.brake, self.pass_limit = before
            self.wire.asked = asked
            self.folders.ground.marked_by_another()

    def _next_pid(self) -> int:
        self.pid += 1
        return self.pid
