"""What keeps all sets from being synced: a service that does not answer, a key that is not taken, a state."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Collection, Hashable
from random import Random

from syncd.daemon.breaker import Breaker
from syncd.daemon.keyring import Keyring
from syncd.daemon.trouble import Trouble
from syncd.engine.roots import missing
from syncd.errors import KeyRejected, SyncdError
from syncd.model.clock import Clock
from syncd.model.plan import Halt
from syncd.model.words import HaltName

SILENT_SETS = 5
"""Sets in a row without an answer, after which one alone is tried, from time to time."""
SILENCE_SECONDS = 60.0
"""Between two tries of a service that does not answer, at most."""
PROBE_SECONDS = 300.0
PROBE_LONGEST = 3600.0
"""Between two tries of a key that is not accepted, at first and at last."""
_KEY = "the key"
_ROOT = "the root"
_LOCAL = frozenset(
    {HaltName.ROOT_MISSING, HaltName.ROOT_CHANGED, HaltName.ROOT_CLAIMED, HaltName.FOLDER_UNREADABLE, HaltName.LEASED}
)
"""Halts that come before the service is asked."""


class Health:
    """Learns from each pass. Any thread.

    `recovered` is called when what was held back may be tried at once; `failed` with a key that is not accepted at the
    very first call. `accepted`: there was one already.
    """

    def __init__(
        self,
        clock: Clock,
        chance: Random,
        log: logging.Logger,
        keyring: Keyring,
        recovered: Callable[[], None],
        failed: Callable[[KeyRejected], None],
        *,
        accepted: bool = False,
    ) -> None:
        self._keyring = keyring
        self._recovered = recovered
        self._failed = failed
        self.accepted = accepted
        self._silence = Breaker(clock, chance, limit=SILENT_SETS, first=1.0, longest=SILENCE_SECONDS)
        self._rejection = Breaker(clock, None, limit=1, first=PROBE_SECONDS, longest=PROBE_LONGEST)
        self.outage = Trouble(clock, log, "service unreachable", "service still unreachable", "service answers again")
        self.rootless = Trouble(clock, log, "root missing", "root still missing", "root there again")
        self.lockout = Trouble(clock, log, "API key rejected", "API key still rejected", "API key accepted again")
        self.unforeseen = Trouble(clock, log, "loop fails", "loop still fails", "loop goes on")
        self.stuck = Trouble(clock, log, "state unwritable", "state still unwritable", "state writable again")

    @property
    def troubles(self) -> tuple[Trouble, ...]:
        """All that may trouble the daemon as a whole."""
        return self.rootless, self.outage, self.lockout, self.stuck, self.unforeseen

    def try_key(self, call: Callable[[], object]) -> None:
        """Make a first call, unless one was answered already; what comes of it beside the key is not looked at."""
        if self.accepted:
            return
        try:
            call()
        except KeyRejected as error:
            self._reject(Halt(HaltName.KEY_REJECTED, error.message, error.remedy))
        except SyncdError:
            return
        else:
            self.accepted = True

    def wait(self) -> float:
        """Return how long to wait with any request; 0: it may be made."""
        return self._rejection.wait() or self._silence.wait()

    def learn(self, whom: Hashable, halt: Halt | None, asked: float) -> None:
        """Take in how a pass ended."""
        name = halt.name if halt is not None else None
        if halt is not None and name is HaltName.STATE_UNWRITABLE:
            self.stuck.begin(whom, halt.detail, halt.remedy)
            return
        self.stuck.end(whom)
        if halt is not None and name is HaltName.UNREACHABLE:
            self.outage.begin(whom, halt.detail, halt.remedy)
            self._silence.fail(asked)
        elif halt is not None and name is HaltName.KEY_REJECTED:
            self._reject(halt)
        elif name not in _LOCAL:
            self._answered(whom)

    def look_at_root(self, root: bytes | None) -> None:
        """See whether the root is there: without one there may be no set that could tell."""
        if root is None or os.path.isdir(root):
            self.rootless.end(_ROOT)
        else:
            halt = missing(root)
            self.rootless.begin(_ROOT, halt.detail, halt.remedy)

    def look_at_key(self) -> None:
        """Read the key again while it is rejected; another one is tried at once."""
        if self.lockout.lasts and self._keyring.refresh():
            self.try_now()

    def try_now(self) -> None:
        """Hold nothing back any longer: a person asks for it, or something changed."""
        self._rejection.probe()
        self._silence.probe()
        self._recovered()

    def keep(self, existing: Collection[Hashable]) -> None:
        """Be troubled by no set that does not exist any more."""
        self.outage.keep(existing)
        self.stuck.keep(existing)

    def _answered(self, whom: Hashable) -> None:
        self.accepted = True
        self.outage.end(whom)
        self.lockout.end(_KEY)
        if self._silence.succeed() | self._rejection.succeed():
            self._recovered()

    def _reject(self, halt: Halt) -> None:
        if self._keyring.refresh():
            self._recovered()
        elif self.accepted:
            self.lockout.begin(_KEY, halt.detail, halt.remedy)
            self._rejection.fail()
        else:
            self._failed(KeyRejected(halt.detail, halt.remedy))
