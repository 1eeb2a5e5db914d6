"""The models that answered a short while ago: a photo that follows another need not ask for its model again."""

from __future__ import annotations

from threading import Lock

from syncd.model.clock import Clock
from syncd.model.remote import RemoteModel
from syncd.model.time import Instant

MODEL_SECONDS = 60.0
"""How long an answer counts. So long a photo may still be sent into a model that was deleted meanwhile."""

MOST_MODELS = 500
"""So many are remembered, the latest: a first look at thousands asks for each once, and leaves no memory taken."""


class RecentModels:
    """Models that are there, by the names that were told last. Kept in memory: a new process asks anew. Any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._told: dict[str, tuple[str, Instant]] = {}

    def note(self, model: RemoteModel, clock: Clock) -> None:
        """Take in that the service has just told of a model."""
        with self._lock:
            self._told.pop(model.id, None)
            self._told[model.id] = model.name, clock.now()
            if len(self._told) > MOST_MODELS:
                del self._told[next(iter(self._told))]

    def get(self, model_id: str, clock: Clock) -> str | None:
        """Return the name of a model that was told of just now; None: it is to be asked for."""
        now = clock.now()
        with self._lock:
            name, since = self._told.get(model_id, (None, now))
            if since.age_at(now) < MODEL_SECONDS:
                return name
            del self._told[model_id]
        return None

    def forget(self, model_id: str) -> None:
        """Doubt a model: something about it is not as it was told."""
        with self._lock:
            self._told.pop(model_id, None)

    def clear(self) -> None:
        """Doubt all: another key may see others."""
        with self._lock:
            self._told.clear()
