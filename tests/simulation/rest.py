"""What must hold once faults are off, folders stand still and approvals are given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from syncd.model.plan import Outcome
from tests.simulation.cloud import OURS, Cloud


def faults_at_rest(realm) -> list[str]:
    """Say what is not as it must be; nothing: in sync."""
    cloud = realm.wire.clouds[realm.key]
    found = [text for key in realm.setting.keys for text in _set_faults(realm, key, cloud)]
    rows = realm.oracle._rows(
        "SELECT state, remote_id, sha256 FROM records WHERE state IN ('begun', 'deleting', 'surplus')"
    )
    found += [f"open record: {row}" for row in rows]
    holds = realm.oracle._rows("SELECT scope, kind, remote_id FROM holds")
    found += [f"hold: {row}" for row in holds if realm.exists(row[0])]
    # A root that holds no set at all has nothing that could be approved.
    if realm.code != 0 and any(map(realm.exists, realm.setting.keys)):
        found.append(f"exit code {realm.code}: {realm.halts()}")
    # What we deleted and a restored service shows again counts as lag for a while, and keeps its slot.
    plans = realm.last.sets if realm.last is not None else ()
    skipped = (one for each in plans for one in each.operations if one.outcome is Outcome.SKIPPED)
    return [*found, *(f"I4: {one.name!r} found no slot" for one in skipped)]


def _set_faults(realm, key: str, cloud: Cloud) -> Iterator[str]:
    sight, oracle = realm.folders.look(key), realm.oracle
    if not realm.exists(key):
        # A set that is no more is not looked at: what the service called gone, and shows again, stays.
        return
    up = [image for image in cloud.images(key) if not oracle.misnamed(image, key)]
    stood_for = {
        row[0]
        for image in cloud.images(key)
        if image not in up
        for row in oracle._rows("SELECT sha256 FROM records WHERE remote_id = ?", image.id)
    }
    copies = Counter(image.sha256 for image in up)
    proven = {
        image.id
        for image in up
        if (made := cloud.made[image.id]).by == OURS
        and made.era == oracle.era[key]
        and (key not in oracle.fuzzy or oracle._rows("SELECT 1 FROM records WHERE remote_id = ?", image.id))
    }
    told_apart = (image for image in up if image.id in proven and not _not_comparable(oracle, image.id))
    twice = Counter(image.sha256 for image in told_apart if not _let_go(oracle, image.id))
    yield from (f"I3: {count} images of {one[:6]} in {key}" for one, count in twice.items() if count > 1)
    full = len(cloud.images(key)) >= min(realm.limit, cloud.hard)
    for digest in sorted(sight.contents - copies.keys() - stood_for):
        if not full:
            yield f"I4: {digest[:6]} is not up in {key}"
    if realm.setting.rotate and full:
        yield from _rotation_faults(realm, key, sight, copies)
    kept = {row[0] for row in oracle._rows("SELECT remote_id FROM records WHERE state = 'live'")
            if _name_of(oracle, row[0]) in sight.bad}  # fmt: skip
    for image in up:
        if image.sha256 in sight.contents or image.id in kept or _let_go(oracle, image.id):
            continue
        # What a person uploaded is ours once it was adopted.
        if image.id in proven or oracle._rows("SELECT 1 FROM records WHERE state = 'live' AND remote_id = ?", image.id):
            yield f"I4: {image.id} ({image.sha256[:6]}) is up in {key}, and unwanted"


def _let_go(oracle, remote_id: str) -> bool:
    """Tell whether an image is foreign from now on, as its file is ignored: so is each copy of it."""
    recorded = oracle._rows("SELECT 1 FROM records WHERE state = 'live' AND remote_id = ?", remote_id)
    return remote_id in oracle.let_go_ids and not recorded


def _not_comparable(oracle, remote_id: str) -> bool:
    """Tell whether the picture of an image was not to be had when it was met: it is foreign from then on."""
    return bool(oracle._rows("SELECT 1 FROM foreign_images WHERE problem <> '' AND remote_id = ?", remote_id))


def _rotation_faults(realm, key: str, sight, copies: Counter[str]) -> Iterator[str]:
    """Say which photo waits though an older one of ours is up."""
    query = "SELECT sha256 FROM records WHERE state = 'live' AND model_id || '/' || image_type = ?"
    ours = {row[0] for row in realm.oracle._rows(query, key)} & sight.contents
    waiting = sight.contents - copies.keys()
    for digest in sorted(waiting):
        older = sum(sight.oldest(digest) > sight.newest(one) for one in ours)
        if older and copies.total() - older < realm.limit:
            yield f"I4: {digest[:6]} waits in {key}, and is newer than what is up"


def _name_of(oracle, remote_id: str) -> str:
    return oracle._rows("SELECT name FROM records WHERE remote_id = ?", remote_id)[0][0].decode()
