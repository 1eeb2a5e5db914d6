"""`syncd init`: a configuration to begin with, and the folders for the photos."""

from __future__ import annotations

import os
import sys
import uuid
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from syncd.cli.console import Console
from syncd.cli.init_text import KEY_FILE, config_text
from syncd.cli.options import Options, common, completed_paths, example
from syncd.cli.settings import api_key, settings
from syncd.errors import ConfigError, SyncdError, UsageError
from syncd.model.counted import count
from syncd.model.names import plain, shown
from syncd.model.sets import ImageType, SetKey

if TYPE_CHECKING:
    from syncd.config.load import Loaded

_NAME = b"syncd.toml"
_EXAMPLE = "your-model-id"


@dataclass(frozen=True, slots=True)
class Made:
    """What was laid out: the configuration, the folders of the sets, and whether they are for an example model."""

    config: bytes
    root: bytes
    folders: tuple[bytes, ...]
    example: bool
    marked: bool


@click.command(epilog=example("syncd init", "syncd init ~/photos"))
@click.argument("folder", default=".", metavar="[DIR]", shell_complete=completed_paths)
@common
def init(options: Options, *, folder: str) -> int:
    """Write a commented configuration and the folders for the models of the account, or an example one.

    The models are asked for where a key is there: in $SYNCD_API_KEY, or in DIR/api_key.
    """
    if not folder:
        raise UsageError("An empty path names no folder", "Name one, or leave it out for the current one.")
    console = Console(options)
    top = os.path.abspath(os.fsencode(folder))
    path = os.path.join(top, _NAME)
    if os.path.lexists(path):
        raise UsageError(f"{shown(path)} exists already, and is not overwritten", "Edit it, or move it away first.")
    try:
        made = _lay_out(console, top, path)
    except OSError as error:
        why = os.strerror(error.errno or 0)
        raise UsageError(f"{shown(top)} cannot be written: {why}", "Name a folder that you may write to.") from error
    _tell(console, made)
    return 0


def _lay_out(console: Console, top: bytes, path: bytes) -> Made:
    """Write everything; where that cannot be, nothing that decides anything is left behind."""
    os.makedirs(top, exist_ok=True)
    with ExitStack() as undo:
        key_file = _key_file(console, top, undo)
        _write_new(path, config_text(os.environ.get("SYNCD_SERVICE_BASE_URL"), key_file=key_file).encode(), undo)
        loaded = settings(_naming(console, path))
        models = _models(loaded)
        folders = _make_folders(loaded, models or [_EXAMPLE])
        marked = _mark(loaded)
        undo.pop_all()
    return Made(path, loaded.config.dataset.root or top, folders, example=not models, marked=marked)


def _naming(console: Console, path: bytes) -> Console:
    return Console(replace(console.options, config=os.fsdecode(path)))


def _key_file(console: Console, top: bytes, undo: ExitStack) -> bool:
    """Tell whether the folder holds a key; asks for one on a terminal where there is none at all."""
    path = os.path.join(top, os.fsencode(KEY_FILE))
    if os.path.lexists(path):
        return True
    if os.environ.get("SYNCD_API_KEY") or console.options.json or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    typed = click.prompt("API key (empty: set it later)", default="", hide_input=True, show_default=False, err=True)
    if not typed.strip():
        return False
    _write_new(path, f"{typed.strip()}\n".encode(), undo, mode=0o600)
    return True


def _write_new(path: bytes, data: bytes, undo: ExitStack, mode: int = 0o666) -> None:
    # Exclusive: whoever else writes it at this moment keeps what they wrote.
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode), "wb") as file:
        undo.callback(_remove, path)
        file.write(data)


def _remove(path: bytes) -> None:
    with suppress(OSError):
        os.unlink(path)


def _models(loaded: Loaded) -> list[str]:
    """Return the ids of the account's models; none without a key."""
    from syncd.cli.world import image_service
    from syncd.config.key import key_source
    from syncd.model.clock import MachineClock

    if key_source(loaded.config.service.api_key_file, os.environ) is None:
        return []
    try:
        with image_service(loaded.config, api_key(loaded), MachineClock()) as service:
            return [model.id for model in service.models() if not model.deleted]
    except ConfigError:
        raise
    except SyncdError as error:
        error.remedy = "Nothing was written. Mend that and run it again; without a key `syncd init` makes an example."
        raise


def _make_folders(loaded: Loaded, models: list[str]) -> tuple[bytes, ...]:
    from syncd.scan.discover import folder_of

    dataset = loaded.config.dataset
    keys = [SetKey(model, kind) for model in models for kind in ImageType]
    folders = tuple(folder_of(dataset.root or b".", dataset.layout, key).path for key in keys)
    for folder in folders:
        os.makedirs(folder, exist_ok=True)
    return folders


def _mark(loaded: Loaded) -> bool:
    """Mark the root, and remember that in the state, so that no one takes the state for lost later."""
    from syncd.engine.roots import Roots
    from syncd.model.clock import MachineClock
    from syncd.store import open_state

    root = loaded.config.dataset.root or b"."
    clock = MachineClock()
    with open_state(loaded.config.state.url, create=True, clock=clock) as store:
        roots = Roots(store, clock.now(), lambda: str(uuid.uuid4()), dry_run=False)
        verdict = roots.check([root], ())[root]
    if verdict.halt is not None:
        raise SyncdError(f"The state does not fit this folder: {verdict.halt.detail}", verdict.halt.remedy)
    return verdict.marked


def _tell(console: Console, made: Made) -> None:
    if console.options.json:
        folders = [plain(folder) for folder in made.folders]
        document = {"config": plain(made.config), "root": plain(made.root), "folders": folders, "example": made.example}
        console.document(document)
        return
    if not made.marked:
        console.warn(f"{shown(made.root)} bears no marker, as none could be written; deletes there will be cautious.")
    console.say(f"Written: {shown(made.config)}")
    for folder in made.folders:
        console.say(f"Folder:  {shown(folder)}")
    if made.example:
        console.say(f"\nNo API key yet, so {_EXAMPLE} is an example. Set SYNCD_API_KEY, or put the key into the file")
        console.say(f"{KEY_FILE} beside the configuration (chmod 600) and name it there; then `syncd models` lists the")
        console.say("ids that the folders must bear.")
    else:
        console.say(f"\n{count(len(made.folders) // 2, 'model')} of the account. Put photos into the folders, then:")
    console.say("  syncd sync --dry-run" + ("" if _is_found(made.config) else f" --config {shown(made.config)}"))


def _is_found(config: bytes) -> bool:
    """Tell whether a command finds this configuration by itself, from here."""
    from syncd.config.places import Places

    try:
        return Places(os.environ, os.getcwdb()).find() == config
    except ConfigError:
        return False
