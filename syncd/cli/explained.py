"""What is so of one file, why, and what to do, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from syncd.model.names import shown
from syncd.model.words import Action, HaltName, Reason

if TYPE_CHECKING:
    from syncd.model.plan import Operation
    from syncd.store import SetStatus


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is so of one file, in the words of the contract."""

    state: str
    reason: str | None = None
    detail: str = ""
    remedy: str = ""
    remote_id: str | None = None


def of_set(status: SetStatus | None) -> Explanation:
    """Explain a set as a whole, by what the last pass left."""
    if status is None:
        return Explanation("pending", None, "this set was not passed over yet", NEXT)
    if status.halt is not None:
        return Explanation("halted", status.halt.name.value, status.halt.detail, status.halt.remedy)
    words = ", ".join(f"{number} {word}" for word, number in status.counts.items() if number)
    return Explanation("set", None, words or "empty")


def ignored(pattern: str | None) -> Explanation:
    """Explain a name that the pattern given keeps out; None: the marker."""
    from syncd.config.ignore import BUILT_IN

    if pattern is None:
        return Explanation("ignored", None, "it is the marker that syncd itself put here")
    if pattern in BUILT_IN:
        why = f"its name matches {pattern}, which is always ignored"
        return Explanation("ignored", None, why, f"rename it, or add `!{pattern}` to dataset.ignore")
    why = f"its name matches {pattern} in dataset.ignore"
    return Explanation("ignored", None, why, "rename it, or take the pattern out there")


def of_missing(told: tuple[Operation, ...], *, deletes: bool) -> Explanation:
    """Explain a name without a file, by what was told of it, and whether the configuration lets images go."""
    last = next((one for one in told if one.action is Action.HELD), next(iter(told), None))
    if last is None:
        return Explanation("unknown", None, "there is no such file, and none was ever seen", "check the name")
    if last.action is Action.HELD:
        return of_operation(last)
    if last.action is Action.DELETE:
        return Explanation("gone", Reason.REMOVED_LOCALLY.value, "the file was removed, and its image deleted")
    if last.action is Action.UNCHANGED and last.detail:
        return Explanation("gone", None, last.detail, NEXT if deletes else KEPT, last.remote_id)
    return Explanation("gone", None, "the file is gone since the last pass", NEXT)


def of_operation(one: Operation | None) -> Explanation:
    """Explain a file by what the last pass meant to do with it."""
    from syncd.engine.report import standing

    if one is None:
        return Explanation("pending", None, "it was not looked at yet", NEXT)
    state = standing(one)
    reason = one.reason.value if one.reason is not None else None
    detail = one.detail or (f"the same bytes as {shown(one.same_as)}" if one.same_as else "")
    remedy = REMEDIES.get(one.reason, "") if one.reason is not None and state != "up" else ""
    return Explanation(state, reason if state != "up" else None, detail, remedy, one.remote_id)


def with_halt(found: Explanation, status: SetStatus | None) -> Explanation:
    """Explain by the halt of its set what could not come to its end."""
    if status is None or status.halt is None or found.state not in ("pending", "waiting", "refused", "unknown"):
        return found
    halt = status.halt
    return Explanation(found.state, halt.name.value, f"its set is halted: {halt.detail}", halt.remedy, found.remote_id)


HIDING = frozenset({HaltName.ROOT_MISSING, HaltName.ROOT_CHANGED, HaltName.FOLDER_UNREADABLE})
"""Halts under which a file that is not seen may be there all the same."""

NEXT = "the next look"
"""Stands for what is to be done where all waits for a look; who takes it depends on the daemon."""

KEPT = "nothing, if the image is to stay up; else set deletes.enabled = true"
MOVE = "move it into the folder of a set"
REMEDIES = {
    Reason.OVER_LIMIT: "nothing: it goes up when a slot frees; remove a photo to make room",
    Reason.UNSUPPORTED_FORMAT: "save it as jpg, png, webp or heic",
    Reason.CORRUPT: "copy it again from where it came",
    Reason.TOO_LARGE: "save a smaller copy",
    Reason.EMPTY: "copy it again from where it came",
    Reason.NOT_AN_IMAGE: "put a photo here, or move it away",
    Reason.TOO_MANY_PIXELS: "save a smaller copy",
    Reason.REFUSED_BY_SERVICE: "change the photo, or `syncd retry PATH` to send it once more",
    Reason.SET_EMPTIED: "`syncd approve PATH` deletes the image, `syncd forget PATH` keeps it; or put the photo back",
    Reason.TOO_MANY_DELETES: "`syncd approve PATH` deletes the image, `syncd forget PATH` keeps it",
    Reason.UNREADABLE: "give the user of syncd the right to read it",
    Reason.CHANGED_WHILE_READING: NEXT,
    Reason.ANSWER_UNKNOWN: "nothing: syncd looks whether it is up before it sends it again",
    Reason.SAME_CONTENT: "nothing: one copy of a photo in a set is enough",
    Reason.NEW: NEXT,
    Reason.CONTENT_CHANGED: NEXT,
    Reason.MISSING_REMOTELY: NEXT,
}
