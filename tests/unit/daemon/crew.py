"""A daemon's rooms around a real world with a given clock: what the workers would do is done when a test says so."""

from contextlib import ExitStack, contextmanager
from random import Random

from syncd.config.key import Key
from syncd.daemon.chores import Chore
from syncd.daemon.consent import Consent
from syncd.daemon.flushing import Flushing
from syncd.daemon.health import Health
from syncd.daemon.journal import Journal
from syncd.daemon.keyring import Keyring
from syncd.daemon.listings import Listings
from syncd.daemon.notices import Notices
from syncd.daemon.sets import Sets
from syncd.daemon.work import Rooms, Worker
from syncd.errors import KeyRejected
from syncd.model.plan import Policy
from syncd.workqueue import WorkQueue
from tests.world import World


class Crew:
    def __init__(self, world: World, made, log) -> None:
        self.world, self.clock = world, world.clock
        self.failed, self.told, self.calls, self.lost = [], [], [], []
        self.queue = WorkQueue(self.clock, Random(1), 2)
        self.sets = Sets(made.places, made.store.sets.recorded, made.scanning.ignored)
        self.keyring = Keyring(lambda: Key(world.key))
        recovered = self.queue.forget_backoff
        self.health = Health(self.clock, Random(2), log, self.keyring, recovered, self.failed.append)
        self.flushing = Flushing()
        self.listings = Listings(self.clock, Random(3), 900)
        notices = Notices((), {}, self.clock, log)
        journal = Journal(log, made.places.root)
        journal.know(made.store.sets.all())
        url = f"sqlite:///{world.state}"
        self.rooms = Rooms(
            made, self.queue, self.sets, self.health, journal, notices, self.flushing, self.listings, log, url,
            self.told.append, self.call, self.show, lambda: self.lost.append(1),
        )  # fmt: skip
        self.worker = Worker(self.rooms)
        self.consent = Consent(made, self.queue, self.sets, self.health, self.flushing, log)
        self.store = made.store

    def show(self) -> None:
        self.store.presence.tell(self.clock.now(), "native", "", "")

    def call(self) -> None:
        self.calls.append(1)
        if self.keyring.reveal() != self.world.remote.accepts:
            raise KeyRejected("no", "another")

    def look(self) -> None:
        """Look around, and do what is due."""
        self.queue.add_now(Chore.LOOK)
        self.work()

    def work(self, seconds: float = 0, step: float = 1) -> None:
        """Let time go by, and do what gets due on the way."""
        self._do_due()
        for _ in range(int(seconds / step)):
            self.clock.advance(step)
            self._do_due()

    def _do_due(self) -> None:
        while (key := self.queue.take(timeout=0)) is not None:
            self.worker._do(key)
        assert not self.world.checks.broken

    def asked(self) -> list[str]:
        """What was asked of the service since the last call."""
        found = list(self.world.asked)
        self.world.asked.clear()
        return found


@contextmanager
def crew_in(home, log, *models, **policy):
    world = World(home, *models, inline=True)
    with ExitStack() as stack:
        stack.callback(world.end)
        made = stack.enter_context(world._process(dry_run=False, policy=Policy(**{"grace_seconds": 30} | policy)))
        yield Crew(world, made, log)
