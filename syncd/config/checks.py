"""Faults between keys, looked for in what was written, so that they are told along with those of single keys."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from syncd.config.addresses import is_loopback, listen_address
from syncd.config.faults import Fault, written
from syncd.config.schema import Status
from syncd.model.names import shown_text, unplain


def cross_faults(merged: Mapping[str, object], base: bytes) -> list[Fault]:
    """Return what no single key is to blame for; a key that is a fault by itself is passed over."""
    dataset, status = _table(merged, "dataset"), _table(merged, "status")
    folders = _folders(dataset)
    return [
        *_rootless(dataset),
        *_exposed(status),
        *_repeated(folders, _set_of, "names the set {what} again; a set lies in one folder"),
        *_repeated(folders, partial(_path_of, base), "names the folder {what} again; a folder holds one set"),
    ]


def _rootless(dataset: Mapping[str, object]) -> Iterator[Fault]:
    if "root" not in dataset and not dataset.get("folders"):
        allowed = "the folder that holds the image sets, or [[dataset.folders]] must name single ones"
        yield Fault(("dataset", "root"), f"dataset.root is missing; it must be {allowed}")


def _exposed(status: Mapping[str, object]) -> Iterator[Fault]:
    listen = status.get("listen", Status().listen)
    if not isinstance(listen, str) or not listen or "token_file" in status:
        return
    try:
        host, _ = listen_address(listen)
    except ValueError:
        return
    if not is_loopback(host):
        allowed = "a loopback address such as 127.0.0.1:8787, unless status.token_file is set"
        yield Fault(("status", "listen"), f"status.listen must be {allowed}")


def _repeated(
    folders: list[tuple[int, Mapping[str, object]]], name: Callable[[Mapping[str, object]], str | None], words: str
) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, folder in folders:
        what = name(folder)
        if what in seen:
            place = ("dataset", "folders", index)
            yield Fault(place, f"{written(place)} {words.format(what=shown_text(what or ''))}")
        if what is not None:
            seen.add(what)


def _set_of(folder: Mapping[str, object]) -> str | None:
    model_id, image_type = folder.get("model_id"), folder.get("image_type")
    return f"{model_id}/{image_type}" if isinstance(model_id, str) and isinstance(image_type, str) else None


def _path_of(base: bytes, folder: Mapping[str, object]) -> str | None:
    path = folder.get("path")
    if not isinstance(path, str) or not path or "\0" in path:
        return None
    return os.fsdecode(os.path.realpath(os.path.join(base, os.path.expanduser(unplain(path)))))


def _folders(dataset: Mapping[str, object]) -> list[tuple[int, Mapping[str, object]]]:
    folders = dataset.get("folders")
    entries = folders if isinstance(folders, list) else []
    return [(index, entry) for index, entry in enumerate(entries) if isinstance(entry, dict)]


def _table(merged: Mapping[str, object], name: str) -> Mapping[str, object]:
    table = merged.get(name, {})
    return table if isinstance(table, dict) else {}
