"""A file that holds one secret and nothing else. What is wrong with it is told without a word of what it holds."""

from __future__ import annotations

import os
import stat

from syncd.errors import ConfigError
from syncd.model.names import shown

_LONGEST = 8192


def read_secret(path: bytes, what: str, setting: str) -> str:
    """Return what the file holds, unchecked. ConfigError where it cannot be read, or others can.

    `what` is the secret's name for people, `setting` the key of the configuration that names the file.
    """
    try:
        with open(path, "rb", opener=_opener) as file:
            _guard(path, os.fstat(file.fileno()), what)
            return file.read(_LONGEST + 1).decode("ascii", "replace")
    except OSError as error:
        why = os.strerror(error.errno or 0)
        raise ConfigError(
            f"The {what} cannot be read from {shown(path)}: {why}",
            f"Name a file that exists and that this user may read as {setting}.",
        ) from None


def checked(written: str, source: str, what: str) -> str:
    """Return the secret without its line end. ConfigError for what is not one line that a header can carry."""
    text = written.removesuffix("\n").removesuffix("\r")
    if not text or len(text) > _LONGEST or not all("!" <= character <= "~" for character in text):
        raise ConfigError(
            f"What {source} holds is no {what}",
            "It must be one line of visible ASCII characters without blanks.",
        )
    return text


def _opener(path: str | bytes, flags: int) -> int:
    # Without O_NONBLOCK a FIFO would hold us here until someone writes.
    return os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)


def _guard(path: bytes, status: os.stat_result, what: str) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise ConfigError(f"{shown(path)} should hold the {what} and is no file", f"Name a file with the {what} alone.")
    if status.st_mode & 0o007:
        mode = f"{stat.S_IMODE(status.st_mode):04o}"
        raise ConfigError(
            f"The file with the {what} can be read by others: {shown(path)} has mode {mode}",
            f"Run: chmod 600 {shown(path)}",
        )
