"""What a person decides: `approve`, `forget`, `retry`. Each writes to the state; the next pass acts on it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from syncd.cli.console import Console
from syncd.cli.options import Options, common, completed_paths, example
from syncd.model.counted import count
from syncd.model.names import natural_key, plain, relative, shown
from syncd.model.words import HaltName

if TYPE_CHECKING:
    from syncd.cli.world import Session
    from syncd.engine.world import Target
    from syncd.store import Hold

_FOLLOWS = {
    HaltName.ROOT_CHANGED: "the folder as it was last looked at is taken for the root",
    HaltName.ROOT_CLAIMED: "this root takes the set over",
    HaltName.REMOTE_MASS_MISSING: "the missing images are uploaded again",
    HaltName.REMOTE_UNCLASSIFIED: "images that cannot be told apart are taken for foreign; the photos go up again",
    HaltName.ACCOUNT_CHANGED: "the old account's images are forgotten, and the photos go up to the new one",
}


@click.command(epilog=example("syncd approve models/m42/modelInput", "syncd approve"))
@click.argument("paths", nargs=-1, metavar="[PATH]...", shell_complete=completed_paths)
@common
def approve(options: Options, *, paths: tuple[str, ...]) -> int:
    """Release the deletes that are held, and the halts that wait, at this moment, once.

    The daemon, or the next `syncd sync`, then does them.
    """
    from syncd.cli.paths import chosen_targets
    from syncd.cli.world import session
    from syncd.model.clock import MachineClock

    console = Console(options)
    with session(console, writing=False) as looked:
        targets = chosen_targets(looked, paths)
        scopes = {str(target.key): target for target in targets}
        waiting = [hold for hold in looked.store.holds.list() if hold.scope in scopes and hold.approved_at is None]
        names = {
            record.remote_id: record.name
            for target in targets
            for record in looked.store.records.load(target.key).records
            if record.remote_id is not None
        }
        root = looked.places.root
    if not waiting:
        _tell(console, [], [])
        return 0
    with session(console, writing=True) as opened:
        released = list(opened.store.holds.approve(list(scopes), MachineClock().now()))
    released = sorted(released, key=lambda hold: (hold.scope, natural_key(names.get(hold.remote_id, b""))))
    told = [_released(hold, scopes[hold.scope], names.get(hold.remote_id), root) for hold in released]
    _tell(console, [row for row, _ in told], [document for _, document in told])
    return 0


def _released(
    hold: Hold, target: Target, name: bytes | None, root: bytes | None
) -> tuple[tuple[str, str, str], dict[str, object]]:
    path = relative(os.path.join(target.folder.path, name) if name else target.folder.path, root)
    follows = "its image will be deleted" if hold.remote_id else _FOLLOWS.get(HaltName(hold.kind), hold.detail)
    document: dict[str, object] = {
        "model_id": target.key.model_id,
        "image_type": target.key.image_type.value,
        "path": plain(path),
        "reason": hold.kind,
        "remote_id": hold.remote_id or None,
        "detail": follows,
    }
    return (shown(path), hold.kind, follows), document


def _tell(console: Console, rows: list[tuple[str, str, str]], documents: list[dict[str, object]]) -> None:
    if console.options.json:
        console.document({"released": documents})
    elif not rows:
        console.say("Nothing is held and no halt waits there.")
    else:
        console.table(rows)
        console.say(f"{count(len(rows), 'decision')} released; the daemon or the next `syncd sync` acts on it.")


@click.command(epilog=example("syncd forget models/m42/modelInput"))
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", shell_complete=completed_paths)
@common
def forget(options: Options, *, paths: tuple[str, ...]) -> int:
    """Keep the images whose deletes are held: they become foreign, and are never deleted by syncing."""
    from syncd.cli.paths import chosen_targets
    from syncd.cli.world import session

    console = Console(options)
    forgotten: list[dict[str, object]] = []
    with session(console, writing=True) as opened:
        for target in chosen_targets(opened, paths):
            rows = _unwanted(opened, target)
            forgotten += [
                {
                    "model_id": target.key.model_id,
                    "image_type": target.key.image_type.value,
                    "path": plain(relative(os.path.join(target.folder.path, record.name), opened.places.root)),
                    "remote_id": record.remote_id,
                }
                for record in opened.store.records.forget(target.key, rows)
            ]
    if options.json:
        console.document({"forgotten": forgotten})
    elif forgotten:
        kept = "it" if len(forgotten) == 1 else "them"
        console.say(f"{count(len(forgotten), 'image')} kept there; syncing will never delete {kept}.")
    else:
        console.say("No delete is held there, and no image has lost its photo.")
    return 0


def _unwanted(opened: Session, target: Target) -> list[int]:
    held = {hold.remote_id for hold in opened.store.holds.list() if hold.scope == str(target.key) and hold.remote_id}
    records = opened.store.records.load(target.key).records
    return [
        record.row
        for record in records
        if record.remote_id is not None
        and (record.remote_id in held or not os.path.lexists(os.path.join(target.folder.path, record.name)))
    ]


@click.command(epilog=example("syncd retry", "syncd retry models/m42/modelInput"))
@click.argument("paths", nargs=-1, metavar="[PATH]...", shell_complete=completed_paths)
@common
def retry(options: Options, *, paths: tuple[str, ...]) -> int:
    """Forget refusals and back-off: what the service refused is sent once more."""
    from syncd.cli.paths import chosen_targets
    from syncd.cli.world import session

    console = Console(options)
    with session(console, writing=True) as opened:
        forgotten = sum(opened.store.records.retry(target.key) for target in chosen_targets(opened, paths))
    if options.json:
        console.document({"retried": forgotten})
    else:
        console.say(_retried(forgotten))
    return 0


def _retried(forgotten: int) -> str:
    if not forgotten:
        return "Nothing was refused there. What the daemon was to try again later it tries at once."
    return f"{count(forgotten, 'photo')} will be sent again by the daemon or the next `syncd sync`."
