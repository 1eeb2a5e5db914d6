"""The reference: what each POST and DELETE must obey when it arrives. Its own small code, not the planner's."""

from __future__ import annotations

from tests.simulation.cloud import HUMAN, Cloud, Made
from tests.simulation.ground import marker
from tests.simulation.watching import Listed, Watching
from tests.simulation.wire import digest_of as _digest

_SENT = "lower(hex(sent_sha256))"
_OF_SET = "model_id || '/' || image_type = ?"


class Oracle(Watching):
    """Collects what broke an invariant (design, I1 to I18)."""

    def arrived(self, kind: str, what: str, key: str, picture: bytes, cloud: Cloud | None) -> None:
        """Check a POST or a DELETE that is about to take effect."""
        self.checks += 1
        if cloud is None:
            return
        if kind == "POST":
            self._post(key, _digest(picture), cloud)
        else:
            self._delete(what, cloud)

    def _post(self, key: str, digest: str, cloud: Cloud) -> None:
        self.posted[key].add(digest)
        begun = self._rows(f"SELECT 1 FROM records WHERE state = 'begun' AND {_SENT} = ? AND {_OF_SET}", digest, key)
        if len(begun) != 1:
            self.say(f"I8: POST of {digest[:6]} into {key} with {len(begun)} committed intents")
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
        self._check_flight(key, digest, cloud)
        self._check_room(key, digest, cloud, look)

    def _check_flight(self, key: str, digest: str, cloud: Cloud) -> None:
        under_way = [
            one.made
            for one in self.realm.wire.late
            if (one.kind, one.key) == ("POST", key) and one.cloud is cloud and _digest(one.picture) == digest
            if one not in self.stand_ins
        ]
        if any(self._too_early(made["sent"], made["era"], made["boot"], key) for made in under_way):
            self.say(f"I3: POST of {digest[:6]} into {key} while one is in flight")

    def _twin(self, made: Made, key: str, look: Listed) -> str:
        """Say why a copy that is up forbids a POST; empty where the program could not know of it."""
        image_id = made.image.id
        states = {row[0] for row in self._rows("SELECT state FROM records WHERE remote_id = ?", image_id)}
        if states & {"live", "surplus", "deleting"}:
            return "" if self.misnamed(made.image, key) else f"its record is {states}"
        if image_id in look.shown:
            # After a delete a listing may lag: who says 404 as well is believed.
            believed = "gone" in states and image_id in self.told_404
            return "" if believed or key in self.fuzzy else "the listing showed it"
        if "gone" in states and image_id not in self.told_404 and not made.restored:
            return "it was never said to be gone"
        gone_copy = self._rows("SELECT 1 FROM records WHERE state = 'gone' AND sha256 = ?", made.image.sha256)
        if made.by != HUMAN and not gone_copy and self._too_early(made.sent, made.era, made.boot, key):
            return f"it was sent {self.realm.clock.true - made.sent:g} s ago"
        return ""

    def _too_early(self, sent: float, era: int, boot: str, key: str) -> bool:
        clock = self.realm.clock
        return era == self.era[key] and boot == clock.boot and clock.true - sent < self.realm.setting.window

    def _check_room(self, key: str, digest: str, cloud: Cloud, look: Listed) -> None:
        if not cloud.there(key.partition("/")[0]):
            # Who says 404 to a delete as the model is away takes no upload either.
            return
        up = {image.id for image in cloud.images(key)}
        rows = self._rows(f"SELECT state, remote_id, {_SENT} FROM records WHERE model_id || '/' || image_type = ?", key)
        known = {remote_id for state, remote_id, _ in rows if state in ("live", "surplus", "deleting")}
        counted = {one for one in up if one in look.shown or one in known} - self.told_404
        # Just after a delete a listing may lag, so that what the service restored at that moment is not counted.
        gone = {remote_id for state, remote_id, _ in rows if state == "gone"}
        counted -= {one for one in gone & cloud.made.keys() if cloud.made[one].restored}
        landed = {cloud.made[one].image.sha256 for one in counted}
        open_ones = sum(state == "begun" and sha not in {digest, *landed} for state, _, sha in rows)
        count, limit = len(counted) + open_ones, self.realm.pass_limit
        # An image that was to be deleted, and of which it is said that it is no more, has made room as well.
        made_room = key in self.deletes or not up.isdisjoint(self.told_404)
        if count >= max(limit, look.most) or (count >= limit and not made_room):
            self.say(f"I5: POST into {key}, which has {count} of {limit}")

    def _delete(self, image_id: str, cloud: Cloud) -> None:
        made = cloud.made.get(image_id)
        rows = self._rows(
            "SELECT reason, approved, model_id || '/' || image_type FROM records "
            "WHERE state = 'deleting' AND remote_id = ?", image_id
        )  # fmt: skip
        if not rows or image_id not in self.doomed:
            self.say(f"I8: DELETE of {image_id} without a committed tombstone")
            return
        reason, approved, key = rows[0]
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
        if reason == "same-content":
            self._check_twin(image_id, key, made.image.sha256, copies, cloud)
            return
        if reason == "made-room":
            self._check_rotated(image_id, key, made.image.sha256)
            return
        self._check_unwanted(image_id, key, made.image.sha256, copies, approved=approved)
        if reason == "content-changed":
            self._check_keeper(image_id, key, cloud)
        if reason == "removed-locally" and not approved:
            self._check_brake(image_id, key)
            self._check_bad(image_id, key)

    def _check_twin(self, image_id: str, key: str, digest: str, copies: list, cloud: Cloud) -> None:
        """Check that the other copy is up, or was seen up since this one was to go."""
        scans, since = self.scans[self.realm.actor, key], self.doomed[image_id].step
        shown = (one for one, step in self.inspected.items() if step > since and one != image_id)
        copies = copies + [one for one in shown if cloud.made[one].image.sha256 == digest]
        if not copies and scans and digest in scans[-1].sure:
            self.say(f"I6: DELETE of {image_id} as a twin, whose keeper is gone")
        if scans and all(one.hidden for one in scans):
            self.say(f"I10: DELETE of {image_id} as a twin while something in {key} cannot be read")

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
        if not last.root_fine and not self.root_fine(key):
            self.say(f"I6: DELETE of {image_id} while the root is not ours")

    def _check_rotated(self, image_id: str, key: str, digest: str) -> None:
        """Check that a newer photo takes the place of one that is taken down for room."""
        scans = self.scans[self.realm.actor, key]
        live = {row[0] for row in self._rows(f"SELECT sha256 FROM records WHERE state = 'live' AND {_OF_SET}", key)}
        sight = scans[-1].after if scans else None
        if not self.realm.setting.rotate or sight is None:
            self.say(f"I6: DELETE of {image_id} for room that nobody asked for")
        elif digest in scans[-1].sure and not any(
            sight.newest(one) > sight.oldest(digest) for one in sight.contents - (live - self.posted[key]) - {digest}
        ):
            self.say(f"I6: DELETE of {image_id} for room, and nothing newer waits")

    def _check_keeper(self, image_id: str, key: str, cloud: Cloud) -> None:
        """Check that the later image which takes the place of a replaced one was seen up since that one was to go."""
        query = (
            "SELECT new.remote_id FROM records new, records old WHERE old.remote_id = ? AND new.name = old.name "
            "AND new.row_id > old.row_id AND new.state = 'live' AND new.model_id || '/' || new.image_type = ?"
        )
        keepers = {row[0] for row in self._rows(query, image_id, key)}
        up = {image.id for image in cloud.images(key)}
        since = self.doomed[image_id].step
        seen = {one for one, step in self.inspected.items() if step > since}
        if keepers and not keepers & (up | seen):
            self.say(f"I6: DELETE of {image_id}, whose successor is gone")

    def _check_bad(self, image_id: str, key: str) -> None:
        """Check that a file which turned bad keeps the images under its name that are up, or the last that goes."""
        query = f"SELECT remote_id, name FROM records WHERE state IN ('live', 'deleting') AND {_OF_SET} ORDER BY row_id"
        rows = self._rows(query, key)
        name = next((name.decode() for one, name in rows if one == image_id), None)
        last = [one for one, other in rows if name is not None and other.decode() == name][-1:]
        scans = self.scans[self.realm.actor, key]
        if (
            (last == [image_id] or image_id in self.undoomed_before)
            and scans
            and name in scans[-1].before.bad & scans[-1].after.bad
        ):
            self.say(f"I6: DELETE of {image_id}, whose file is there and is no good picture")

    def _check_brake(self, image_id: str, key: str) -> None:
        removed = self.removed[self.realm.actor]
        removed[key].add(image_id)
        # Two copies of one photo are one: the spare one goes by itself.
        scans, before = self.scans[self.realm.actor, key], self.live_before.get(key, {})
        up = len(set(before.values()))
        if all(one.before.state == one.after.state == "missing" for one in scans):
            self.say(f"I11: DELETE of {image_id}: the folder of {key} is gone")
        made = self.realm.cloud.made
        ours = {sha256 for id_, sha256 in before.items() if made[id_].up or id_ in removed[key]}
        if len(ours) >= 2 and all(one.empty for one in scans):
            self.say(f"I11: DELETE of {image_id}: {key} is emptied")
        if marker(self.realm.folders.root_of(key)) is None and not self._sees_any(key):
            self.say(f"I11: DELETE of {image_id}: the root of {key} has no marker, and no file of ours is seen")
        most = self.realm.brake
        if most is None:
            return
        count, total = len(removed[key]), sum(map(len, removed.values()))
        if not most.percent:
            if total > most.number:
                self.say(f"I11: DELETE of {image_id}: number {total} of at most {most.number:g}")
        elif up > 5 and count > up * most.number / 100:
            self.say(f"I11: DELETE of {image_id}: number {count} of {up}")

    def _sees_any(self, key: str) -> bool:
        """Tell whether a file of an image that was up as this pass began was there when the program looked."""
        rows = self._rows(f"SELECT sha256, state, remote_id FROM records WHERE {_OF_SET}", key)
        # One that just made room left its file where it was.
        known = {sha256 for sha256, state, id_ in rows if state in ("live", "deleting") or id_ in self.doomed}
        return any(known & (one.before.contents | one.after.contents) for one in self.scans[self.realm.actor, key])

    def check_words(self, text: str) -> None:
        """Check what is told to people or written down: the key is not in it (I14)."""
        if any(form in text for form in self.realm.secrets):
            self.say("I14: the key is told")

    def writes(self, key: str, what: str) -> None:
        """Check that who changes what is remembered of a set is at work on it (I9)."""
        if self.realm.dry:
            # It works on a copy of its own, leases and all.
            return
        with self.realm._store._database.read() as connection:
            found = connection.exec_driver_sql(
                "SELECT host, pid FROM leases WHERE model_id || '/' || image_type = ?", (key,)
            ).all()
        if self.realm.moments.depth == 0 and (not found or not found[0][0] or found[0][1] != self.realm.actor):
            self.say(f"I9: a process without the lease of {key} writes ({what})")

    def _check_worker(self, key: str) -> None:
        rows = self._rows("SELECT host, pid FROM leases WHERE model_id || '/' || image_type = ?", key)
        if not rows or not rows[0][0] or rows[0][1] != self.realm.actor:
            self.say(f"I9: a process without the lease of {key} sends: {rows}")
        if key in self.claimed and self._rows(f"SELECT 1 FROM records WHERE state = 'live' AND {_OF_SET}", key):
            self.say(f"I11: something is sent to {key}, which another root owns")

    def _check_account(self, cloud: Cloud) -> None:
        key = cloud.service.api_key
        if self.account in (None, key) or "account-changed" in self.approved_halts or not self.recorded:
            self.account = key
            return
        self.say("I13: something is sent to another account")
