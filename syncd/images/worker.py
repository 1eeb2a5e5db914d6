"""A process that decodes what others do not trust, within limits; it holds no key, no file and no connection.

Its input is a socket. It ends when the other side does.
"""

from __future__ import annotations

import resource
import signal
from contextlib import suppress
from dataclasses import asdict
from socket import socket

import pillow_heif

from syncd.images import decode, freed, likeness, orientation, quality, shrink
from syncd.images.container import Container
from syncd.images.decoder import HERE, Undecodable, Unshrinkable
from syncd.images.wire import Broken, Fields, hear, tell

_MOST_BYTES = 1 << 30

_LOADED = decode, likeness, orientation, quality, shrink
"""What decoding takes in any case, so that it is not counted as the first picture's."""


def main() -> None:
    """Serve the socket that is our standard input."""
    with suppress(Broken), socket(fileno=0) as link:
        _prepare()
        tell(link, {"ready": True})
        while True:
            fields, data = hear(link, _MOST_BYTES)
            answer, made = _answer(fields, data)
            tell(link, {**answer, "cpu": _cpu()}, made)


def _prepare() -> None:
    """Give away what decoding needs not."""
    # Who stops a service may tell all its processes; this one ends when its asker does, and not on a picture before.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    # There is a process a core already.
    pillow_heif.options.DECODE_THREADS = 1
    for what in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE):
        _set(what, 0, 0)


def _answer(fields: Fields, picture: bytes) -> tuple[Fields, bytes]:
    name, most = str(fields["name"]), int(str(fields["most"]))
    width, height, turn = (int(str(fields[each])) for each in ("width", "height", "turn"))
    seen = Container(width, height, turn)
    _limit(int(str(fields["memory"])) - len(picture), int(str(fields["seconds"])))
    try:
        if most:
            return {}, HERE.shrink(name, picture, seen, most)
        return asdict(HERE.look(name, picture, seen, exact=bool(fields["exact"]))), b""
    except Undecodable as error:
        return {"undecodable": str(error)}, b""
    except Unshrinkable as error:
        return {"unshrinkable": str(error)}, b""
    except MemoryError:
        return {"memory": True}, b""


def _limit(memory: int, seconds: int) -> None:
    """Allow one picture so many bytes beyond what is in use now, and so much time of a core."""
    _soften(resource.RLIMIT_AS, _taken() - freed.kept() + memory)
    _soften(resource.RLIMIT_CPU, int(_cpu()) + 1 + seconds)


def _soften(what: int, soft: int) -> None:
    hard = resource.getrlimit(what)[1]
    _set(what, soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard)


def _set(what: int, soft: int, hard: int) -> None:
    # A service may be forbidden to change limits, even to lower its own; then the time that others wait is one still.
    with suppress(OSError, ValueError):
        resource.setrlimit(what, (soft, hard))


def _taken() -> int:
    """Return the bytes of address space taken; where no one tells, what the loaded decoders take at most."""
    try:
        with open("/proc/self/statm", "rb") as told:
            return int(told.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 1 << 30


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
