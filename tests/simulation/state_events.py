"""What befalls the state: kept, lost, rolled back, damaged; and the end of the process that has it open."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing


class StateEvents:
    """Part of a realm."""

    def _do_keep_state(self, _key: str) -> None:
        if not self.state.exists() or self.not_ours:
            return
        target = self.state.with_name("kept")
        target.unlink(missing_ok=True)
        try:
            with closing(sqlite3.connect(self.state)) as source, closing(sqlite3.connect(target)) as copy:
                source.backup(copy)
        except sqlite3.DatabaseError:
            # What is damaged cannot be kept, and what was kept before is gone.
            target.unlink(missing_ok=True)
            return
        self._kept = (target, self.oracle.account)

    def _do_roll_back(self, _key: str) -> None:
        if self._kept is None or not self._kept[0].exists():
            return
        self._drop_state()
        shutil.copyfile(self._kept[0], self.state)
        self.oracle.account = self._kept[1]

    def _do_lose_state(self, _key: str) -> None:
        self._drop_state()

    def _do_other_database(self, _key: str) -> None:
        """The database of another program lies where the state was, until someone takes it away."""
        self._drop_state()
        self.state.parent.mkdir(mode=0o700, exist_ok=True)
        with closing(sqlite3.connect(self.state)) as made:
            made.execute("CREATE TABLE recipes (name TEXT)")
        self.state.chmod(0o600)
        self.not_ours = True

    def take_other_database_away(self) -> None:
        """A person sees to it."""
        if self.not_ours:
            self._drop_state()

    def _do_damage_state(self, key: str) -> None:
        if not self.state.exists() or self.not_ours:
            return
        self.end()
        data = bytearray(self.state.read_bytes())
        if key.endswith("auxiliaryType"):
            data = bytearray()
        else:
            for place in range(self._chance.randrange(900), len(data), 1 + self._chance.randrange(3000)):
                data[place] ^= 0x5A
        self._drop_state()
        self.state.write_bytes(data)
        self.state.chmod(0o600)

    def _drop_state(self) -> None:
        self.end()
        for each in ("", "-wal", "-shm"):
            self.state.with_name(f"state.db{each}").unlink(missing_ok=True)
        self.not_ours = False
        self.oracle.forgets()
        self.oracle.legit_markers.clear()
        self.oracle.account = None

    def end(self) -> None:
        self.oracle.let_go()
        self._close()

    def _die(self) -> None:
        """The process is no more; every third time its store is opened anew, else it only counts as another's."""
        self.crashes += 1
        self.wire.deliver()
        if self.crashes % 3 == 0 or self._store is None:
            self.end()
        else:
            self._store._database._drop()
        self._alive.clear()
