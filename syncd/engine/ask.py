"""The second witness: list a set, and ask what the listing leaves open."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from syncd.engine.world import World
from syncd.errors import NotFound, UnexpectedAnswer, Unreachable
from syncd.images.picture import picture_of
from syncd.model.local import LocalSnapshot, contents
from syncd.model.plan import Look
from syncd.model.record import Memory, RecordState
from syncd.model.remote import Listing, Picture, RemoteImage
from syncd.model.sets import SetKey
from syncd.plan.doubt import doubted
from syncd.plan.questions import may_send, questions, wants_confirmation
from syncd.plan.unknown import wants_echoes

LAG = "listing_lag"
MOST_LAG_SECONDS = 300.0
"""An older image that a listing leaves out is hidden, not late."""

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


def ask(world: World, local: LocalSnapshot, memory: Memory) -> Look:
    """Look at a set remotely until nothing is open that looking can close. Raises what keeps it from that."""
    key = local.key
    listing = world.service.list_set(key)
    wanted = contents(local.files)
    # Where an upload may follow, no image may be overlooked.
    if may_send(listing, memory, world.policy, wanted) and world.service.overlooks(key, listing):
        listing = world.service.list_set(key, settled=True)
    look = _look(world, local, memory, listing)
    if wants_confirmation(look, memory, world.policy):
        look = _confirmed(world, local, memory, look)
    return _with_doubted(world, local, look, memory, wanted)


def _look(world: World, local: LocalSnapshot, memory: Memory, listing: Listing) -> Look:
    """Ask what a listing leaves open."""
    key, wanted = local.key, contents(local.files)
    open_questions = questions(listing, memory, world.policy, wanted)
    inspected = _each(world, open_questions.inspect, lambda remote_id: _inspect(world, key, remote_id))
    foreign = {one.remote_id for one in memory.foreign}
    pictures = _each(world, open_questions.pictures, lambda image: _picture(world, image, known=image.id in foreign))
    _learn_lag(world, listing, memory, inspected)
    look = Look(
        listing,
        {remote_id: answer for remote_id, (asked, answer) in inspected.items() if asked},
        {image.id: picture for image, picture in pictures.items()},
    )
    return _with_echoes(world, local, look, memory)


def _learn_lag(
    world: World, listing: Listing, memory: Memory, inspected: Mapping[str, tuple[bool, RemoteImage | None]]
) -> None:
    """Remember how long a listing took at most to show what was there: so long a young image is not doubted."""
    hidden = {remote_id for remote_id, (asked, image) in inspected.items() if asked and image is not None}
    ages = [
        record.since.age_at(listing.taken)
        for record in memory.records
        if record.state is RecordState.LIVE and record.remote_id in hidden
    ]
    lag = min(max(ages, default=0.0), MOST_LAG_SECONDS)
    if lag > 0 and lag > float(world.store.meta.get(LAG) or 0):
        world.store.meta.set(LAG, str(lag))


def _with_doubted(world: World, local: LocalSnapshot, look: Look, memory: Memory, wanted: frozenset[str]) -> Look:
    images = doubted(local, look, memory, world.policy, world.clock.now(), wanted)
    pictures = _each(world, images, _picture_of(world))
    return replace(look, pictures={**look.pictures, **{image.id: picture for image, picture in pictures.items()}})


def _with_echoes(world: World, local: LocalSnapshot, look: Look, memory: Memory) -> Look:
    wanted = set(wants_echoes(local, look, memory, world.clock.now()))
    images = [image for image in look.listing.images if image.id in wanted]
    return replace(
        look, echoes={image.id: picture for image, picture in _each(world, images, _picture_of(world)).items()}
    )


def _picture_of(world: World) -> Callable[[RemoteImage], Picture]:
    return lambda image: _picture(world, image, known=True)


def _each(world: World, asked: Iterable[Asked], answer: Callable[[Asked], Answer]) -> Mapping[Asked, Answer]:
    asked = tuple(asked)
    return dict(zip(asked, world.senders.map(answer, asked), strict=True))


def _inspect(world: World, key: SetKey, remote_id: str) -> tuple[bool, RemoteImage | None]:
    try:
        image = world.service.inspect(remote_id)
    except NotFound:
        return True, None
    except (Unreachable, UnexpectedAnswer):
        return False, None
    # Under our id lies something else: nothing is concluded from that.
    return is_in(image, key), image


def is_in(image: RemoteImage, key: SetKey) -> bool:
    """Tell whether the service places an image in this set; what it leaves out does not contradict."""
    return image.model_id in (None, key.model_id) and image.type in (None, key.image_type.value)


def _picture(world: World, image: RemoteImage, *, known: bool) -> Picture:
    """Look at a picture. One that may come later is waited for, unless nothing hangs on it, as the image is known."""
    try:
        return picture_of(world.service.picture(image), world.scanning.decoder)
    except UnexpectedAnswer as error:
        return Picture(problem=error.message)
    except Unreachable as error:
        if not known:
            raise
        return Picture(problem=error.message)


def _confirmed(world: World, local: LocalSnapshot, memory: Memory, look: Look) -> Look:
    world.service.model(local.key.model_id)
    second = world.service.list_set(local.key)
    if second.ids <= look.listing.ids:
        return replace(look, confirmed=second.ids == look.listing.ids)
    # Others fill the set at this moment: what came since is looked at as well, and takes its slots.
    return _look(world, local, memory, world.service.list_set(local.key, settled=True))
