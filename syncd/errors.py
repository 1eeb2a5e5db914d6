"""Everything that can go wrong, and the exit code that tells of it.

SyncdError
├── Halted                a set is left alone                                  4
├── StalePlan             what a plan was made from has moved since            4
├── UsageError            the command line is wrong                            2
├── ConfigError           the configuration needs a person                    78
├── KeyRejected           the service does not accept the key                 77
├── StateError            the state needs a person                            78
│   └── StateUnwritable   no durable commit, so no request                    78
├── Leased                another process works on the set                     6
│   └── LeaseLost         the lease was taken over meanwhile                   6
└── ServiceError          an answer of the image service that is not a result
    ├── Unreachable       no answer, or "later": 429, 5xx                      5
    │   ├── Ambiguous     sent, and nobody knows whether it took effect        5
    │   └── Stopping      not sent, as this program is ending                  5
    ├── UnexpectedAnswer  an answer that is not the API's: HTML, cut, shapeless 4
    │   └── Declined      the API's own words for a question that it cannot take 4
    ├── NotFound          404 in the API's own words                           4
    └── Refused           no to this request for good: 400, 413, 415, 422      1
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a command tells its caller; contract section 5."""

    OK = 0
    SOME_FAILED = 1
    USAGE = 2
    CHANGES_PENDING = 3
    HALTED = 4
    TEMPORARY = 5
    LEASED = 6
    KEY_REJECTED = 77
    NEEDS_A_PERSON = 78
    INTERRUPTED = 130
    TERMINATED = 143


PRECEDENCE = (130, 143, 78, 77, 6, 4, 5, 1, 3, 0)


def worst(codes: list[ExitCode]) -> ExitCode:
    """Return the code that outranks the others; OK for none."""
    return min(codes, key=PRECEDENCE.index, default=ExitCode.OK)


class SyncdError(Exception):
    """One clear sentence for a person: what happened, and what to do."""

    exit_code = ExitCode.SOME_FAILED
    code = "failed"

    def __init__(self, message: str, remedy: str = "", *, code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        if code:
            self.code = code


class Halted(SyncdError):
    """What was asked for touches a set that is left alone; `code` is the halt's name."""

    exit_code = ExitCode.HALTED

    def __init__(self, message: str, remedy: str = "", *, code: str, exit_code: ExitCode) -> None:
        super().__init__(message, remedy, code=code)
        self.exit_code = exit_code


class StalePlan(SyncdError):
    """A plan does not hold any more: contents, images or records have moved since it was made."""

    exit_code = ExitCode.HALTED
    code = "stale-plan"


class UsageError(SyncdError):
    """The command line asks for something that cannot be."""

    exit_code = ExitCode.USAGE
    code = "usage"


class ConfigError(SyncdError):
    """The configuration cannot be used; names file, key and what is allowed."""

    exit_code = ExitCode.NEEDS_A_PERSON
    code = "config"


class KeyRejected(SyncdError):
    """The service does not accept the API key (401, 403)."""

    exit_code = ExitCode.KEY_REJECTED
    code = "key-rejected"


class StateError(SyncdError):
    """The state cannot be used as it is: newer, foreign, of another user."""

    exit_code = ExitCode.NEEDS_A_PERSON
    code = "state"


class NoState(StateError):
    """There is no state yet, and none was to be made."""


class StateUnwritable(StateError):
    """A commit failed: disk full, read-only. Nothing is sent without a durable intent."""

    code = "state-unwritable"
    passes = False
    """Whether it may be over by itself: a disk that is full, another process that has it locked."""


class Leased(SyncdError):
    """Another process works on the set."""

    exit_code = ExitCode.LEASED
    code = "leased"


class LeaseLost(Leased):
    """Our lease was taken over while we worked; whatever we hold may be stale."""


class ServiceError(SyncdError):
    """The image service gave no result."""

    exit_code = ExitCode.TEMPORARY
    code = "service"


class Unreachable(ServiceError):
    """No answer, or an answer that says later. `retry_after` in seconds, where the service named it."""

    code = "unreachable"

    def __init__(self, message: str, remedy: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(message, remedy)
        self.retry_after = retry_after


class Ambiguous(Unreachable):
    """A request went out and its effect is unknown; only looking can tell."""

    code = "answer-unknown"


class Stopping(Unreachable):
    """This program is ending, and begins no request any more."""


class UnexpectedAnswer(ServiceError):
    """Something answered, but not in the API's shape: a proxy, a portal, a cut body."""

    exit_code = ExitCode.HALTED
    code = "listing-failed"


class Declined(UnexpectedAnswer):
    """The service itself calls a question wrong (400, 416, 422 with its JSON); of a list: there is no such page."""


class NotFound(ServiceError):
    """The service itself says that there is no such thing (404 with its JSON)."""

    exit_code = ExitCode.HALTED
    code = "not-found"


class Refused(ServiceError):
    """The service says no to this content for good. `status` is the HTTP status, `words` its own text."""

    exit_code = ExitCode.SOME_FAILED
    code = "refused-by-service"

    def __init__(self, message: str, remedy: str = "", *, status: int, words: str) -> None:
        super().__init__(message, remedy)
        self.status = status
        self.words = words


class Conflict(ServiceError):
    """409: did not happen now; later it may."""

    code = "conflict"

    def __init__(self, message: str, remedy: str = "", *, words: str = "") -> None:
        super().__init__(message, remedy)
        self.words = words
