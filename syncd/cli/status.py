"""`syncd status`: how every set stood after its last pass. Reads the state alone."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from syncd.cli.console import Console, moment
from syncd.cli.options import Options, common, example
from syncd.errors import UsageError
from syncd.model.names import plain, relative, shown, shown_text
from syncd.model.sets import SetKey
from syncd.model.time import rfc3339
from syncd.page.standing import COUNTS, HELD_REMEDY, state_words, training_ready

if TYPE_CHECKING:
    from syncd.plan.remarks import Remark
    from syncd.store import Daemon, Root, SetStatus

WATCH_SECONDS = 1.0
"""Between two looks of `--watch`."""


@dataclass(frozen=True, slots=True)
class Standing:
    """All that `status` tells, as of one moment."""

    sets: tuple[SetStatus, ...]
    roots: tuple[Root, ...]
    root: bytes | None
    paused: bool
    daemon: Daemon | None
    remarks: Mapping[SetKey, tuple[Remark, ...]]


@click.command(epilog=example("syncd status", "syncd status --watch", "syncd status --json"))
@click.option("--watch", is_flag=True, help="Stay, and show it again whenever it changed.")
@common
def status(options: Options, *, watch: bool) -> int:
    """Show every set: slots used, what is up, pending, waiting, rejected, refused, held, foreign, and halts."""
    console = Console(options)
    if watch and options.json:
        raise UsageError("--watch is for people, and --json gives one document", "Leave one of them out.")
    standing = _look(console)
    if options.json:
        console.document(_whole_document(standing))
        return 0
    _show(console, standing)
    while watch:
        standing = _changed(console, standing)
        click.clear()
        _show(console, standing)
    return 0


def _look(console: Console, before: Standing | None = None) -> Standing:
    from syncd.cli.world import session
    from syncd.engine.remarks import remarks_of
    from syncd.model.clock import MachineClock

    with session(console, writing=False) as opened:
        store = opened.store
        daemon = store.presence.look(MachineClock().now())
        sets = store.sets.all()
        known = before is not None and before.sets == sets
        told = before.remarks if known and before else {one.key: remarks_of(store, one.key) for one in sets}
        return Standing(sets, store.meta.roots(), opened.places.root, store.meta.paused(), daemon, told)


def _changed(console: Console, before: Standing) -> Standing:
    """Wait until it stands otherwise than before."""
    from syncd.model.clock import MachineClock

    clock = MachineClock()
    while True:
        clock.sleep(WATCH_SECONDS)
        if (now := _look(console, before)) != before:
            return now


def _show(console: Console, standing: Standing) -> None:
    for one in standing.roots:
        if one.uuid is None:
            console.warn(f"{shown(one.path)} bears no marker, as none could be written; deletes there are cautious.")
    _table(console, standing.sets, standing.root)
    _show_remarks(console, standing)
    if standing.daemon is not None:
        _show_daemon(console, standing.daemon)
    if standing.paused:
        console.say("Paused: the daemon rests until `syncd resume`.")


def _show_remarks(console: Console, standing: Standing) -> None:
    for one in standing.sets:
        for remark in standing.remarks[one.key]:
            path = relative(os.path.join(one.folder, remark.name), standing.root)
            console.say(f"{shown(path)} is {shown_text(remark.detail, 300)}")


def _show_daemon(console: Console, daemon: Daemon) -> None:
    console.say(f"A daemon is at work: process {daemon.pid} on {daemon.host}, since {moment(daemon.since)}.")
    if daemon.watch == "poll" or daemon.remedy:
        console.say(f"It is not told of every change: {daemon.why} {daemon.remedy}".rstrip())


def _whole_document(standing: Standing) -> dict[str, object]:
    daemon = standing.daemon
    return {
        "sets": [
            {**_document(one, relative(one.folder, standing.root)), "warnings": _warnings(standing, one)}
            for one in standing.sets
        ],
        "paused": standing.paused,
        "watch": daemon.watch if daemon is not None else None,
        "daemon": _daemon_document(daemon) if daemon is not None else None,
    }


def _warnings(standing: Standing, one: SetStatus) -> list[dict[str, str]]:
    return [
        {
            "path": plain(relative(os.path.join(one.folder, remark.name), standing.root)),
            "warning": remark.warning,
            "detail": remark.detail,
        }
        for remark in standing.remarks[one.key]
    ]


def _daemon_document(daemon: Daemon) -> dict[str, object]:
    return {
        "pid": daemon.pid,
        "host": daemon.host,
        "since": rfc3339(daemon.since),
        "watch_why": daemon.why,
        "watch_remedy": daemon.remedy or None,
    }


def _document(one: SetStatus, folder: bytes) -> dict[str, object]:
    return {
        "model_id": one.key.model_id,
        "model_name": one.model_name or None,
        "image_type": one.key.image_type.value,
        "folder": plain(folder),
        "limit": one.limit,
        "remote": one.remote,
        **{word: one.counts.get(word, 0) for word in COUNTS},
        "halt": one.halt.name.value if one.halt is not None else None,
        "halt_detail": one.halt.detail if one.halt is not None else None,
        "halt_remedy": one.halt.remedy if one.halt is not None else None,
        "training_ready": training_ready(one),
        "last_success": rfc3339(one.last_success) if one.last_success is not None else None,
    }


def _table(console: Console, sets: tuple[SetStatus, ...], root: bytes | None) -> None:
    from syncd.cli.plans import halt_words, say_remedies

    if not sets:
        console.say("No set was passed over yet; `syncd sync` does that.")
        _show_missing(console, root)
        return
    rows = [
        (shown(relative(one.folder, root)), shown_text(one.model_name, 30), f"{one.remote}/{one.limit}", _words(one))
        for one in sets
    ]
    console.listing(rows, ("set", "model", "slots", "state"))
    halts = [one.halt for one in sets if one.halt is not None]
    for words in dict.fromkeys(map(halt_words, halts)):
        console.say(f"  {words}")
    say_remedies(console, halts)
    if any(one.counts.get("held") for one in sets):
        console.say(f"  what to do about held deletes: {HELD_REMEDY}")


def _show_missing(console: Console, root: bytes | None) -> None:
    """Tell of a root that is not there: without one there is no set that could tell of it."""
    from syncd.engine.roots import missing

    if root is not None and not os.path.isdir(root):
        halt = missing(root)
        console.warn(f"{halt.detail}: {halt.remedy}.")


def _words(one: SetStatus) -> str:
    last = f"in sync {moment(one.last_success)}" if one.last_success is not None else "never in sync yet"
    return f"{', '.join(state_words(one)) or 'empty'} · {last}"
