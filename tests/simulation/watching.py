"""What the reference knows of a pass: its looks, its listings, its intents; and of all before it."""

from __future__ import annotations

import os
import sqlite3
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from syncd.model.plan import Adopt
from syncd.model.record import RecordState
from syncd.sandbox.values import Image
from tests.simulation.cloud import Cloud
from tests.simulation.folders import Sight
from tests.simulation.ground import marker
from tests.simulation.wire import Late, digest_of


@dataclass
class Listed:
    """The last listing of a set: when it began, the ids that it showed, right or wrong, and the how-manieth it is.

    `most`: how many there were at most at a listing of this pass.
    """

    step: int
    count: int
    shown: set[str] = field(default_factory=set)
    most: int = 0


@dataclass
class Scanned:
    """A look of the program's at a folder, by what was there when it began and ended."""

    step: int
    before: Sight
    after: Sight
    root_fine: bool

    @property
    def sure(self) -> frozenset[str]:
        """What it cannot have missed."""
        return self.before.contents & self.after.contents

    @property
    def hidden(self) -> frozenset[str]:
        """What it cannot have read. An unreadable file that takes another name meanwhile may be under neither."""
        return self.before.hidden & self.after.hidden

    @property
    def empty(self) -> bool:
        return not self.before.contents and not self.after.contents


@dataclass
class Doomed:
    """A committed intent to delete."""

    step: int
    reason: str
    approved: bool


class Watching:
    """Remembers what the program saw and did in a pass, and what it may have forgotten."""

    def __init__(self, realm) -> None:
        self.realm = realm
        self.broken: list[str] = []
        self.checks = 0
        self.era: defaultdict[str, int] = defaultdict(int)
        self.ever_local: defaultdict[str, set[str]] = defaultdict(set)
        self.approved_ids: set[str] = set()
        self.approved_halts: set[str] = set()
        self.fuzzy: set[str] = set()
        self.let_go_ids: set[str] = set()
        self.told_404: set[str] = set()
        self.told_of_another: set[str] = set()
        self.stand_ins: list[Late] = []
        self.claimed: set[str] = set()
        self.legit_markers: defaultdict[Path, set[str | None]] = defaultdict(set)
        self.account: str | None = None
        self._file: sqlite3.Connection | None = None
        self.begin()

    # What the realm tells of a pass

    def begin(self) -> None:
        """A pass begins."""
        self.listings: dict[tuple[int, str], Listed] = {}
        self.scans: defaultdict[tuple[int, str], list[Scanned]] = defaultdict(list)
        self.doomed: dict[str, Doomed] = {}
        self.removed: defaultdict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        self.deletes: set[str] = set()
        self.losses: Counter[tuple[int, str]] = Counter()
        self.posted: defaultdict[str, set[str]] = defaultdict(set)
        self.inspected: dict[str, int] = {}
        self.live_before: dict[str, dict[str, str]] = {}
        self.undoomed_before: set[str] = set()
        self.recorded = False

    def begin_pass(self) -> None:
        self.begin()
        made = self.realm.cloud.made
        query = (
            "SELECT remote_id, sha256 FROM records "
            "WHERE state IN ('live', 'deleting') AND model_id || '/' || image_type = ?"
        )
        self.undoomed_before = {row[0] for row in self._rows("SELECT remote_id FROM records WHERE state = 'live'")}
        self.recorded = bool(self.undoomed_before)
        if not self.recorded:
            # With nothing to lose any key will do.
            self.account = None
        self.live_before = {
            key: {id_: sha256 for id_, sha256 in self._rows(query, key) if id_ in made and made[id_].up}
            for key in self.realm.setting.keys
        }

    def forgets(self, *keys: str) -> None:
        """The state lost what it knew of these sets."""
        for key in keys or self.realm.setting.keys:
            self.era[key] += 1
            self.claimed.discard(key)

    def move(self, keys: set[str]) -> None:
        """Sets lie below another root from now on: their images wait for a person, who says that this root has them."""
        for key in keys:
            owner = "SELECT 1 FROM sets WHERE root_uuid IS NOT NULL AND model_id || '/' || image_type = ?"
            live = "SELECT 1 FROM records WHERE state = 'live' AND model_id || '/' || image_type = ?"
            if self._rows(owner, key) and self._rows(live, key):
                self.claimed.add(key)

    def listed(self, key: str, number: int, page: list, found: list, cloud: Cloud) -> None:
        who = (self.realm.actor, key)
        if number == 1 or who not in self.listings:
            before = self.listings.get(who)
            most = before.most if before else 0
            self.listings[who] = Listed(self.realm.moments.step, before.count + 1 if before else 1, most=most)
        look = self.listings[who]
        # A set that others fill beyond the limit, while a pass looks, is as full as the pass finds it on any page.
        look.most = max(look.most, len(cloud.images(key)))
        look.shown |= {image.id for image in page}

    def scanned(self, key: str, step: int, before: Sight, after: Sight) -> None:
        self.scans[self.realm.actor, key].append(Scanned(step, before, after, self.root_fine(key)))
        # What goes between two looks of a pass did not go at once.
        self.losses[self.realm.actor, key] = 0
        self.ever_local[key] |= before.contents | after.contents
        for name in before.ignored | after.ignored:
            # What is up under a name that is ignored from now on stays up, as foreign; also what may have come up.
            query = "SELECT remote_id, sha256 FROM records WHERE name = ? AND model_id || '/' || image_type = ?"
            for remote_id, digest in self._rows(query, name.encode(), key):
                there = {image.id for image in self.realm.cloud.images(key) if image.sha256 == digest}
                self.let_go_ids |= {remote_id} if remote_id else there

    def concluded(self, key: str, record, *, lapsed: bool) -> None:
        """An image is held to be gone, or an upload not to have happened: something known must have been seen, too."""
        look = self.listings.get((self.realm.actor, key))
        if "remote-mass-missing" in self.approved_halts or record.state == "deleting" or look is None:
            return
        if not lapsed and record.state == "live":
            self._check_losses(key)
        known = {row[0] for row in self._rows(
            "SELECT remote_id FROM records WHERE state = 'live' AND model_id || '/' || image_type = ?1 UNION "
            "SELECT remote_id FROM foreign_images WHERE model_id || '/' || image_type = ?1", key)}  # fmt: skip
        if not look.shown & known and look.count < 2:
            self.say(f"I12: {record.remote_id or 'an upload'} is {'lapsed' if lapsed else 'gone'} by one empty look")

    def _check_losses(self, key: str) -> None:
        """Check that no one gives up most images of a set at once, but who was told to."""
        who = (self.realm.actor, key)
        self.losses[who] += 1
        # What a pass finds ignored it lets go of beside: that was one of ours, and is up.
        left = sum(row[0] for row in self._rows(
            "SELECT count(*) FROM records WHERE state = 'live' AND model_id || '/' || image_type = ?1 UNION ALL "
            "SELECT count(*) FROM foreign_images WHERE why = 'ignored' AND model_id || '/' || image_type = ?1", key
        ))  # fmt: skip
        if self.losses[who] >= 2 and self.losses[who] > left:
            self.say(f"I10: {self.losses[who]} images of {key} are given up at once, and {left} are left")

    def doom(self, image_id: str, reason: str, *, approved: bool) -> None:
        self.doomed[image_id] = Doomed(self.realm.moments.step, reason, approved)

    def stood_in(self, key: str, adopted: Adopt) -> None:
        """An image that equals an upload under way is taken for it: nothing tells that another is yet to come."""
        if adopted.record is not None and adopted.record.state is RecordState.BEGUN:
            digest = adopted.record.content.sent_sha256
            flights = (one for one in self.realm.wire.late if (one.kind, one.key) == ("POST", key))
            self.stand_ins += [one for one in flights if digest_of(one.picture) == digest]

    def origin(self, key: str) -> dict[str, object]:
        """Say where an upload comes from that takes effect now or later."""
        clock = self.realm.clock
        return {"sent": clock.true, "era": self.era[key], "boot": clock.boot, "step": self.realm.moments.step}

    def answered(self, kind: str, what: str, true, *, told: bool) -> None:
        if kind == "inspect" and true.status_code == 404:
            self.told_404.add(what)
        elif kind == "inspect" and told:
            self.inspected[what] = self.realm.moments.step

    def root_fine(self, key: str) -> bool:
        root = self.realm.folders.root_of(key)
        legit = self.legit_markers[root]
        return root.is_dir() and (not legit or marker(root) in legit)

    def misnamed(self, image: Image, key: str) -> bool:
        """Tell whether an image stands for another photo, as an answer said, and its picture was not always to be had.

        README names it as beyond proof: the photo of the image may be up twice, and the other one not.
        """
        rows = self._rows("SELECT sha256 FROM records WHERE remote_id = ?", image.id)
        told = image.id in self.told_of_another and key in self.fuzzy
        return told and bool(rows) and all(sha256 != image.sha256 for (sha256,) in rows)

    def accept_root(self, about: str) -> None:
        """A person takes a root for ours with the marker, or without one, that the halt was about; with no other."""
        found, root = about.split()
        seen = f"{found}\n" if found != "unmarked" else None
        self.legit_markers[Path(os.fsdecode(bytes.fromhex(root)))].add(seen)

    def root_fine_without_marker(self, root: Path) -> bool:
        """Whether the program may mark the root as ours: it bears none, and nobody knows of one or said that it may."""
        legit = self.legit_markers[root]
        return not legit - {None} or None in legit

    def learn_markers(self) -> None:
        """Take a root for ours that bears the first marker that was seen there since the state knows of it."""
        for root in self.realm.folders.roots:
            if not self._rows("SELECT 1 FROM roots WHERE path = ?", os.fsencode(root)):
                self.legit_markers[root].clear()
            if not self.legit_markers[root] - {None} and root.is_dir():
                self.legit_markers[root].add(marker(root))

    def say(self, text: str) -> None:
        self.broken.append(text)
        self.realm.moments.trace(f"BROKEN {text}")

    def _rows(self, query: str, *values: str | bytes) -> list[tuple]:
        if self._file is None:
            if not self.realm.state.exists():
                return []
            self._file = sqlite3.connect(f"file:{self.realm.state}?mode=ro", uri=True)
        try:
            return self._file.execute(query, values).fetchall()
        except sqlite3.DatabaseError:
            # A dry run leaves a damaged state as it is.
            if self.realm._store is not None:
                raise
            return []
        finally:
            if self.realm._store is None:
                # Another file may take its place.
                self.let_go()

    def let_go(self) -> None:
        """The state's file is about to be another one."""
        if self._file is not None:
            self._file.close()
            self._file = None
