"""Whether the key still opens the account that our images lie in."""

from __future__ import annotations

from collections.abc import Callable, Container

from syncd.engine.world import Service
from syncd.errors import NotFound, UnexpectedAnswer
from syncd.model.plan import Halt
from syncd.model.words import HaltName
from syncd.store import Account, Store

_PROBES = 5
"""How many known images are asked for before another account is suspected."""


class AccountCheck:
    """Compares the key with the one the state knows by now; another key must show a known image first.

    `other`: the key is not the one before. `switched`: the other account, which a person accepted, so that nothing
    remembered holds for it.
    """

    def __init__(self, store: Store, service: Service, fingerprint: Callable[[bytes], str]) -> None:
        self._before = store.meta.account()
        self._store = store
        self._service = service
        self._fingerprint = fingerprint
        self.other = False
        self.switched: Account | None = None

    def halt(self, new_salt: Callable[[], str], approved: Container[str]) -> Halt | None:
        """Return the halt of an unproven key; remembers a proven one, and leaves to its caller one that is switched to.

        `approved`: what a person released, as `Halt.consent` says it. Raises what the service raises.
        """
        before = self._before
        salt = before.salt if before is not None else new_salt()
        current = Account(salt, self._fingerprint(bytes.fromhex(salt)))
        self.other = current != before
        if not self.other:
            return None
        if before is not None and not self._knows_us():
            if (halt := _changed(current.fingerprint)).consent not in approved:
                return halt
            self.switched = current
            return None
        self._store.meta.set_account(current)
        return None

    def _knows_us(self) -> bool:
        known = self._store.census.known_ids(_PROBES)
        return not known or any(self._shows(remote_id) for remote_id in known)

    def _shows(self, remote_id: str) -> bool:
        try:
            self._service.inspect(remote_id)
        except (NotFound, UnexpectedAnswer):
            return False
        return True


def _changed(fingerprint: str) -> Halt:
    return Halt(
        HaltName.ACCOUNT_CHANGED,
        "the API key is another one, and the service shows none of our images to it",
        "put the old key back; only if the photos shall go to the new account: `syncd approve`, after which the old "
        "account's images are forgotten and everything is uploaded again",
        about=fingerprint,
    )
