"""Whether the daemon does its work: 200 or 503, for whoever would start it anew, or call a person."""

from __future__ import annotations

from syncd import __version__
from syncd.errors import StateError
from syncd.page.outlook import Outlook


def health(outlook: Outlook) -> tuple[dict[str, object], int]:
    """Return a document and its status. What only a person can mend, such as a halt, is told and is no 503."""
    ailment = outlook.ailment()
    if not ailment:
        try:
            return {"status": "ok", **_facts(outlook)}, 200
        except StateError as error:
            ailment = f"the state cannot be read: {error.message}"
    return {"status": "failing", "detail": ailment, "version": __version__}, 503


def _facts(outlook: Outlook) -> dict[str, object]:
    there, halted, paused, watch = outlook.summary()
    return {
        "version": __version__,
        "sets": there,
        "halted": halted,
        "paused": paused,
        "watch": watch,
    }
