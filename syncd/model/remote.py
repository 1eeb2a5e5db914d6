"""The second witness: what the service holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from syncd.model.local import Likeness
from syncd.model.time import Instant


@dataclass(frozen=True, slots=True)
class RemoteImage:
    """An image as the service tells of it; `raw` is its whole answer. `type` in the upload's vocabulary."""

    id: str
    model_id: str | None
    type: str | None
    url: str | None
    created_at: str
    raw: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class RemoteModel:
    """A model as the service tells of it: status `new`, `training`, `ready`, `deleted`."""

    id: str
    name: str
    status: str
    raw: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def deleted(self) -> bool:
        """Whether the account has it no more, in whatever case the service writes that."""
        return self.status.casefold() == "deleted"


@dataclass(frozen=True, slots=True)
class Listing:
    """One complete listing of a set, each id once. `taken` is the moment before its first request.

    `trusted`: how many entries its last page had, where only the page size that the service names says that it is the
    last; 0 where the page after it was looked at.
    """

    images: tuple[RemoteImage, ...]
    taken: Instant
    pages: int = 1
    trusted: int = field(default=0, compare=False)

    @property
    def ids(self) -> frozenset[str]:
        """The ids seen."""
        return frozenset(image.id for image in self.images)


@dataclass(frozen=True, slots=True)
class Picture:
    """What stands behind the `url` of an image: its bytes' digest and its likeness.

    `problem` non-empty: it could not be fetched or decoded and is not comparable by that part.
    """

    sha256: str | None = None
    likeness: Likeness | None = None
    problem: str = ""
