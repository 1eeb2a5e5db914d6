"""`syncd status`: how every set stood after its last pass. Reads the state alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syncd.cli.console import Console, count
from syncd.cli.options import Options, common, example
from syncd.model.names import plain, shown, shown_text
from syncd.model.sets import ImageType
from syncd.model.time import rfc3339

if TYPE_CHECKING:
    from syncd.store import SetStatus

_COUNTS = ("up", "pending", "waiting", "rejected", "refused", "held", "foreign", "duplicate")
TRAINING_LEAST = 12
"""Training images that the service wants before it trains a model."""


@click.command(epilog=example("syncd status", "syncd status --json"))
@common
def status(options: Options) -> int:
    """Show every set: slots used, what is up, pending, waiting, rejected, refused, held, foreign, and halts."""
    from syncd.cli.plans import relative
    from syncd.cli.world import session

    console = Console(options)
    with session(console, writing=False) as opened:
        sets = opened.store.sets.all()
        paused = opened.store.meta.paused()
        roots = opened.store.meta.roots()
        root = opened.places.root
    if options.json:
        documents = [_document(one, relative(one.folder, root)) for one in sets]
        console.document({"sets": documents, "paused": paused, "watch": None, "daemon": None})
        return 0
    for one in roots:
        if one.uuid is None:
            console.warn(f"{shown(one.path)} bears no marker, as none could be written; deletes there are cautious.")
    _table(console, sets, root)
    if paused:
        console.say("Paused: the daemon rests until `syncd resume`.")
    return 0


def _document(one: SetStatus, folder: bytes) -> dict[str, object]:
    return {
        "model_id": one.key.model_id,
        "model_name": one.model_name or None,
        "image_type": one.key.image_type.value,
        "folder": plain(folder),
        "limit": one.limit,
        "remote": one.remote,
        **{word: one.counts.get(word, 0) for word in _COUNTS},
        "halt": one.halt.name.value if one.halt is not None else None,
        "halt_detail": one.halt.detail if one.halt is not None else None,
        "halt_remedy": one.halt.remedy if one.halt is not None else None,
        "training_ready": _ready(one),
        "last_success": rfc3339(one.last_success) if one.last_success is not None else None,
    }


def _ready(one: SetStatus) -> bool | None:
    if one.key.image_type is not ImageType.MODEL_INPUT:
        return None
    return one.remote >= TRAINING_LEAST


def _table(console: Console, sets: tuple[SetStatus, ...], root: bytes | None) -> None:
    from syncd.cli.plans import relative

    if not sets:
        console.say("No set was passed over yet; `syncd sync` does that.")
        return
    rows = [
        (shown(relative(one.folder, root)), shown_text(one.model_name, 30), f"{one.remote}/{one.limit}", _words(one))
        for one in sets
    ]
    console.listing(rows, ("set", "model", "slots", "state"))
    for one in sets:
        if one.halt is not None:
            folder = shown(relative(one.folder, root))
            console.say(f"{folder} is halted, {one.halt.name.value}: {one.halt.detail.rstrip('.')}; {one.halt.remedy}")


def _words(one: SetStatus) -> str:
    words = [f"{one.counts[word]} {word}" for word in _COUNTS if one.counts.get(word)]
    if one.halt is not None:
        words.insert(0, f"halted: {one.halt.name.value}")
    if _ready(one) is False:
        words.append(f"{count(TRAINING_LEAST - one.remote, 'image')} short of training")
    elif _ready(one):
        words.append("ready to train")
    last = rfc3339(one.last_success) if one.last_success is not None else "never"
    return f"{', '.join(words) or 'empty'} · in sync {last}"
