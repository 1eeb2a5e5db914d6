"""What the page shows, in words: made from the facts, and set into the template, which escapes all of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from syncd import __version__
from syncd.model.counted import count
from syncd.model.names import relative, shown, shown_text
from syncd.model.time import rfc3339
from syncd.page.outlook import Facts, Outlook
from syncd.page.standing import HELD_REMEDY, state_words
from syncd.store import Daemon, Event, SetStatus

MOST_SETS = 500
"""A page of more sets is none that anyone reads; those that need a person come first."""
MOST_TROUBLES = 50
_LONGEST = 300
_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))


@dataclass(frozen=True, slots=True)
class Moment:
    """A time: for machines, and as people say it. Empty where there is none."""

    exact: str
    words: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """What people are asked to look after: a name, why, what to do (words and commands in turn), and where."""

    name: str
    detail: str
    remedy: tuple[str, ...]
    where: tuple[str, ...]


def view(outlook: Outlook) -> Mapping[str, object]:
    """Return what the template is filled with. Raises StateError."""
    facts = outlook.facts()
    first = sorted(facts.sets, key=lambda one: (one.halt is None, not one.counts.get("held"), one.key))
    ailment, troubles = outlook.ailment(), _troubles(facts, outlook.root)
    return {
        "headline": ailment or _headline(facts),
        "good": not (ailment or troubles or facts.paused),
        "daemon": _daemon(facts.daemon, facts.taken),
        "unmarked": [shown(path) for path in facts.unmarked],
        "troubles": troubles[:MOST_TROUBLES],
        "more_troubles": max(0, len(troubles) - MOST_TROUBLES),
        "sets": [_row(one, outlook.root, facts.taken) for one in first[:MOST_SETS]],
        "more": max(0, len(first) - MOST_SETS),
        "events": [_event(one, outlook.root, facts.taken) for one in outlook.events()],
        "taken": _moment(facts.taken, facts.taken),
        "version": __version__,
    }


def _headline(facts: Facts) -> str:
    if facts.paused:
        return "Paused until syncd resume"
    if not facts.sets:
        return "No set was passed over yet"
    parts = [
        f"{count(len(facts.halted), 'set')} halted" if facts.halted else "",
        f"{count(facts.images('held'), 'delete')} held" if facts.images("held") else "",
    ]
    unfit = facts.images("rejected") + facts.images("refused")
    up = f"{count(len(facts.sets), 'set')} looked after, {facts.images('up'):,} photos up"
    return ", ".join(filter(None, parts)) or (f"{up}, {unfit:,} that cannot go up" if unfit else up)


def _daemon(daemon: Daemon | None, now: float) -> Mapping[str, object] | None:
    if daemon is None:
        return None
    told = daemon.watch == "poll" or bool(daemon.remedy)
    return {
        "pid": daemon.pid,
        "host": shown_text(daemon.host, _LONGEST),
        "since": _moment(daemon.since, now),
        "watch": shown_text(f"{daemon.why} {daemon.remedy}".strip(), _LONGEST) if told else "",
    }


def _troubles(facts: Facts, root: bytes | None) -> list[Trouble]:
    found: dict[tuple[str, str, str], list[str]] = {}
    for one in facts.halted:
        if one.halt is not None:
            why = (one.halt.name.value, one.halt.detail, one.halt.remedy)
            found.setdefault(why, []).append(_folder(one, root))
    if facts.held:
        words = f"{count(sum(one.counts['held'] for one in facts.held), 'delete')} held until a person has looked"
        found["held", words, HELD_REMEDY] = [f"{_folder(one, root)} ({one.counts['held']})" for one in facts.held]
    return [
        Trouble(name, shown_text(detail, _LONGEST), tuple(shown_text(remedy, _LONGEST).split("`")), tuple(where))
        for (name, detail, remedy), where in found.items()
    ]


def _row(one: SetStatus, root: bytes | None, now: float) -> Mapping[str, object]:
    return {
        "folder": _folder(one, root),
        "model": shown_text(one.model_name, 60),
        "remote": one.remote,
        "limit": one.limit,
        "words": ", ".join(state_words(one)) or "empty",
        "mood": "bad" if one.halt is not None else "held" if one.counts.get("held") else "good",
        "success": _moment(one.last_success, now),
    }


def _event(one: Event, root: bytes | None, now: float) -> Mapping[str, object]:
    return {
        "time": _moment(one.wall, now),
        "action": one.action,
        "path": shown(relative(one.path.rstrip(b"/"), root)),
        "detail": shown_text(one.detail or (one.reason or ""), _LONGEST),
    }


def _folder(one: SetStatus, root: bytes | None) -> str:
    return shown(relative(one.folder, root))


def _moment(wall: float | None, now: float) -> Moment:
    if wall is None:
        return Moment("", "never")
    ago = now - wall
    for unit, seconds in _UNITS:
        if ago >= seconds:
            return Moment(rfc3339(wall), f"{count(int(ago // seconds), unit)} ago")
    return Moment(rfc3339(wall), "now")
