"""What the plan of one set rests on, so that it can be told later whether it still holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Basis:
    """The three witnesses of a set in short.

    `files`: what each file is (its digest, else why it has none), and `times` when it was modified (nanoseconds), both
    by the plain form of its name; `records` is a digest of what was remembered; `approved` what a person had released.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    times: Mapping[str, int] = field(default_factory=dict)
    remote_ids: frozenset[str] = frozenset()
    records: str = ""
    approved: frozenset[str] = frozenset()
