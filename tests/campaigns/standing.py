"""How things stand, there and in the state, but for times, places and numbers: what a recovery can depend on."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from tests.world import World

_REMEMBERED = (
    "SELECT model_id, image_type, name, sha256, state, remote_id, reason FROM records",
    "SELECT remote_id, sha256, why FROM foreign_images",
    "SELECT sha256 FROM refusals",
    "SELECT sha256, times FROM unknown_answers",
    "SELECT kind, remote_id, approved_at IS NULL FROM holds",
    "SELECT model_id, image_type, halt, whole FROM sets",
)


def standing(world: World) -> str:
    """Return the same text for worlds whose processes have ended and which stand the same."""
    with closing(sqlite3.connect(world.state)) as state:
        remembered = [sorted(map(repr, state.execute(each))) for each in _REMEMBERED]
    return repr((remembered, sorted(world.remote.documents().items()), len(world.remote.late)))
