"""The images that we do not know: ours by content, or foreign. No upload before each of them is one or the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from syncd.model.local import LocalFile, LocalSnapshot
from syncd.model.names import natural_key
from syncd.model.plan import Adopt, Halt, Look, MarkForeign
from syncd.model.record import Content, Foreign, Memory, RecordState
from syncd.model.remote import Picture, RemoteImage
from syncd.model.time import Instant
from syncd.model.words import HaltName
from syncd.plan.compare import Fidelity, Verdict, fidelity, same
from syncd.plan.ledger import Ledger
from syncd.plan.mistaken import shown

ECHOES = 3
"""So many pictures of ours are looked at to learn what the service makes of pictures."""

_UNSEEN = Picture(problem="it could not be looked at")


@dataclass(slots=True)
class Suspicion:
    """What is left open: the contents that an image not told apart may be, and the ids of such images."""

    contents: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A content that an unknown image may be, and the file that bears it here, if any."""

    content: Content
    file: LocalFile | None


def classify(ledger: Ledger, local: LocalSnapshot, look: Look, memory: Memory) -> tuple[Suspicion, Halt | None]:
    """Tell of each unknown image what it is, the older ones first, and remember it."""
    unknown = _unknown(ledger, look)
    candidates = _candidates(ledger, local)
    known = _fidelity(ledger, unknown, candidates, look)
    suspicion = Suspicion()
    for image in unknown:
        picture = look.pictures.get(image.id, _UNSEEN)
        verdicts = _verdicts(picture, candidates, known)
        equal = [candidates[sha256] for sha256, verdict in verdicts.items() if verdict is Verdict.SAME]
        if equal:
            _take(ledger, image, picture, _nearest(ledger, picture, equal))
        else:
            _set_aside(ledger, image, picture, verdicts, suspicion)
    return suspicion, _settle_suspicion(ledger, look, memory, suspicion)


def adopt_foreign(ledger: Ledger, local: LocalSnapshot, look: Look) -> None:
    """Take over an image that was foreign and now equals a photo of the folder: it is up already."""
    for sha256, candidate in _candidates(ledger, local).items():
        if candidate.file is None or ledger.holder(sha256, RecordState.LIVE, RecordState.BEGUN, RecordState.DELETING):
            continue
        for foreign in _equal_foreign(ledger, look, candidate.content):
            ledger.change([Adopt(foreign.remote_id, candidate.file.name, candidate.content)])
            break


def content_of(file: LocalFile) -> Content:
    """Describe a file that may go up, by its own digest, and by digest and looks of what is sent for it."""
    sha256, copy = file.sha256 or "", file.copy
    if copy is None:
        return Content(sha256, sha256, file.size, file.judgement.format or "", file.judgement.likeness)
    return Content(sha256, copy.sha256, file.size, copy.format, copy.likeness)


def _unknown(ledger: Ledger, look: Look) -> list[RemoteImage]:
    known = ledger.by_id().keys() | {remote_id for remote_id in ledger.foreign if not _seen_anew(remote_id, look)}
    # Of those that the listing lacks and that were asked for, only what was taken back from its upload is not known.
    return sorted(
        (image for image in shown(look).values() if image.id not in known),
        key=lambda image: (image.created_at, image.id),
    )


def _seen_anew(remote_id: str, look: Look) -> bool:
    """Tell whether a foreign image could be looked at now, whose picture was not to be had before."""
    return not look.pictures.get(remote_id, _UNSEEN).problem


def _candidates(ledger: Ledger, local: LocalSnapshot) -> dict[str, _Candidate]:
    found: dict[str, _Candidate] = {}
    for file in sorted(local.files, key=lambda file: natural_key(file.name)):
        if file.judgement.accepted and file.sha256:
            found.setdefault(file.sha256, _Candidate(content_of(file), file))
    for record in ledger:
        file_or_none = found[record.content.sha256].file if record.content.sha256 in found else None
        if file_or_none is None or record.state is not RecordState.GONE:
            # What was sent is known best by its record: it may have been another encoding of the file.
            found[record.content.sha256] = _Candidate(record.content, file_or_none)
    return found


def wants_echoes(local: LocalSnapshot, look: Look, memory: Memory, now: Instant) -> tuple[str, ...]:
    """Return some images of ours whose pictures would tell what the service makes of pictures, where that matters."""
    ledger = Ledger(local.key, memory, now)
    unknown = _unknown(ledger, look)
    if not unknown:
        return ()
    candidates = _candidates(ledger, local)
    known = _fidelity(ledger, unknown, candidates, look)
    verdicts = (_verdicts(look.pictures.get(image.id, _UNSEEN), candidates, known) for image in unknown)
    if not any(Verdict.UNDECIDED in each.values() and Verdict.SAME not in each.values() for each in verdicts):
        return ()
    live = {one.remote_id for one in ledger.by_state(RecordState.LIVE)}
    return tuple(sorted(remote_id for remote_id in look.listing.ids if remote_id in live))[:ECHOES]


def _nearest(ledger: Ledger, picture: Picture, equal: Iterable[_Candidate]) -> _Candidate:
    """Return the candidate that a picture is: of several with the same pixels that of its bytes, or one on its way."""

    def rank(candidate: _Candidate) -> tuple[bool, bool]:
        content = candidate.content
        has_its_bytes = picture.sha256 in (content.sha256, content.sent_sha256)
        return not has_its_bytes, ledger.holder(content.sha256, RecordState.BEGUN) is None

    return min(equal, key=rank)


def _verdicts(picture: Picture, candidates: Mapping[str, _Candidate], known: Fidelity) -> Mapping[str, Verdict]:
    contents = [candidate.content for candidate in candidates.values()]
    return {sha256: same(candidate.content, picture, known, contents) for sha256, candidate in candidates.items()}


def _fidelity(ledger: Ledger, unknown: list[RemoteImage], candidates: Mapping[str, _Candidate], look: Look) -> Fidelity:
    # One unknown picture that came back byte for byte is evidence that the service does not re-encode.
    sent = {candidate.content.sent_sha256 for candidate in candidates.values()} | candidates.keys()
    if any(look.pictures.get(image.id, _UNSEEN).sha256 in sent for image in unknown):
        return Fidelity(exact=True)
    ours = ledger.by_id()
    return fidelity(
        (ours[remote_id].content, picture) for remote_id, picture in look.echoes.items() if remote_id in ours
    )


def _set_aside(
    ledger: Ledger, image: RemoteImage, picture: Picture, verdicts: Mapping[str, Verdict], suspicion: Suspicion
) -> None:
    open_contents = {
        sha256
        for sha256, verdict in verdicts.items()
        if verdict is Verdict.UNDECIDED and ledger.holder(sha256, RecordState.LIVE, RecordState.DELETING) is None
    }
    if image.id in ledger.foreign:
        ledger.change([MarkForeign(image.id, picture, ledger.foreign[image.id].why)])
    elif open_contents:
        suspicion.contents |= open_contents
        suspicion.ids.add(image.id)
    else:
        ledger.change([MarkForeign(image.id, picture, "not-ours")])


def _take(ledger: Ledger, image: RemoteImage, picture: Picture, candidate: _Candidate) -> None:
    sha256 = candidate.content.sha256
    begun = ledger.holder(sha256, RecordState.BEGUN)
    if begun is not None:
        ledger.change([Adopt(image.id, begun.name, begun.content, begun)])
        return
    up = ledger.holder(sha256, RecordState.LIVE, RecordState.DELETING)
    ours = ledger.sent_lately(sha256)
    if up is not None:
        # Also where the other copy is missed: it takes that one's place once that is proven gone.
        ledger.change(
            [Adopt(image.id, up.name, up.content, surplus=True)] if ours else [MarkForeign(image.id, picture, "twin")]
        )
    elif candidate.file is not None or ours:
        ledger.change([_adoption(ledger, image, candidate)])
    else:
        ledger.change([MarkForeign(image.id, picture, "not-ours")])


def _adoption(ledger: Ledger, image: RemoteImage, candidate: _Candidate) -> Adopt:
    lapsed = ledger.holder(candidate.content.sha256, RecordState.LAPSED)
    name = candidate.file.name if candidate.file else _last_name(ledger, candidate.content.sha256)
    return Adopt(image.id, name, candidate.content, lapsed)


def _last_name(ledger: Ledger, sha256: str) -> bytes:
    return next(record.name for record in ledger if record.content.sha256 == sha256)


def _settle_suspicion(ledger: Ledger, look: Look, memory: Memory, suspicion: Suspicion) -> Halt | None:
    if not suspicion.ids:
        return None
    # Also one that seems not to have happened: it came up late, and cannot be seen now.
    sent = {record.content.sha256 for record in ledger.by_state(RecordState.BEGUN, RecordState.LAPSED)}
    if sent & suspicion.contents:
        suspicion.contents &= sent
        return None
    if not memory.whole and HaltName.REMOTE_UNCLASSIFIED not in memory.approved:
        return _unclassified(len(suspicion.ids))
    ledger.change(
        MarkForeign(remote_id, look.pictures.get(remote_id, _UNSEEN), "not-comparable")
        for remote_id in sorted(suspicion.ids)
    )
    suspicion.ids.clear()
    suspicion.contents.clear()
    return None


def _equal_foreign(ledger: Ledger, look: Look, content: Content) -> list[Foreign]:
    there = shown(look)
    up = (foreign for foreign in ledger.foreign.values() if foreign.remote_id in there)
    return [one for one in up if same(content, one.picture) is Verdict.SAME]


def _unclassified(count: int) -> Halt:
    return Halt(
        HaltName.REMOTE_UNCLASSIFIED,
        f"the state was lost, and {count} images of the service cannot be told from the photos here",
        "`syncd approve PATH` takes them for foreign: they stay, and the photos here are uploaded",
    )
