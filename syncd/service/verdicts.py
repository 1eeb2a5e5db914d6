"""What a status means for the one who asked: the table of design "answer", one function a kind of request."""

from __future__ import annotations

import re

from syncd.errors import (
    Ambiguous,
    Conflict,
    Declined,
    KeyRejected,
    NotFound,
    Refused,
    ServiceError,
    SyncdError,
    UnexpectedAnswer,
    Unreachable,
)
from syncd.model.clock import Clock
from syncd.service import answers
from syncd.service.line import Answer, Fault, Silence
from syncd.service.retry_after import retry_after

_AGAIN = "Check the network and service.base_url; it goes on by itself, or with the next run."
_PATIENCE = "Nothing to do: it goes on by itself, or with the next run; service.requests_per_second can slow it down."
_LOOKS = "Nothing to do: the next pass looks whether it took effect."
_KEY = "Put a valid key into $SYNCD_API_KEY, or the file of service.api_key_file; `syncd doctor` says which counts."
_CONTENT = 400, 415, 422
_LATER = 408, 425, 429
_WRONG_QUESTION = 400, 416, 422


class Verdicts:
    """Turns answers and silences into errors; knows the time for the dates in them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def reading(self, answer: Answer, what: str) -> SyncdError | None:
        """Judge the answer to a GET; None for a success, whose shape is still to be judged."""
        error = answers.document(answer.body)
        if answer.ok:
            return self._body_fault(answer, what)
        if answer.status == 404 and answers.is_error(error):
            return _not_found(answer, what)
        if (key := _key_fault(answer)) is not None:
            return key
        if answer.status in {*_LATER, 403, 409} or answer.status >= 500:
            return self._later(answer, what)
        fault = answers.unexpected(what, f"it came with status {answer.status}{_quoted(answer)}")
        declined = answer.status in _WRONG_QUESTION and answers.is_error(error)
        return Declined(fault.message, fault.remedy) if declined else fault

    def uploading(self, answer: Answer, what: str) -> SyncdError | None:
        """Judge the answer to an upload by its status; None for a success, whose shape is still to be judged."""
        if answer.ok:
            return None
        if answer.status == 413 or (answer.status in _CONTENT and _is_api(answer)):
            said = _words(answer)
            return Refused(
                f"The service refused the picture (status {answer.status}){_quoted(answer)}.",
                "Change the file, or tell syncd to try again: syncd retry PATH.",
                status=answer.status,
                words=said or f"status {answer.status}",
            )
        return self._writing(answer, what)

    def deleting(self, answer: Answer, what: str) -> SyncdError | None:
        """Judge the answer to a DELETE; None for a success, NotFound where it was gone already."""
        if answer.ok:
            return None if _confirms(answer) else self._unknown(answer, "the delete")
        if answer.status in {*_CONTENT, 405, 413} and _is_api(answer):
            return answers.unexpected(what, f"it came with status {answer.status}{_quoted(answer)}")
        return self._writing(answer, what)

    def _writing(self, answer: Answer, what: str) -> SyncdError:
        if (key := _key_fault(answer)) is not None:
            return key
        if answer.status == 404 and _is_api(answer):
            return _not_found(answer, what)
        if answer.status == 409:
            return Conflict(f"The service reports a conflict{_quoted(answer)}.", _AGAIN, words=_words(answer))
        if answer.status in {403, 404, 429}:
            return self._later(answer, what)
        return self._unknown(answer, "the request")

    def _later(self, answer: Answer, what: str) -> Unreachable:
        wait = self._wait(answer)
        if answer.status == 429:
            told = f"The service takes no more requests for now (status 429){_quoted(answer)}."
            return Unreachable(told, _PATIENCE, retry_after=wait)
        told = f"The service gave no result about {what} (status {answer.status}){_quoted(answer)}."
        return Unreachable(told, _AGAIN, retry_after=wait)

    def _unknown(self, answer: Answer, what: str) -> Ambiguous:
        return Ambiguous(
            f"Whether {what} took effect is unknown: the answer (status {answer.status}) does not tell.",
            _LOOKS,
            retry_after=self._wait(answer),
        )

    def _wait(self, answer: Answer) -> float | None:
        return retry_after(answer.headers.get("retry-after"), self._clock.now().wall)

    @staticmethod
    def _body_fault(answer: Answer, what: str) -> ServiceError | None:
        if answer.fault is None:
            return None
        if answer.fault is Fault.LATE:
            return unreached(f"the answer about {what} did not end in time")
        why = "it is too long" if answer.fault is Fault.OVERLONG else "it broke off"
        return answers.unexpected(what, why)


_ERRNO = re.compile(r"\[Errno -?\d+\] ")


def unreached(why: str) -> Unreachable:
    """Say that nothing came of a request, and nothing took effect."""
    return Unreachable(f"The service could not be reached: {_ERRNO.sub('', why)}.", _AGAIN)


def silent_write(silence: Silence, *, began: bool) -> Unreachable:
    """Say what no answer to a write means: it did not happen where nothing of it was sent, else nobody knows."""
    if not (silence.began and began):
        return unreached(silence.words)
    return Ambiguous(f"Whether the request took effect is unknown: {silence.words}.", _LOOKS)


def unidentified(fault: UnexpectedAnswer) -> Ambiguous:
    """Say that an upload seems to have succeeded, but not as which image."""
    return Ambiguous(f"Whether the upload took effect is unknown: {fault.message}", _LOOKS)


def _key_fault(answer: Answer) -> KeyRejected | None:
    if answer.status == 401 or (answer.status == 403 and _is_api(answer)):
        return KeyRejected(f"The service does not accept the API key (status {answer.status}){_quoted(answer)}.", _KEY)
    return None


def _not_found(answer: Answer, what: str) -> NotFound:
    return NotFound(f"The service does not know {what}{_quoted(answer)}.", "`syncd models` lists what the account has.")


def _is_api(answer: Answer) -> bool:
    return answers.is_error(answers.document(answer.body))


def _confirms(answer: Answer) -> bool:
    """Tell whether a success is the service's own; 204 has no body that could say so."""
    said = answers.document(answer.body)
    return answer.status == 204 if said is None else answers.says_ok(said)


def _words(answer: Answer) -> str:
    return answers.words(answers.document(answer.body), answer.secret)


def _quoted(answer: Answer) -> str:
    said = _words(answer)
    return f": {said.rstrip('.')}" if said else ""
