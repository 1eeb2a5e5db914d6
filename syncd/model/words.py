"""The words of contract section 4: what is done to an image, and why."""

from __future__ import annotations

from enum import StrEnum


class Action(StrEnum):
    """What happens to one image."""

    UPLOAD = "upload"
    REPLACE = "replace"
    DELETE = "delete"
    ADOPT = "adopt"
    UNCHANGED = "unchanged"
    RENAMED = "renamed"
    WAITING = "waiting"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    REFUSED = "refused"
    HELD = "held"
    FOREIGN = "foreign"
    PENDING = "pending"
    FAILED = "failed"


WRITING = frozenset({Action.UPLOAD, Action.REPLACE, Action.DELETE})
"""The actions that send a POST or a DELETE."""


class Reason(StrEnum):
    """Why; each belongs to the actions that contract section 4 names."""

    NEW = "new"
    MISSING_REMOTELY = "missing-remotely"
    CONTENT_CHANGED = "content-changed"
    REMOVED_LOCALLY = "removed-locally"
    MADE_ROOM = "made-room"
    SAME_CONTENT = "same-content"
    OVER_LIMIT = "over-limit"
    UNSUPPORTED_FORMAT = "unsupported-format"
    CORRUPT = "corrupt"
    TOO_LARGE = "too-large"
    EMPTY = "empty"
    NOT_AN_IMAGE = "not-an-image"
    TOO_MANY_PIXELS = "too-many-pixels"
    REFUSED_BY_SERVICE = "refused-by-service"
    SET_EMPTIED = "set-emptied"
    TOO_MANY_DELETES = "too-many-deletes"
    UNREADABLE = "unreadable"
    NOT_OURS = "not-ours"
    ANSWER_UNKNOWN = "answer-unknown"
    CHANGED_WHILE_READING = "changed-while-reading"
    NOT_IN_A_SET = "not-in-a-set"
    LINK = "link"


class HaltName(StrEnum):
    """Why a set is left alone; contract section 1."""

    ROOT_MISSING = "root-missing"
    ROOT_CHANGED = "root-changed"
    ROOT_CLAIMED = "root-claimed"
    FOLDER_UNREADABLE = "folder-unreadable"
    LISTING_FAILED = "listing-failed"
    REMOTE_MASS_MISSING = "remote-mass-missing"
    REMOTE_UNCLASSIFIED = "remote-unclassified"
    ACCOUNT_CHANGED = "account-changed"
    MODEL_NOT_FOUND = "model-not-found"
    UNREACHABLE = "unreachable"
    KEY_REJECTED = "key-rejected"
    STATE_UNWRITABLE = "state-unwritable"
    LEASED = "leased"


CONSENT = frozenset(
    {
        HaltName.ROOT_CHANGED,
        HaltName.ROOT_CLAIMED,
        HaltName.REMOTE_MASS_MISSING,
        HaltName.REMOTE_UNCLASSIFIED,
        HaltName.ACCOUNT_CHANGED,
    }
)
"""The halts that wait for `syncd approve`; the others clear themselves."""


def consent_to(halt: str, about: str) -> str:
    """Return the word by which Memory.approved knows that a person released a halt, and what it was about."""
    return f"{halt} {about}" if about else str(halt)


QUALITY = ("blurred", "dark", "bright")
"""What a decoded picture may be warned of."""
