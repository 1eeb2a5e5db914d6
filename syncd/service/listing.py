"""Complete listings, page by page, from a service that may cap, repeat, reorder and move its pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from syncd.errors import Declined, NotFound, UnexpectedAnswer
from syncd.model.clock import Clock
from syncd.model.remote import Listing, RemoteImage

PAGE_SIZE = 100
MAX_PAGES = 1000
MAX_PASSES = 5
NO_PAGE = 1_000_000
"""The number of a page that no list of a model has."""

_STALE_PAGES = 2
"""Pages in a row without a new id that end a listing: one may come about when pages move."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its images, and the page size that the answer names."""

    images: tuple[RemoteImage, ...]
    size: int | None


Turn = Callable[[int], Page]
"""From a page's number, from 1, to the page."""

Keep = Callable[[RemoteImage], bool]
"""Whether an image belongs into the listing; pages are counted with those that do not."""


def settled(turn: Turn, clock: Clock, keep: Keep) -> Listing:
    """List until two listings in a row agree, where one page did not hold it all."""
    listing = once(turn, clock, keep)
    for _ in range(MAX_PASSES - 1):
        if listing.pages <= 1:
            return listing
        before, listing = listing, once(turn, clock, keep)
        if before.ids == listing.ids:
            return listing
    raise UnexpectedAnswer("The service's list kept changing while it was read.", "Nothing to do: it is tried again.")


def once(turn: Turn, clock: Clock, keep: Keep = lambda _: True) -> Listing:
    """List all pages once, each id once. `pages` counts those that held something, and is at least 1."""
    taken = clock.now()
    seen: dict[str, RemoteImage] = {}
    pages, trusted = _read(turn, seen)
    return Listing(tuple(filter(keep, seen.values())), taken, max(1, pages), trusted)


def goes_on(turn: Turn, listing: Listing) -> bool:
    """Tell whether the page after a listing's last one holds an image that it lacks."""
    page = _turned(turn, listing.pages + 1)
    return not {image.id for image in page.images} <= listing.ids


def _read(turn: Turn, seen: dict[str, RemoteImage]) -> tuple[int, int]:
    """Collect the images of all pages; return how many pages held some, and the length of a last one on trust."""
    stale = 0
    for number in range(1, MAX_PAGES + 1):
        page = _turned(turn, number)
        stale = 0 if _add(page.images, seen) else stale + 1
        if not page.images or stale == _STALE_PAGES:
            return number - 1, 0
        if page.size is not None and len(page.images) < page.size:
            return number, len(page.images)
    raise UnexpectedAnswer("The service's list does not end.", "`syncd doctor` shows whether base_url is right.")


def _turned(turn: Turn, number: int) -> Page:
    """Return a page; one past the end is empty, also where the service has an error for it."""
    try:
        return turn(number)
    except (NotFound, Declined) as error:
        if number == 1 or not _is_manner(turn, error):
            raise
        return Page((), None)


def _is_manner(turn: Turn, error: NotFound | Declined) -> bool:
    """Tell whether the service answers so to a page that cannot be; else the error hides a page that is there."""
    try:
        turn(NO_PAGE)
    except (NotFound, Declined) as again:
        return type(again) is type(error)
    return False


def _add(images: Iterable[RemoteImage], seen: dict[str, RemoteImage]) -> bool:
    """Add what is new; tell whether anything was."""
    before = len(seen)
    for image in images:
        seen.setdefault(image.id, image)
    return len(seen) > before
