"""How a decoding process and the one that asks it talk: a short JSON text and bytes, each behind its length."""

from __future__ import annotations

import json
from collections.abc import Mapping
from socket import MSG_WAITALL, socket
from struct import Struct

HEAD = Struct(">II")
_PIECE = 1 << 18
MOST_TEXT = 100_000
"""A longer text is no answer of ours; the thumbnail is the longest part of one."""

Fields = Mapping[str, object]


class Broken(Exception):
    """The other side is gone, or says what none of us says."""


def tell(link: socket, fields: Fields, data: bytes = b"") -> None:
    """Send one message. Raises Broken."""
    text = json.dumps(fields).encode()
    try:
        link.sendall(HEAD.pack(len(text), len(data)) + text)
        link.sendall(data)
    except OSError as error:
        raise Broken from error


def hear(link: socket, most: int) -> tuple[Fields, bytes]:
    """Receive one message with at most so many bytes. Raises Broken, and TimeoutError by the socket's own limit."""
    text_size, size = HEAD.unpack(_exactly(link, HEAD.size))
    if text_size > MOST_TEXT or size > most:
        raise Broken
    try:
        fields = json.loads(_exactly(link, text_size))
    except (ValueError, RecursionError) as error:
        raise Broken from error
    if not isinstance(fields, dict):
        raise Broken
    return fields, _exactly(link, size)


def _exactly(link: socket, count: int) -> bytes:
    parts = []
    # One that waits as long as it takes gets all of it in one piece: a picture is then copied once.
    most = count if link.gettimeout() is None else _PIECE
    while count > 0:
        try:
            part = link.recv(min(count, most), MSG_WAITALL)
        except TimeoutError:
            raise
        except OSError as error:
            raise Broken from error
        if not part:
            raise Broken
        parts.append(part)
        count -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)
