"""How the service may list: late, with holes, frozen, empty, in another order, in small pages, without its filter."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

Documents = list[dict[str, object]]


@dataclass
class Bends:
    """What is wrong with listings. `lag` in seconds of the given clock; `order` a seed; `page` a cap."""

    lag: float = 0
    frozen: bool = False
    empty: bool = False
    holes: set[str] = field(default_factory=set)
    order: int | None = None
    page: int | None = None
    says_page: bool = True
    filters: bool = True
    _past: list[tuple[float, dict[str, Documents]]] = field(default_factory=list)

    def note(self, wall: float, now: Callable[[], dict[str, Documents]]) -> None:
        """Remember how all sets look at this moment, for listings that lag."""
        if self.lag:
            self._past.append((wall, now()))

    def freeze(self, now: dict[str, Documents]) -> None:
        self.frozen = True
        self._past = [(0.0, now)]

    def thaw(self) -> None:
        self.frozen = False
        self._past.clear()

    def shown(self, wanted: str, wall: float, now: Callable[[str], Documents]) -> Documents:
        """Return what a listing of one set shows."""
        documents = self._as_of(wanted, wall, now)
        documents = [] if self.empty else [one for one in documents if one["id"] not in self.holes]
        if self.order is not None:
            random.Random(f"{self.order} {len(documents)}").shuffle(documents)
        return documents

    def paged(self, documents: Documents, number: int, size: int) -> dict[str, object]:
        size = min(size, self.page or size)
        told = {"page": number, "pageSize": size} if self.says_page else {}
        return {**told, "result": documents[(number - 1) * size : number * size], "status": "OK"}

    def _as_of(self, wanted: str, wall: float, now: Callable[[str], Documents]) -> Documents:
        if self.frozen:
            return list(self._past[0][1].get(wanted, []))
        if not self.lag:
            return now(wanted)
        past = [one for at, one in self._past if at <= wall - self.lag]
        return list(past[-1].get(wanted, [])) if past else []
