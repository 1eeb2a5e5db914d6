"""An upload's body, with framing of a fixed length, so that checking and sending agree on its size."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from hashlib import blake2b

from syncd.errors import UsageError
from syncd.model.limits import FRAMING_BYTES, request_size
from syncd.model.sets import SetKey

_BOUNDARY_LENGTH = 32
_EXTENSIONS = {"jpeg": "jpg", "png": "png", "webp": "webp", "heic": "heic"}


@dataclass(frozen=True, slots=True)
class UploadBody:
    """A picture to send: its bytes, and its format by content (jpeg, png, webp, heic).

    `token` makes the boundary and the file name; random unless given. No local name is ever part of it.
    """

    data: bytes = field(repr=False)
    format: str
    token: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)

    def __post_init__(self) -> None:
        if self.format not in _EXTENSIONS:
            raise UsageError(
                f"The service takes no picture of the format {self.format}.", "Send jpg, png, webp or heic."
            )

    @property
    def filename(self) -> str:
        """The generated name, which tells the format and nothing else."""
        return f"syncd-{_digest(self.token, b'name')[:16]}.{_EXTENSIONS[self.format]}"

    @property
    def media_type(self) -> str:
        """The content type of the picture."""
        return f"image/{self.format}"

    @property
    def request_size(self) -> int:
        """Bytes of the whole request body."""
        return request_size(len(self.data))


def frame(key: SetKey, body: UploadBody) -> tuple[bytes, bytes, bytes]:
    """Return the multipart body: what comes before the picture, that itself, and what comes after it.

    First the file, then `data`, whose JSON is padded until the framing has its length.
    """
    boundary = _boundary(body)
    head = (
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="file"; filename="{body.filename}"\r\n'
        f"Content-Type: {body.media_type}\r\n\r\n"
    ).encode("ascii")
    middle = f'\r\n--{boundary}\r\nContent-Disposition: form-data; name="data"\r\n\r\n'.encode("ascii")
    target = json.dumps({"modelID": key.model_id, "type": str(key.image_type)}).encode("ascii")
    end = f"\r\n--{boundary}--\r\n".encode("ascii")
    room = FRAMING_BYTES - len(head) - len(middle) - len(end)
    if len(target) > room:
        raise ValueError("the model id is longer than any id of the service")
    return head, body.data, middle + target.ljust(room) + end


def content_type(head: bytes) -> str:
    """Return the header that goes with a framed body; the first line of what comes first says the boundary."""
    return f"multipart/form-data; boundary={head[2 : 2 + _BOUNDARY_LENGTH].decode('ascii')}"


def _boundary(body: UploadBody) -> str:
    """Return a line that does not occur in the picture, even where someone who knows the token made it so."""
    tries = 0
    while (boundary := _digest(body.token, b"boundary%d" % tries)).encode("ascii") in body.data:
        tries += 1
    return boundary


def _digest(token: str, purpose: bytes) -> str:
    return blake2b(token.encode(), digest_size=_BOUNDARY_LENGTH // 2, key=purpose).hexdigest()
