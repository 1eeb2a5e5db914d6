"""The reference: what every POST and DELETE must obey at the moment it arrives. Its own small code, not the planner's."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from dataclasses import dataclass, field
from hashlib import sha256

from tests.simulation.cloud import HUMAN, OURS, Cloud, Made
from tests.simulation.folders import Sight


@dataclass
class Listed:
    """The last listing of a set: when it began, and the ids that it showed, right or wrong; `count`: how many so far."""

    step: int
    count: int
    shown: set[str] = field(default_factory=set)
    first: int = 0


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
    def hidden(self) -> bool:
        return self.before.hidden and self.after.hidden

    @property
    def empty(self) -> bool:
        return not self.before.contents and not self.after.contents


@dataclass
class Doomed:
    """A committed intent to delete."""

    step: int
    reason: str
    approved: bool


class Oracle:
    """Collects what broke an invariant (design, I1 to I18)."""

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
        self.legit_markers: set[str | None] = set()
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
        self.live_before: dict[str, int] = {}
        self.recorded = False

    def begin_pass(self) -> None:
        self.begin()
        made = self.realm.cloud.made
        query = "SELECT remote_id FROM records WHERE state IN ('live', 'deleting') AND model_id || '/' || image_type = ?"
        self.recorded = bool(self._rows("SELECT 1 FROM records WHERE state = 'live'"))
        self.live_before = {
            key: sum(row[0] in made and made[row[0]].up for row in self._rows(query, key))
            for key in self.realm.setting.keys
        }

    def forgets(self, *keys: str) -> None:
        """The state lost what it knew of these sets."""
        for key in keys or self.realm.setting.keys:
            self.era[key] += 1

    def listed(self, key: str, number: int, page: list, found: list, cloud: Cloud) -> None:
        who = (self.realm.actor, key)
        if number == 1 or who not in self.listings:
            before = self.listings.get(who)
            first = before.first if before else len(cloud.images(key))
            self.listings[who] = Listed(self.realm.moments.step, before.count + 1 if before else 1, first=first)
        self.listings[who].shown |= {image.id for image in page}

    def scanned(self, key: str, step: int, before: Sight, after: Sight) -> None:
        self.scans[self.realm.actor, key].append(Scanned(step, before, after, self.root_fine()))
        self.ever_local[key] |= before.contents | after.contents
        for name in before.ignored | after.ignored:
            # What is up under a name that is ignored from now on stays up, as foreign.
            query = "SELECT remote_id FROM records WHERE name = ? AND model_id || '/' || image_type = ?"
            self.let_go_ids |= {row[0] for row in self._rows(query, name.encode(), key)}

    def doom(self, image_id: str, reason: str, *, approved: bool) -> None:
        self.doomed[image_id] = Doomed(self.realm.moments.step, reason, approved)

    def origin(self, key: str) -> dict[str, object]:
        """Say where an upload comes from that takes effect now or later."""
        clock = self.realm.clock
        return {"sent": clock.true, "era": self.era[key], "boot": clock.boot, "step": self.realm.moments.step}

    def answered(self, kind: str, what: str, true, *, told: bool) -> None:
        if kind == "inspect" and true.status_code == 404:
            self.told_404.add(what)

    def root_fine(self) -> bool:
        folders = self.realm.folders
        marker = folders.marker()
        return folders.root.is_dir() and (not self.legit_markers or marker in self.legit_markers)

    # What arrives

    def arrived(self, kind: str, what: str, key: str, picture: bytes, cloud: Cloud | None) -> None:
        """Check a POST or a DELETE that is about to take effect."""
        self.checks += 1
        if cloud is None:
            return
        if kind == "POST":
            self._post(key, sha256(picture).hexdigest(), cloud)
        else:
            self._delete(what, cloud)

    def say(self, text: str) -> None:
        self.broken.append(text)
        self.realm.moments.trace(f"BROKEN {text}")

    def _post(self, key: str, digest: str, cloud: Cloud) -> None:
        begun = self._rows("SELECT count(*) FROM records WHERE state = 'begun' AND sent_sha256 = ? AND model_id || '/' || "
                           "image_type = ?", digest, key)[0][0]  # fmt: skip
        if begun != 1:
            self.say(f"I8: POST of {digest[:6]} into {key} with {begun} committed intents")
        self._check_worker(key)
        self._check_account(cloud)
        scans = self.scans[self.realm.actor, key]
        if not scans or not any(digest in one.before.contents | one.after.contents for one in scans):
            self.say(f"POST of {digest[:6]} into {key}, which no look saw in its folder")
        look = self.listings.get((self.realm.actor, key))
        if look is None:
            self.say(f"POST into {key}, of which this pass has seen no listing")
            return
        for image in cloud.images(key):
            if image.sha256 == digest and (why := self._twin(cloud.made[image.id], key, look)):
                self.say(f"I3: POST of {digest[:6]} into {key}, where {image.id} is up: {why}")
        for late in self.realm.wire.late:
            if late.kind == "POST" and late.cloud is cloud and late.key == key and sha256(late.picture).hexdigest() == digest:
                if self._too_early(late.made["sent"], late.made["era"], late.made["boot"], key):
                    self.say(f"I3: POST of {digest[:6]} into {key} while one is in flight")
        self._check_room(key, digest, cloud, look)

    def _twin(self, made: Made, key: str, look: Listed) -> str:
        """Say why a copy that is up forbids a POST; empty where the program could not know of it."""
        image_id = made.image.id
        states = {row[0] for row in self._rows("SELECT state FROM records WHERE remote_id = ?", image_id)}
        if states & {"live", "surplus", "deleting"}:
            return f"its record is {states}"
        if image_id in look.shown:
            return "" if key in self.fuzzy else "the listing showed it"
        if made.by == HUMAN:
            return ""
        if "gone" in states:
            return "" if image_id in self.told_404 or made.restored else "it was never said to be gone"
        gone_copy = self._rows("SELECT 1 FROM records WHERE state = 'gone' AND sha256 = ?", made.image.sha256)
        if gone_copy:
            return ""
        if self._too_early(made.sent, made.era, made.boot, key):
            return f"it was sent {self.realm.clock.true - made.sent:g} s ago"
        if not look.shown and look.count < 2 and made.era == self.era[key] and made.landed == made.sent:
            return "one empty listing was taken for proof"
        return ""

    def _too_early(self, sent: float, era: int, boot: str, key: str) -> bool:
        clock = self.realm.clock
        return era == self.era[key] and boot == clock.boot and clock.true - sent < self.realm.setting.window

    def _check_room(self, key: str, digest: str, cloud: Cloud, look: Listed) -> None:
        up = {image.id for image in cloud.images(key)}
        rows = self._rows("SELECT state, remote_id, sent_sha256 FROM records WHERE model_id || '/' || image_type = ?", key)
        known = {remote_id for state, remote_id, _ in rows if state in ("live", "surplus", "deleting")}
        counted = {one for one in up if one in look.shown or one in known} - self.told_404
        landed = {cloud.made[one].image.sha256 for one in counted}
        open_ones = sum(state == "begun" and sha not in {digest, *landed} for state, _, sha in rows)
        count, limit = len(counted) + open_ones, self.realm.limit
        if count >= max(limit, look.first) or (count >= limit and key not in self.deletes):
            self.say(f"I5: POST into {key}, which has {count} of {limit}")

    def _delete(self, image_id: str, cloud: Cloud) -> None:
        made = cloud.made.get(image_id)
        rows = self._rows(
            "SELECT reason, approved, sha256, model_id || '/' || image_type FROM records "
            "WHERE state = 'deleting' AND remote_id = ?", image_id
        )  # fmt: skip
        if not rows or image_id not in self.doomed:
            self.say(f"I8: DELETE of {image_id} without a committed tombstone")
            return
        reason, approved, digest, key = rows[0]
        approved = bool(approved) or image_id in self.approved_ids
        self.deletes.add(key)
        self._check_worker(key)
        self._check_account(cloud)
        if made is None or not made.up:
            return
        if made.image.type == "output" or f"{made.image.model_id}/{made.image.type}" != key:
            self.say(f"I1: DELETE of {image_id} in another set or of output")
        if made.by == HUMAN and made.image.sha256 not in self.ever_local[key]:
            self.say(f"I1: DELETE of {image_id}, which a person uploaded")
        copies = [one for one in cloud.images(key) if one.sha256 == made.image.sha256 and one.id != image_id]
        scans = self.scans[self.realm.actor, key]
        if reason == "same-content":
            if not copies and scans and made.image.sha256 in scans[-1].sure:
                self.say(f"I6: DELETE of {image_id} as a twin, whose keeper is gone")
            return
        self._check_unwanted(image_id, key, made.image.sha256, copies, approved=approved)
        if reason == "removed-locally" and not approved:
            self._check_brake(image_id, key)

    def _check_unwanted(self, image_id: str, key: str, digest: str, copies: list, *, approved: bool) -> None:
        scans = self.scans[self.realm.actor, key]
        if not scans or scans[-1].step <= self.doomed[image_id].step:
            self.say(f"I6: DELETE of {image_id} without a look after its tombstone")
            return
        last, now = scans[-1], self.realm.folders.look(key)
        if digest in last.sure and digest in now.contents and not copies:
            self.say(f"I6: DELETE of {image_id}, whose photo {digest[:6]} lies in {key}")
        if last.hidden and now.hidden and not approved:
            self.say(f"I10: DELETE of {image_id} while something in {key} cannot be read")
        if not last.root_fine and not self.root_fine():
            self.say(f"I6: DELETE of {image_id} while the root is not ours")

    def _check_brake(self, image_id: str, key: str) -> None:
        removed = self.removed[self.realm.actor]
        removed[key].add(image_id)
        scans, up = self.scans[self.realm.actor, key], self.live_before.get(key, 0)
        if all(one.before.state == one.after.state == "missing" for one in scans):
            self.say(f"I11: DELETE of {image_id}: the folder of {key} is gone")
        if up >= 2 and all(one.empty for one in scans):
            self.say(f"I11: DELETE of {image_id}: {key} is emptied")
        most = self.realm.brake
        if most is None:
            return
        count, total = len(removed[key]), sum(map(len, removed.values()))
        if not most.percent:
            if total > most.number:
                self.say(f"I11: DELETE of {image_id}: number {total} of at most {most.number:g}")
        elif up > 5 and count > up * most.number / 100:
            self.say(f"I11: DELETE of {image_id}: number {count} of {up}")

    def _check_worker(self, key: str) -> None:
        rows = self._rows("SELECT host, pid FROM leases WHERE model_id || '/' || image_type = ?", key)
        if not rows or not rows[0][0] or rows[0][1] != self.realm.actor:
            self.say(f"I9: a process without the lease of {key} sends: {rows}")

    def _check_account(self, cloud: Cloud) -> None:
        key = cloud.service.api_key
        if self.account in (None, key) or "account-changed" in self.approved_halts or not self.recorded:
            self.account = key
            return
        self.say("I13: something is sent to another account")

    def _rows(self, query: str, *values: str) -> list[tuple]:
        if self._file is None:
            self._file = sqlite3.connect(f"file:{self.realm.state}?mode=ro", uri=True)
        return self._file.execute(query, values).fetchall()

    def let_go(self) -> None:
        """The state's file is about to be another one."""
        if self._file is not None:
            self._file.close()
            self._file = None
