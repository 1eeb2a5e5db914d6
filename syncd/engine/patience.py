"""How long a pass waits before it tries again, and when it gives up."""

from __future__ import annotations

from dataclasses import dataclass

from syncd.engine.heartbeat import LEASE_PATIENCE, LEASE_POLL
from syncd.engine.script import Script
from syncd.model.sets import SetKey

RETRIES = 3
"""How often a set that failed for a passing reason is tried again."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a pass is to go.

    `wait_seconds`: how long, in all, it may wait to try again; `everything`: its sets are all that there are;
    `script`: the plan that is to be done, and nothing else; `quick`: sets whose folder is as their last good pass left
    it are not asked for; `rebuild`: what is remembered is made anew, and nothing is sent;
    `lease_seconds`: how long it waits for sets that others have; `window_seconds`: the brake counts what was deleted
    so long before, in all sets; `tidy`: what was kept for a time only is dropped at the end.
    """

    dry_run: bool = False
    wait_seconds: float = 60.0
    everything: bool = False
    script: Script | None = None
    quick: bool = False
    lease_seconds: float = LEASE_PATIENCE
    window_seconds: float = 0.0
    tidy: bool = True
    rebuild: bool = False


@dataclass(frozen=True, slots=True)
class Open:
    """What a round left open: sets that `failed` for a passing reason, sets that others have (`leased`).

    `asked`: the seconds that the service asked for; `unknown`: the fate of a request is among it.
    """

    failed: tuple[SetKey, ...] = ()
    leased: tuple[SetKey, ...] = ()
    asked: float = 0.0
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Again:
    """Wait so many seconds, then try these."""

    seconds: float
    keys: tuple[SetKey, ...]


class Patience:
    """Hands out the tries of one pass. `settled`: after so many seconds an unknown fate can be told."""

    def __init__(self, wishes: Wishes, settled: float) -> None:
        self._left = wishes.wait_seconds
        self._for_leases = 0.0 if wishes.dry_run else wishes.lease_seconds
        self._settled = settled
        self._tries = 0
        self._waited = 0.0

    def after(self, left_open: Open) -> Again | None:
        """Return what to do after a round; None: nothing a further try could better."""
        return self._retry(left_open) or self._poll(left_open)

    def _retry(self, left_open: Open) -> Again | None:
        if not left_open.failed or self._tries >= RETRIES:
            return None
        self._tries += 1
        pause = max(self._pause(left_open), left_open.asked)
        if pause > self._left:
            self._tries = RETRIES
            return None
        self._left -= pause
        self._waited += pause
        return self._wait(pause, left_open.failed + left_open.leased)

    def _pause(self, left_open: Open) -> float:
        pause = 2.0 ** (self._tries - 1)
        if self._tries < RETRIES or not left_open.unknown:
            return pause
        # The last try should find the time of doubt over, if the wait allows it.
        doubt = max(pause, self._settled - self._waited)
        return doubt if doubt <= self._left else pause

    def _poll(self, left_open: Open) -> Again | None:
        if not left_open.leased or self._for_leases <= 0:
            return None
        return self._wait(LEASE_POLL, left_open.leased)

    def _wait(self, seconds: float, keys: tuple[SetKey, ...]) -> Again:
        self._for_leases -= seconds
        return Again(seconds, keys)
