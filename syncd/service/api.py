"""Requests that carry the key, and what becomes of their answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import httpx

from syncd.errors import KeyRejected, NotFound, UnexpectedAnswer
from syncd.model.clock import Clock
from syncd.model.remote import RemoteImage
from syncd.model.sets import SetKey
from syncd.service import answers
from syncd.service.framing import UploadBody, content_type, frame
from syncd.service.hosts import loopback_addresses
from syncd.service.line import Answer, Line, Silence
from syncd.service.verdicts import Verdicts, silent_write, unidentified, unreached

JSON_CAP = 4 * 1024 * 1024
"""Bytes of an answer."""

_URLS = 200
"""How many are kept taken apart; of some thousand images each is asked for once."""

_NOTHING = httpx.ByteStream(b"")


class Api:
    """Speaks to the documented paths below the base URL."""

    def __init__(
        self,
        base_url: httpx.URL,
        key: Callable[[], str],
        line: Line,
        clock: Clock,
        *,
        agent: str,
        timeout: Mapping[str, float],
    ) -> None:
        self._base = base_url
        self._key = key
        self._line = line
        self._verdicts = Verdicts(clock)
        self._agent = agent
        self._urls: dict[tuple[str, tuple[tuple[str, str], ...]], httpx.URL] = {}
        self._common: tuple[str, httpx.Headers] = "", httpx.Headers()
        self._extensions = {
            "timeout": dict(timeout),
            "patience": timeout["read"],
            "addresses": loopback_addresses(base_url),
        }

    def get(self, path: str, query: Mapping[str, str] | None = None, *, what: str) -> answers.Document:
        """Read a successful answer, or raise what it means that there is none."""
        return self.ask(path, query, what=what)[0]

    def ask(
        self, path: str, query: Mapping[str, str] | None = None, *, what: str
    ) -> tuple[answers.Document, httpx.Headers]:
        """Read a successful answer and what stands above it, or raise what it means that there is none."""
        url = self._url(path, tuple((query or {}).items()))
        key = self._usable_key()
        try:
            answer = self._line.exchange(lambda: self._request("GET", url, key), cap=JSON_CAP, secret=key)
        except Silence as silence:
            raise unreached(silence.words) from None
        if (error := self._verdicts.reading(answer, what)) is not None:
            raise error
        return answers.success(answer.body, what, key), answer.headers

    def delete(self, path: str, what: str, intend: Callable[[], None]) -> bool:
        """Delete; False where it was gone already. `intend` is called when its turn has come."""
        url = self._url(path)
        key = self._usable_key()

        def build() -> httpx.Request:
            intend()
            return self._request("DELETE", url, key)

        try:
            answer = self._line.exchange(build, cap=JSON_CAP, secret=key)
        except Silence as silence:
            raise silent_write(silence, began=True) from None
        error = self._verdicts.deleting(answer, what)
        if error is None or isinstance(error, NotFound):
            return error is None
        raise error

    def upload(self, target: SetKey, body: UploadBody, intend: Callable[[], None]) -> RemoteImage:
        """Post one picture; `intend` is called when its turn has come."""
        what = f"model {target.model_id}"
        answer = self._post(target, body, intend)
        if (error := self._verdicts.uploading(answer, what)) is not None:
            raise error
        try:
            return _uploaded(answer, target)
        except UnexpectedAnswer as fault:
            raise unidentified(fault) from None

    def _post(self, target: SetKey, body: UploadBody, intend: Callable[[], None]) -> Answer:
        url = self._url("images/upload")
        key = self._usable_key()
        sending, size = _Once(), body.request_size

        def build() -> httpx.Request:
            sending.pieces = frame(target, body)
            request = self._request("POST", url, key, sending)
            request.headers["Content-Type"] = content_type(sending.pieces[0])
            request.headers["Content-Length"] = str(size)
            intend()
            return request

        try:
            return self._line.exchange(build, cap=JSON_CAP, sent=size, held=size, secret=key)
        except Silence as silence:
            raise silent_write(silence, began=sending.began) from None

    def _request(self, method: str, url: httpx.URL, key: str, body: httpx.SyncByteStream = _NOTHING) -> httpx.Request:
        return httpx.Request(method, url, headers=self._headers(key), stream=body, extensions=self._extensions)

    def _headers(self, key: str) -> httpx.Headers:
        # The same for every request under one key.
        known, headers = self._common
        if key != known:
            headers = httpx.Headers(
                {
                    "Host": self._base.netloc.decode("ascii"),
                    "Authorization": f"Bearer {key}",
                    "API-Version": "1",
                    "User-Agent": self._agent,
                    "Accept": "application/json",
                    "Accept-Encoding": "identity",
                }
            )
            self._common = key, headers
        return headers

    def _url(self, path: str, query: tuple[tuple[str, str], ...] = ()) -> httpx.URL:
        # Taking a URL apart takes as long as a write to the state, and the same few are asked for again and again.
        found = self._urls.get((path, query))
        if found is None:
            found = self._base.copy_with(path=self._base.path + path).copy_merge_params(query)
            if len(self._urls) >= _URLS:
                self._urls.clear()
            self._urls[path, query] = found
        return found

    def _usable_key(self) -> str:
        key = self._key()
        if not key or not key.isascii() or not key.isprintable() or " " in key:
            raise KeyRejected(
                "The API key is empty, or holds characters that no key has.",
                "Put a valid key into $SYNCD_API_KEY or the file of service.api_key_file.",
            )
        return key


class _Once(httpx.SyncByteStream):
    """A body that is handed over once, and remembers that it was."""

    def __init__(self) -> None:
        self.pieces: tuple[bytes, ...] = ()
        self.began = False

    def __iter__(self) -> Iterator[bytes]:
        pieces, self.pieces = self.pieces, ()
        self.began = self.began or bool(pieces)
        yield from pieces


def _uploaded(answer: Answer, target: SetKey) -> RemoteImage:
    what = "the upload"
    found = answers.success(answer.body, what, answer.secret).get("result")
    image = answers.image(found, what, model_id=target.model_id)
    if image.type not in {None, str(target.image_type)}:
        raise answers.unexpected(what, "it names another type")
    return image
