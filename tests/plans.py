"""Small worlds for the planner: files, listings and records in one line each."""

from __future__ import annotations

from dataclasses import dataclass, field

from syncd.model.local import Fingerprint, FolderState, Judgement, Likeness, LocalFile, LocalSnapshot, Problem
from syncd.model.plan import Look, Policy, SetPlan
from syncd.model.record import Content, Foreign, Memory, Record, RecordState
from syncd.model.remote import Listing, Picture, RemoteImage
from syncd.model.sets import ImageType, SetKey
from syncd.model.time import Instant
from syncd.model.words import Reason
from syncd.plan.ledger import Ledger
from syncd.plan.plan import View, plan

KEY = SetKey("m42", ImageType.MODEL_INPUT)
NOW = Instant(1_800_000_000.0, "boot", 10_000.0)
LONG_AGO = Instant(NOW.wall - 5_000, "boot", NOW.uptime - 5_000)
POLICY = Policy(window_start=NOW)


def likeness(content: str) -> Likeness:
    """Give every content pixels of its own, far from all others."""
    thumb = content.encode().hex().ljust(6, "0")[:6] * 256
    return Likeness(100, 100, f"pixels-{content}", thumb)


def content(name: str) -> Content:
    return Content(name, name, 1000, "jpeg", likeness(name))


def file(name: str, holds: str, *, mtime: int = 0) -> LocalFile:
    return LocalFile(name.encode(), Fingerprint(1000, mtime, 0, 1), holds, Judgement("jpeg", likeness=likeness(holds)))


def bad(name: str, reason: Reason = Reason.CORRUPT) -> LocalFile:
    return LocalFile(name.encode(), Fingerprint(1000, 0, 0, 1), None, Judgement("jpeg", reason, "bad"))


def unreadable(name: str) -> Problem:
    return Problem(name.encode(), Reason.UNREADABLE, "no right")


def local(
    *files: LocalFile,
    problems: tuple[Problem, ...] = (),
    state: FolderState = FolderState.PRESENT,
    ignored: tuple[str, ...] = (),
    marked: bool = True,
    key: SetKey = KEY,
) -> LocalSnapshot:
    hidden = frozenset(name.encode() for name in ignored)
    return LocalSnapshot(key, b"/root/" + str(key).encode(), state, files, problems, ignored=hidden, marked=marked)


def image(remote_id: str, created: str = "") -> RemoteImage:
    return RemoteImage(remote_id, KEY.model_id, KEY.image_type, f"https://x/{remote_id}", created or remote_id)


def live(row: int, name: str, holds: str, remote_id: str, **more: object) -> Record:
    return record(row, name, holds, RecordState.LIVE, remote_id, **more)


def record(
    row: int,
    name: str,
    holds: str,
    state: RecordState,
    remote_id: str | None = None,
    *,
    since: Instant = LONG_AGO,
    begun: Instant | None = LONG_AGO,
    **more: object,
) -> Record:
    return Record(row, KEY, name.encode(), content(holds), state, remote_id, begun, since, **more)  # type: ignore[arg-type]


def look(
    *ids: str,
    pictures: dict[str, str | Picture] | None = None,
    inspected: dict[str, bool] | None = None,
    confirmed: bool = False,
) -> Look:
    listing = Listing(tuple(image(each) for each in ids), NOW)
    seen = {
        each: what if isinstance(what, Picture) else Picture(what, likeness(what))
        for each, what in (pictures or {}).items()
    }
    asked = {each: image(each) if there else None for each, there in (inspected or {}).items()}
    return Look(listing, asked, seen, confirmed)


def foreign(remote_id: str, holds: str = "foreign", why: str = "not-ours") -> Foreign:
    return Foreign(remote_id, Picture(holds, likeness(holds)), why)


def plan_one(
    snapshot: LocalSnapshot, seen: Look, memory: Memory | None = None, policy: Policy = POLICY, now: Instant = NOW
) -> SetPlan:
    return plan([View(snapshot, memory or Memory(), seen)], policy, now)[0]


def told(decided: SetPlan) -> list[tuple[str, str | None, str | None]]:
    """Tell the operations as (action, reason, name or id)."""
    return [
        (str(one.action), str(one.reason) if one.reason else None, (one.name or b"").decode() or one.remote_id)
        for one in decided.operations
    ]


@dataclass
class Service:
    """A remote set that does what plans say, and fails the test that lets it pass its limit."""

    pictures: dict[str, str] = field(default_factory=dict)
    made: int = 0
    most: int = 0

    def upload(self, holds: str) -> str:
        self.made += 1
        remote_id = f"up{self.made:04}"
        assert holds not in self.pictures.values(), f"{holds} uploaded while it is up"
        self.pictures[remote_id] = holds
        self.most = max(self.most, len(self.pictures))
        return remote_id

    def look(self, memory: Memory) -> Look:
        known = {one.remote_id for one in memory.records} | {one.remote_id for one in memory.foreign}
        fetched: dict[str, str | Picture] = {each: what for each, what in self.pictures.items() if each not in known}
        absent = {
            one.remote_id: False
            for one in memory.records
            if one.remote_id and one.state in (RecordState.LIVE, RecordState.DELETING, RecordState.SURPLUS)
            if one.remote_id not in self.pictures
        }
        return look(*self.pictures, pictures=fetched, inspected=absent, confirmed=True)


def obey(decided: SetPlan, memory: Memory, service: Service, now: Instant = NOW) -> Memory:
    """Do what a plan says, step by step, to the service and to the memory."""
    ledger = Ledger(KEY, memory, now)
    ledger.change(decided.changes)
    records = list(ledger)
    row = max([one.row for one in records], default=0)

    def remove(gone: Record) -> None:
        nonlocal records
        service.pictures.pop(gone.remote_id or "", None)
        records = [one for one in records if one.remote_id != gone.remote_id]

    for step in decided.room:
        remove(step.record)
    for upload in decided.uploads:
        if upload.swap and upload.replaces:
            remove(upload.replaces)
        most = decided.cap if upload.replaces else decided.limit
        assert len(service.pictures) < most, "a POST into a full set"
        remote_id = service.upload(upload.file.sha256 or "")
        row += 1
        records.append(live(row, upload.file.name.decode(), upload.file.sha256 or "", remote_id))
        if upload.replaces and not upload.swap:
            remove(upload.replaces)
    for step in decided.rest:
        remove(step.record)
    # Rows made by adoption get their number from the state.
    numbered = []
    for one in records:
        if not one.row:
            row += 1
        numbered.append(one if one.row else live(row, one.name.decode(), one.content.sha256, one.remote_id or ""))
    return Memory(tuple(numbered), tuple(ledger.foreign.values()), memory.refusals)
