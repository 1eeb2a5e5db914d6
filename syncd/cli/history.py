"""`syncd history`: what was done, when, and why. Reads the state alone."""

from __future__ import annotations

import heapq
import os
import shlex
import sys
from typing import TYPE_CHECKING

import click

from syncd.cli.console import Console, moment
from syncd.cli.lazy import Count
from syncd.cli.options import Options, common, completed_paths, example
from syncd.model.names import plain, relative, shown, shown_text
from syncd.model.time import rfc3339

if TYPE_CHECKING:
    from syncd.cli.world import Session
    from syncd.store import Event

_LINES = 50
"""How many events people are shown unless they say how many."""


@click.command(epilog=example("syncd history", "syncd history -n 10 models/m42/modelInput/a.jpg"))
@click.argument("path", required=False, metavar="[PATH]", shell_complete=completed_paths)
@click.option("-n", "--limit", type=Count(), metavar="N", help=f"At most N ({_LINES}; with --json all).")
@common
def history(options: Options, *, path: str | None, limit: int | None) -> int:
    """Tell what was done, when, and why, the newest first: everywhere, or at and below PATH. Kept for 90 days."""
    from syncd.cli.world import session

    console = Console(options)
    most = limit or (sys.maxsize - 1 if options.json else _LINES)
    with session(console, writing=False) as opened:
        # One more than is shown tells whether there are more.
        events = _events(opened, path, most + 1)
        root = opened.places.root
    paths = [relative(event.path.rstrip(b"/"), root) for event in events[:most]]
    if options.json:
        documents = [_document(event, where) for event, where in zip(events, paths, strict=False)]
        console.document({"events": documents})
        return 0
    _table(console, events[:most], paths)
    if len(events) > most:
        where = f" {shlex.quote(shown(os.fsencode(path)))}" if path else ""
        console.note(f"There is more: `syncd history{where} --limit {most * 2}`.")
    return 0


def _events(opened: Session, path: str | None, limit: int) -> list[Event]:
    recent = opened.store.history.recent
    if path is None:
        return list(recent(limit=limit))
    found = [recent(place, limit) for place in _meant(opened, path)]
    newest_first = heapq.merge(*found, key=lambda event: event.wall, reverse=True)
    return [event for event, _ in zip(newest_first, range(limit), strict=False)]


def _meant(opened: Session, path: str) -> list[bytes]:
    """Return what a path means as events name it: a file, a set's folder, or the folders of all sets below it."""
    from syncd.cli.paths import all_targets, chosen_targets
    from syncd.engine.targets import candidates, locate

    targets = all_targets(opened)
    located = filter(None, (locate(targets, each) for each in candidates(path, opened.places, os.getcwdb())))
    places = [os.path.join(target.folder.path, name) if name else target.folder.path for target, name in located]
    if places:
        # Of several readings the one that something was done with is meant.
        return [next((place for place in places if opened.store.history.recent(place, 1)), places[0])]
    return [target.folder.path for target in chosen_targets(opened, (path,))]


def _document(event: Event, path: bytes) -> dict[str, object]:
    return {
        "time": rfc3339(event.wall),
        "action": event.action,
        "path": plain(path),
        "reason": event.reason,
        "remote_id": event.remote_id,
        "detail": event.detail,
    }


def _table(console: Console, events: list[Event], paths: list[bytes]) -> None:
    if not events:
        console.say("Nothing was done yet there.")
        return
    rows = [
        (moment(event.wall), event.action, shown(path), shown_text(event.detail or (event.reason or ""), 300))
        for event, path in zip(events, paths, strict=True)
    ]
    console.listing(rows)
