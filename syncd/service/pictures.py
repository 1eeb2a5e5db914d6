"""Fetches what stands behind an image's `url`, without the key, from nowhere but allowed addresses."""

from __future__ import annotations

import httpx

from syncd.errors import UnexpectedAnswer, Unreachable
from syncd.model.clock import Clock
from syncd.service.hosts import Hosts
from syncd.service.line import Answer, Fault, Line, Silence
from syncd.service.retry_after import retry_after

PICTURE_CAP = 25 * 1024 * 1024
"""Bytes of a picture; nothing that the service takes is larger."""

MAX_REDIRECTS = 3

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_LATER = frozenset({408, 425, 429})
_AGAIN = "Nothing to do: it is tried again."


class Pictures:
    """Downloads pictures. `patience`: seconds for one picture, redirects included; `timeout` as httpx has it."""

    def __init__(
        self, line: Line, hosts: Hosts, clock: Clock, *, agent: str, timeout: dict[str, float], patience: float
    ) -> None:
        self._line = line
        self._hosts = hosts
        self._clock = clock
        self._headers = {"User-Agent": agent, "Accept": "image/*, */*;q=0.5", "Accept-Encoding": "identity"}
        self._timeout = timeout
        self._patience = patience

    def fetch(self, text: str) -> bytes:
        """Return the bytes behind a URL.

        Raises UnexpectedAnswer where it is not allowed, gone or too large; Unreachable where it may come later.
        """
        deadline = self._clock.now().uptime + self._patience
        url = self._hosts.locate(text)
        for _ in range(MAX_REDIRECTS + 1):
            answer = self._get(url, deadline)
            if answer.status not in _REDIRECTS:
                return self._picture(answer)
            url = self._hosts.locate(answer.headers.get("location", ""), url)
        raise _not_fetched("it is redirected too often")

    def _get(self, url: httpx.URL, deadline: float) -> Answer:
        addresses = self._hosts.addresses(url)
        left = deadline - self._clock.now().uptime
        if left <= 0:
            raise Unreachable("The picture did not arrive in time.", _AGAIN)

        def build() -> httpx.Request:
            extensions = {"timeout": self._timeout, "patience": left, "addresses": addresses}
            return httpx.Request("GET", url, headers=self._headers, extensions=extensions)

        try:
            return self._line.exchange(build, cap=PICTURE_CAP, held=PICTURE_CAP)
        except Silence as silence:
            raise Unreachable(f"The picture could not be fetched: {silence.words}.", _AGAIN) from None

    def _picture(self, answer: Answer) -> bytes:
        if answer.status in _LATER or answer.status >= 500:
            wait = retry_after(answer.headers.get("retry-after"), self._clock.now().wall)
            raise Unreachable(f"The picture is not to be had now (status {answer.status}).", _AGAIN, retry_after=wait)
        if not answer.ok:
            raise _not_fetched(f"its host answers with status {answer.status}")
        if answer.fault is Fault.OVERLONG:
            raise _not_fetched("it is larger than 25 MiB")
        if answer.body is None:
            raise Unreachable("The picture broke off before its end.", _AGAIN)
        if not answer.body:
            raise _not_fetched("it is empty")
        return answer.body


def _not_fetched(why: str) -> UnexpectedAnswer:
    return UnexpectedAnswer(f"The picture cannot be had: {why}.", "The image itself is left alone.")
