"""`syncd models`: what the account has."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from syncd.cli.console import Console
from syncd.cli.options import Options, common, example
from syncd.errors import ExitCode, NotFound, UnexpectedAnswer, worst
from syncd.model.names import shown_text
from syncd.model.sets import ImageType, SetKey

if TYPE_CHECKING:
    from syncd.model.remote import RemoteModel
    from syncd.service.client import ImageService

_TYPES = (*map(str, ImageType), "output")
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Counted:
    """A model and its images by type; None where they could not be counted, for the reason given."""

    model: RemoteModel
    images: dict[str, int] | None
    problem: str = ""


@click.command(epilog=example("syncd models", "syncd models --json"))
@common
def models(options: Options) -> int:
    """List the account's models: id, name, status, and how many images of each type they have."""
    from syncd.cli.world import remote

    console = Console(options)
    with remote(console) as opened:
        counted = _all(opened.service)
    for one in counted:
        if one.problem:
            console.warn(f"The images of {one.model.id} could not be counted: {one.problem}")
    if options.json:
        console.document({"models": [_document(one) for one in counted]})
    else:
        _table(console, counted)
    return worst([ExitCode.SOME_FAILED for one in counted if one.problem])


def _all(service: ImageService) -> list[Counted]:
    found = service.models()
    pool = ThreadPoolExecutor(_AT_ONCE, "syncd-models")
    try:
        return list(pool.map(lambda model: _counted(service, model), found))
    finally:
        pool.shutdown(cancel_futures=True)


def _counted(service: ImageService, model: RemoteModel) -> Counted:
    if model.deleted:
        return Counted(model, None)
    try:
        return Counted(model, _count(service, model.id))
    except (NotFound, UnexpectedAnswer) as error:
        return Counted(model, None, error.message)


def _count(service: ImageService, model_id: str) -> dict[str, int]:
    images = service.list_model(model_id).images
    types = Counter(image.type for image in images)
    if None not in types:
        return {kind: types[kind] for kind in _TYPES}
    # A service that does not say of which type an image is still knows whom to list for one.
    sets = {str(kind): len(service.list_set(SetKey(model_id, kind)).images) for kind in ImageType}
    return {**sets, "output": max(0, len(images) - sum(sets.values()))}


def _document(one: Counted) -> dict[str, object]:
    return {"id": one.model.id, "name": one.model.name, "status": one.model.status, "images": one.images}


def _table(console: Console, counted: list[Counted]) -> None:
    if not counted:
        console.say("The account has no models.")
        return
    rows = [
        (
            one.model.id,
            shown_text(one.model.name, 40) or "-",
            shown_text(one.model.status, 20) or "-",
            *(str(one.images[kind]) if one.images is not None else "-" for kind in _TYPES),
        )
        for one in counted
    ]
    console.table(rows, ("id", "name", "status", *_TYPES), whole=0)
