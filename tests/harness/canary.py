"""Looks for a key wherever a run may have left it: in files and their names, in what was printed, in argument lists."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from urllib.parse import quote, quote_plus

_PAD = (b"", b"x", b"xx")


@cache
def forms(key: str) -> dict[str, bytes]:
    """Return the key as it may appear, by the name of the form."""
    escaped = json.dumps(key)[1:-1]
    texts = {
        "raw": key,
        "quoted": quote(key, safe=""),
        "quoted, but for slashes": quote(key),
        "quoted as a form": quote_plus(key),
        "in JSON": escaped,
        "in JSON with its slashes escaped": escaped.replace("/", "\\/"),
        "in JSON in JSON": json.dumps(escaped)[1:-1],
        "as Python shows it": repr(key)[1:-1],
        "in hexadecimal": key.encode().hex(),
    }
    coded = {
        f"in base64{kind} after {len(before)}": encode(before + key.encode())
        for kind, encode in (("", base64.b64encode), (" for URLs", base64.urlsafe_b64encode))
        for before in _PAD
    }
    # The first and the last characters also hold bits of what stands beside the key.
    return {name: text.encode() for name, text in texts.items()} | {name: one[4:-4] for name, one in coded.items()}


def shows(key: str, data: bytes) -> list[str]:
    """Name the forms in which a key stands in these bytes."""
    return [name for name, form in forms(key).items() if form in data]


def sweep(key: str, home: Path, said: Iterable[bytes]) -> list[str]:
    """Say where the key is, below a folder or in what was said. A file that is nothing but the key is a key file."""
    found = [f"{place} {name}" for place, data in _files(home, key.encode()) for name in shows(key, data)]
    return found + [f"said {name}: {text!r}" for text in said for name in shows(key, text)]


def _files(home: Path, key: bytes) -> Iterator[tuple[str, bytes]]:
    for folder, folders, names in os.walk(os.fsencode(home)):
        for name in folders + names:
            path = os.path.join(folder, name)
            yield f"the name {path!r}", name
            if name in names and os.path.isfile(path) and not os.path.islink(path):
                with open(path, "rb") as file:
                    data = file.read()
                yield f"the file {path!r}", b"" if data.strip() == key else data


def command_lines(pids: Iterable[int]) -> list[bytes]:
    """Return the argument lists of processes and of what they have started; of one that is gone, nothing."""
    told = []
    for pid in pids:
        for each in (pid, *_children(pid)):
            try:
                told.append(Path(f"/proc/{each}/cmdline").read_bytes())
            except OSError:
                continue
    return told


def _children(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
