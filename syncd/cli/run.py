"""`syncd run`: the daemon, in the foreground."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from syncd.cli.console import Console
from syncd.cli.logs import set_up
from syncd.cli.options import Options, common, example
from syncd.cli.settings import api_key, settings
from syncd.errors import ExitCode, StateUnwritable, SyncdError

if TYPE_CHECKING:
    from syncd.config.load import Loaded
    from syncd.daemon.inbox import Inbox, Message
    from syncd.daemon.parts import Parts
    from syncd.daemon.systemd import Notifier
    from syncd.model.plan import SetPlan
    from syncd.store import Store

OPENING_SECONDS = 5.0
"""Between two tries to open a state that cannot be used at the moment."""

_LOG = logging.getLogger("syncd.daemon")


@click.command(epilog=example("syncd run", "syncd run --config /etc/syncd/photos.toml"))
@common
def run(options: Options) -> int:
    """Stay, watch the folders, and keep the image sets in line with them: the daemon, in the foreground.

    SIGTERM and Ctrl-C let what is under way come to its end, a second one does not; SIGHUP reads the configuration
    again. `syncd status` tells how it stands.
    """
    from syncd.daemon.inbox import Inbox

    inbox = Inbox()
    with inbox.hearing():
        return stay(Console(options), inbox)


def stay(
    console: Console,
    inbox: Inbox,
    environ: Mapping[str, str] = os.environ,
    told: Callable[[SetPlan], None] = lambda _: None,
) -> int:
    """Run the daemon until it is stopped, with each new configuration anew. Raises what needs a person."""
    from syncd.daemon.systemd import Notifier

    notifier = Notifier(environ)
    configuration = Configuration(console, environ)
    while True:
        message = _serve(configuration, inbox, notifier, told)
        if isinstance(message, SyncdError):
            raise message
        if isinstance(message, ExitCode):
            _LOG.info("stopped")
            return int(message)


def _serve(configuration: Configuration, inbox: Inbox, notifier: Notifier, told: Callable[[SetPlan], None]) -> Message:
    from syncd.daemon.daemon import Daemon
    from syncd.daemon.inbox import Reload
    from syncd.store import Store

    configuration.begin()
    with ExitStack() as stack:
        opened = _open(configuration.loaded, inbox, notifier)
        if isinstance(opened, Reload):
            configuration.reload()
        if not isinstance(opened, Store):
            return opened
        parts = stack.enter_context(parts_of(configuration.loaded, opened, configuration.environ))
        daemon = Daemon(
            parts,
            inbox,
            notifier,
            environ=configuration.environ,
            reload=configuration.reload,
            told=told,
            accepted=configuration.accepted,
        )
        try:
            return daemon.run()
        finally:
            configuration.accepted = daemon.accepted


class Configuration:
    """The configuration in force, and the one that is to be next. `accepted`: the service has taken the key."""

    def __init__(self, console: Console, environ: Mapping[str, str]) -> None:
        self._console = console
        self.environ = environ
        self.accepted = False
        self.loaded = self._next = settings(console, environ=environ)

    def begin(self) -> None:
        """Let the next one be in force."""
        self.loaded = self._next
        log = self.loaded.config.log
        set_up(self._console.options, log.level, log.format)

    def reload(self) -> bool:
        """Read it again, and say what changed; tells whether anything did. A faulty one is told, and not taken."""
        try:
            loaded = settings(self._console, environ=self.environ)
            api_key(loaded, self.environ)
        except SyncdError as error:
            self._log_again()
            _LOG.error("configuration not taken", extra={"why": error.message, "remedy": error.remedy})
            return False
        self._log_again()
        changes = _changes(self.loaded, loaded)
        _LOG.info("configuration read again", extra=changes or {"changed": "nothing"})
        self._next = loaded
        return bool(changes)

    def _log_again(self) -> None:
        # Reading a configuration sets the logs up for a command.
        log = self.loaded.config.log
        set_up(self._console.options, log.level, log.format)


def _changes(before: Loaded, after: Loaded) -> dict[str, object]:
    from syncd.config.shown import effective

    old, new = effective(before.config), effective(after.config)
    return {key: f"{old[key]} -> {new[key]}" for key in new if old.get(key) != new[key]}


def _open(loaded: Loaded, inbox: Inbox, notifier: Notifier) -> Store | Message:
    """Open the state; one that is locked, or whose disk is full, is waited for. A message came first: return it."""
    from syncd.model.clock import MachineClock
    from syncd.store import open_state

    told = False
    while True:
        try:
            return open_state(loaded.config.state.url, create=True, clock=MachineClock())
        except StateUnwritable as error:
            if not error.passes:
                raise
            if not told:
                _LOG.warning("state unwritable", extra={"why": error.message, "remedy": error.remedy})
            told = True
            notifier.waiting(error.message)
        message = inbox.get(OPENING_SECONDS)
        if message is not None:
            return message


@contextmanager
def parts_of(loaded: Loaded, store: Store, environ: Mapping[str, str]) -> Iterator[Parts]:
    """Put together what a daemon works with; the state is closed with the rest."""
    from syncd.cli.world import Hands, assembled, image_service
    from syncd.daemon.keyring import Keyring
    from syncd.daemon.parts import Inline, Parts
    from syncd.engine.heartbeat import Pulse
    from syncd.model.affinity import gather
    from syncd.model.clock import MachineClock

    config, clock = loaded.config, MachineClock()
    with ExitStack() as stack:
        stack.enter_context(store)
        for notice in store.notices:
            _LOG.warning("state", extra={"why": notice})
        keyring = Keyring(lambda: api_key(loaded, environ))
        service = stack.enter_context(image_service(config, keyring, clock))
        hands = stack.enter_context(Hands(service, config.service.max_concurrency))
        made = assembled(config, store, service, hands, clock, keyring.fingerprint)
        world = replace(
            made,
            policy=replace(made.policy, grace_seconds=config.deletes.grace_seconds),
            scanning=replace(made.scanning, settle_seconds=config.dataset.settle_seconds),
            workers=Inline(),
            drain=lambda: None,
            pulse=Pulse(lingering=True),
        )
        yield Parts(config, world, keyring, service.models, service.turn_away, hands.drain, gather)
