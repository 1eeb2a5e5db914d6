"""Whether the models of the sets are there; each is asked for at most once a pass."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from syncd.engine.halts import PASSING, halt_of, model_halt
from syncd.engine.world import World
from syncd.errors import SyncdError, Unreachable
from syncd.model.plan import Halt, SetPlan
from syncd.model.record import RecordState
from syncd.model.sets import SetKey
from syncd.model.words import HaltName
from syncd.plan.plan import View


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """What the service said of a model: its name, or the halt of its sets; seconds, where it asked to wait."""

    halt: Halt | None
    name: str | None = None
    retry_after: float = 0.0


@dataclass(slots=True)
class Models:
    """Asks for models, and remembers every answer that lasts. `names` are those that people gave."""

    world: World
    names: dict[str, str] = field(default_factory=dict)
    _known: dict[str, ModelAnswer] = field(default_factory=dict)

    def doubt(self, plans: Iterable[SetPlan], views: Mapping[SetKey, View]) -> None:
        """Ask for the models of sets that halt or lack an image, whatever was told of them in passes before."""
        for each in plans:
            if each.halt is not None or _lacks_any(views[each.key]):
                self.world.recent.forget(each.key.model_id)

    def ask(self, model_ids: Iterable[str]) -> dict[str, ModelAnswer]:
        """Return the answers about these models, of this pass or of one a short while ago."""
        wanted = sorted(set(model_ids))
        told = {model_id: self._recent(model_id) for model_id in wanted if model_id not in self._known}
        self._known |= {model_id: answer for model_id, answer in told.items() if answer is not None}
        new = [model_id for model_id in wanted if model_id not in self._known]
        fresh = dict(zip(new, self.world.senders.map(self._ask, new), strict=True))
        for model_id, answer in fresh.items():
            if answer.halt is None or answer.halt.name not in PASSING:
                self._known[model_id] = answer
        answers = {model_id: fresh.get(model_id) or self._known[model_id] for model_id in wanted}
        self.names |= {model_id: one.name for model_id, one in answers.items() if one.name is not None}
        return answers

    def _recent(self, model_id: str) -> ModelAnswer | None:
        name = self.world.recent.get(model_id, self.world.clock)
        return None if name is None else ModelAnswer(None, name)

    def _ask(self, model_id: str) -> ModelAnswer:
        try:
            model = self.world.service.model(model_id)
        except SyncdError as error:
            halt = halt_of(error)
            gone = halt.name is HaltName.MODEL_NOT_FOUND
            wait = error.retry_after if isinstance(error, Unreachable) else None
            return ModelAnswer(model_halt(model_id, deleted=False) if gone else halt, retry_after=wait or 0.0)
        if model.deleted:
            return ModelAnswer(model_halt(model_id, deleted=True), model.name)
        self.world.recent.note(model, self.world.clock)
        return ModelAnswer(None, model.name)


def _lacks_any(view: View) -> bool:
    """Tell whether an image of ours is not listed: its model may have gone with it."""
    ours = {one.remote_id for one in view.memory.records if one.state is RecordState.LIVE}
    return view.look is None or not ours <= view.look.listing.ids
