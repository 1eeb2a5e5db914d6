"""`syncd images`: the service's operations on single images, directly."""

from __future__ import annotations

import hashlib
import os
import sys
from typing import TYPE_CHECKING

import click

from syncd.cli.console import Console, size
from syncd.cli.image_texts import document, people
from syncd.cli.lazy import Choice
from syncd.cli.options import Options, common, completed_paths, example, with_options
from syncd.errors import NotFound, SyncdError, UsageError
from syncd.model.names import plain, relative, shown, shown_text
from syncd.model.sets import ImageType, SetKey, is_id, is_image_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from syncd.cli.world import Remote
    from syncd.engine.take_down import TakeDown
    from syncd.model.record import Record
    from syncd.model.remote import RemoteImage

_MODEL_INPUT = ImageType.MODEL_INPUT.value
_LISTED = Choice([*map(str, ImageType), "input", "output", "all"])
_SENT = Choice([*map(str, ImageType)])


@click.group(epilog=example("syncd images list m42", "syncd images upload a.jpg --model m42 --type modelInput"))
@with_options
def images() -> None:
    """List, show, upload, delete and download single images, past the folders."""


def _id(_: click.Context, __: click.Parameter, written: str) -> str:
    return _fitting(written, is_id)


def _image_id(_: click.Context, __: click.Parameter, written: str) -> str:
    return _fitting(written, is_image_id)


def _fitting(written: str, fits: Callable[[str], bool]) -> str:
    if not fits(written):
        raise click.BadParameter(f"{shown_text(written, 100)!r} is no id of the service")
    return written


@images.command("list", epilog=example("syncd images list m42", "syncd images list m42 --type auxiliaryType --json"))
@click.argument("model", metavar="MODEL", callback=_id)
@click.option("--type", "kind", type=_LISTED, help="Only images of this type.")
@common
def list_(options: Options, *, model: str, kind: str | None) -> int:
    """List the images of a model: all of them, or those of one type."""
    from syncd.cli.world import remote

    console = Console(options)
    with remote(console) as opened:
        found = _listed(opened, model, _MODEL_INPUT if kind == "input" else kind)
    if options.json:
        console.document({"images": [document(one) for one in found]})
    elif not found:
        console.say("There are none.")
    else:
        rows = [(one.id, shown_text(one.type or "-", 40), shown_text(one.created_at or "-", 40)) for one in found]
        console.table(rows, ("id", "type", "created"), whole=0)
    return 0


def _listed(opened: Remote, model: str, kind: str | None) -> tuple[RemoteImage, ...]:
    if kind in list(ImageType):
        return opened.service.list_set(SetKey(model, ImageType(kind))).images
    everything = opened.service.list_model(model).images
    return tuple(one for one in everything if kind in (None, "all", one.type))


@images.command(epilog=example("syncd images show 5f0c2a"))
@click.argument("image", metavar="ID", callback=_image_id)
@common
def show(options: Options, *, image: str) -> int:
    """Show what the service tells of an image."""
    from syncd.cli.world import remote

    console = Console(options)
    with remote(console) as opened:
        found = _inspected(opened, image)
    if options.json:
        console.document(document(found))
    else:
        console.table(people(found))
    return 0


def _inspected(opened: Remote, image_id: str) -> RemoteImage:
    try:
        return opened.service.inspect(image_id)
    except NotFound as error:
        raise _no_such(image_id) from error


def _no_such(image_id: str) -> SyncdError:
    return SyncdError(
        f"The service knows no image {image_id}", "`syncd images list MODEL` lists what is there.", code="not-found"
    )


@images.command(epilog=example("syncd images upload a.jpg --model m42 --type modelInput"))
@click.argument("file", metavar="FILE", shell_complete=completed_paths)
@click.option("--model", required=True, metavar="M", callback=_id, help="The model's id.")
@click.option("--type", "kind", required=True, type=_SENT, help="The image's type.")
@common
def upload(options: Options, *, file: str, model: str, kind: str) -> int:
    """Upload one file, whatever the folders hold, and never more than 20 of a type.

    A content that lies in the set's folder is recorded as that file's image; any other stays foreign.
    """
    from syncd.cli.picked import pick
    from syncd.cli.world import world
    from syncd.engine.by_hand import ByHand
    from syncd.engine.targets import find_targets

    console = Console(options)
    key = SetKey(model, ImageType(kind))
    with world(console, dry_run=False, overrides={}) as made:
        picked = pick(file, made.scanning)
        targets, _ = find_targets(made.places, made.store.sets.recorded())
        target = next((one for one in targets if one.key == key), None)
        done = ByHand(made, key, target).upload(picked)
    if options.json:
        console.document(document(done.image))
    elif not done.sent:
        console.say(f"This content is up already, as {done.image.id}; nothing was sent.")
    elif done.name is not None:
        console.say(f"Uploaded as {done.image.id}, the image of {shown(done.name)} in the set {key}.")
    else:
        console.say(f"Uploaded as {done.image.id}. No folder holds it, so it is foreign: syncing never deletes it.")
    return 0


@images.command(epilog=example("syncd images delete 5f0c2a"))
@click.argument("image", metavar="ID", callback=_image_id)
@common
def delete(options: Options, *, image: str) -> int:
    """Delete one image, ours or foreign, past the brake. What the service generated (output) is not deleted."""
    from syncd.cli.world import places_of, remote
    from syncd.engine.take_down import TakeDown
    from syncd.store import open_copy

    console = Console(options)
    with remote(console) as opened:
        config = opened.loaded.config
        with open_copy(config.state.url, clock=opened.clock) as copy:
            record = copy.census.live_anywhere(image)
        path = _path_of(opened, record)
        was_there = _deleted(opened, TakeDown(opened.service, opened.clock), image, record, path)
    root = places_of(config).root
    _tell_deleted(console, image, path, root, there=was_there)
    return 0


def _deleted(opened: Remote, hand: TakeDown, image: str, record: Record | None, path: bytes | None) -> bool:
    from syncd.store import open_state

    try:
        found = hand.look(image, record)
    except NotFound as error:
        raise _no_such(image) from error
    if record is None:
        return hand.foreign(image)
    with open_state(opened.loaded.config.state.url, create=False, clock=opened.clock) as store:
        return hand.ours(store, found, path or record.name)


def _path_of(opened: Remote, record: Record | None) -> bytes | None:
    """Return where the photo of an image still lies in the folder of its set."""
    from syncd.cli.world import places_of
    from syncd.engine.take_down import file_of
    from syncd.engine.targets import find_targets

    if record is None:
        return None
    config = opened.loaded.config
    targets, _ = find_targets(places_of(config), [record.key])
    folder = next((one.folder.path for one in targets if one.key == record.key), None)
    name = file_of(folder, record, config.limits.request_bytes) if folder is not None else None
    return os.path.join(folder, name) if folder is not None and name is not None else None


def _tell_deleted(console: Console, image: str, path: bytes | None, root: bytes | None, *, there: bool) -> None:
    where = relative(path, root) if path is not None else None
    if console.options.json:
        console.document({"id": image, "deleted": there, "path": plain(where) if where is not None else None})
        return
    console.say(f"Deleted {image}." if there else f"{image} was gone already.")
    if where is not None:
        console.say(f"Its photo is still there: the next `syncd sync` uploads {shown(where)} again.")


@images.command(epilog=example("syncd images download 5f0c2a", "syncd images download 5f0c2a -o portrait.jpg"))
@click.argument("image", metavar="ID", callback=_image_id)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    shell_complete=completed_paths,
    help="Where to; `-` is stdout. Without it: the id, with its ending.",
)
@common
def download(options: Options, *, image: str, output: str | None) -> int:
    """Download the picture of an image into a file that does not exist yet."""
    from syncd.cli.world import remote

    console = Console(options)
    _check_output(output, json=options.json)
    with remote(console) as opened:
        data = opened.service.picture(_inspected(opened, image))
    if output == "-":
        sys.stdout.buffer.write(data)
        return 0
    _save(console, image, output, data)
    return 0


def _check_output(output: str | None, *, json: bool) -> None:
    from syncd.cli.picked import refuse_existing

    if output == "":
        raise UsageError("An empty name is no file", "Name a file with -o, or leave it out.")
    if output == "-" and json:
        raise UsageError("The picture and a JSON document cannot both go to stdout", "Leave one of the two out.")
    if output is not None and output != "-":
        refuse_existing(os.fsencode(output))


def _save(console: Console, image: str, output: str | None, data: bytes) -> None:
    from syncd.cli.picked import save_new
    from syncd.images.formats import FORMATS
    from syncd.images.sniff import sniff

    name = sniff(data)
    suffix = FORMATS[name].suffix if name in FORMATS else f".{name or 'bin'}"
    path = os.fsencode(output if output is not None else f"{image}{suffix}")
    save_new(path, data)
    if console.options.json:
        sha256 = hashlib.sha256(data).hexdigest()
        console.document({"id": image, "path": plain(path), "format": name, "size": len(data), "sha256": sha256})
    else:
        console.say(f"{shown(path)}: {size(len(data))}, {name or 'of no known format'}")
