"""What is worth a word about the pictures of a set, out of the state alone."""

from __future__ import annotations

from syncd.model.sets import SetKey
from syncd.plan.remarks import Remark, remarks
from syncd.store import Store


def remarks_of(store: Store, key: SetKey) -> tuple[Remark, ...]:
    """Return the remarks on the files of a set, as they were when they were last looked at."""
    names = {file.sha256: name for name, file in sorted(store.files.known(key).items(), reverse=True) if file.sha256}
    judged = store.files.judgements(names)
    return remarks({names[sha256]: one.judgement for sha256, one in judged.items()})
