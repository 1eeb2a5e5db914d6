"""Decoding in processes of its own: a picture that makes its decoder crash, hang or swell harms nothing else."""

from __future__ import annotations

import signal
from types import TracebackType
from typing import Self, TypeGuard

from syncd.images.budget import Budget
from syncd.images.child import Child
from syncd.images.children import STOPPED, Children
from syncd.images.container import Container
from syncd.images.decoder import Look, Overrun, Undecodable, Unshrinkable
from syncd.images.limits import DECODE_MEMORY, DECODE_SECONDS, IDLE_SECONDS, SHRINK_SECONDS
from syncd.images.wire import Broken, Fields
from syncd.model.local import Likeness
from syncd.model.words import QUALITY

_STARVED = "this machine was too busy to decode it in time"
_ENDED = "its decoding was ended from outside"
_CRASHES = {signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGABRT, signal.SIGTRAP, signal.SIGSYS}
"""What a process may bring upon itself; all others come from somebody else, and tell nothing of a picture."""
_CRASHED = "damaged: its decoder crashes on it"


class Apart:
    """A Decoder that has up to `most` processes, begun when they are needed, and ended by `close`.

    One that was not asked for `idle` seconds is ended as well; `eager`: begun as soon as a picture would wait.
    Pictures wait for room in `budget`. Each may take `memory` bytes, with its own, and `seconds`, both of the clock
    and of a core.
    """

    def __init__(
        self,
        most: int,
        budget: Budget | None = None,
        *,
        seconds: float = DECODE_SECONDS,
        memory: int = DECODE_MEMORY,
        idle: float = IDLE_SECONDS,
        eager: bool = False,
    ) -> None:
        self._budget = budget or Budget()
        self._seconds, self._memory = seconds, memory
        self._children = Children(most, idle, eager=eager)

    def look(self, name: str, data: bytes, seen: Container, *, exact: bool = True) -> Look:
        """Decode every pixel, and return how the picture looks."""
        answer, _ = self._ask(name, data, seen, 0, self._seconds, exact=exact)
        return _look(answer)

    def shrink(self, name: str, data: bytes, seen: Container, most: int) -> bytes:
        """Return a JPEG of at most so many bytes."""
        seconds = self._seconds * SHRINK_SECONDS / DECODE_SECONDS
        return self._ask(name, data, seen, most, seconds)[1]

    def close(self) -> None:
        """End all processes. What is under way ends with MemoryError."""
        self._children.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(
        self, name: str, data: bytes, seen: Container, most: int, seconds: float, *, exact: bool = True
    ) -> tuple[Fields, bytes]:
        fields = {
            "name": name,
            "width": seen.width,
            "height": seen.height,
            "turn": seen.orientation,
            "most": most,
            "exact": exact,
            "memory": self._memory,
            "seconds": max(1, round(seconds)),
        }
        with self._budget.decoding(seen.pixels, len(data)):
            try:
                answer, made = self._asked(fields, data, most, seconds)
            except Undecodable:
                # A process may be ended by others; a picture that ends two is to blame.
                answer, made = self._asked(fields, data, most, seconds)
        _raise_told(answer, self._memory)
        return answer, made

    def _asked(self, fields: Fields, data: bytes, most: int, seconds: float) -> tuple[Fields, bytes]:
        child = self._children.take()
        try:
            return child.ask(fields, data, most, seconds)
        except (Broken, TimeoutError) as error:
            raise self._why(child, seconds, late=isinstance(error, TimeoutError)) from error
        except BaseException:
            child.end()
            raise
        finally:
            self._children.give_back(child)

    def _why(self, child: Child, seconds: float, *, late: bool) -> Exception:
        ended, cpu = child.end()
        if self._children.closed:
            return MemoryError(STOPPED)
        if ended == -signal.SIGXCPU or (late and cpu >= seconds / 2):
            return Overrun(f"decoding it takes longer than {seconds:g} seconds")
        if late or ended == -signal.SIGKILL:
            # The system ends processes where memory is short.
            return MemoryError(_STARVED)
        if ended < 0 and -ended not in _CRASHES:
            return MemoryError(_ENDED)
        return Undecodable(_CRASHED)


def _raise_told(answer: Fields, memory: int) -> None:
    if "undecodable" in answer:
        raise Undecodable(str(answer["undecodable"]))
    if "unshrinkable" in answer:
        raise Unshrinkable(str(answer["unshrinkable"]))
    if "memory" in answer:
        raise Overrun(f"decoding it takes more than {memory // 10**6} MB of memory")


def _look(answer: Fields) -> Look:
    """Read an answer as one of a process that may be in the hands of a picture: nothing in it is trusted."""
    match answer:
        case {
            "likeness": {"width": int(width), "height": int(height), "pixels": pixels, "thumb": str(thumb)},
            "warnings": list(words),
        } if width > 0 and height > 0 and _is_hex(thumb) and (pixels is None or _is_digest(pixels)):
            return Look(Likeness(width, height, pixels, thumb), tuple(word for word in QUALITY if word in words))
        case _:
            raise Undecodable(_CRASHED)


def _is_digest(pixels: object) -> TypeGuard[str]:
    return isinstance(pixels, str) and len(pixels) == 64 and _is_hex(pixels)


def _is_hex(text: str) -> bool:
    return not set(text) - set("0123456789abcdef")
