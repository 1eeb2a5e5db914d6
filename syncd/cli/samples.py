"""The demo's files: good photos in every format, and what goes wrong with photos in real life."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial

MODEL_ID = "demo-portrait"
TRAINING = f"models/{MODEL_ID}/modelInput"
STYLE = f"models/{MODEL_ID}/auxiliaryType"

GOOD = 24
"""Photos for a set that takes 20."""

_ENDINGS = ("jpg", "jpeg", "webp", "jpg", "heic", "jpg", "png", "jpg")
_NOTE = "This was to be a photo, but only a note was saved under its name.\n"

Make = Callable[[], bytes]


def samples() -> Mapping[str, Make]:
    """Return every sample by its path below the demo's folder, to be made when it is wanted."""
    return {**_good(), **_bad()}


def lay_out(folder: str) -> int:
    """Write the samples that the folder lacks, and tell how many. What is there stays as it is, whoever made it."""
    missing = {path: make for path, make in samples().items() if not os.path.lexists(os.path.join(folder, path))}
    for path, make in missing.items():
        write(os.path.join(folder, path), make())
    return len(missing)


def write(path: str, data: bytes) -> None:
    """Write a file whole, or not at all."""
    parent, name = os.path.split(path)
    os.makedirs(parent, exist_ok=True)
    aside = os.path.join(parent, f".{name}.part")
    with open(aside, "wb") as file:
        file.write(data)
    os.replace(aside, path)


def _good() -> dict[str, Make]:
    from syncd.images.drawing import landscape, makes_heic, portrait

    endings = [ending if ending != "heic" or makes_heic() else "jpg" for ending in _ENDINGS]
    people = ((number, endings[(number - 1) % len(endings)]) for number in range(1, GOOD + 1))
    places = enumerate(dict.fromkeys(endings), start=1)
    return {
        **{f"{TRAINING}/portrait-{seed}.{end}": partial(portrait, seed, _format(end)) for seed, end in people},
        **{f"{STYLE}/place-{seed}.{end}": partial(landscape, seed, _format(end)) for seed, end in places},
    }


def _bad() -> dict[str, Make]:
    from syncd.images.drawing import landscape, portrait

    return {
        f"{TRAINING}/portrait-1_copy.jpg": partial(portrait, 1, "jpeg"),
        f"{TRAINING}/half-a-download.jpg": lambda: _half(portrait(GOOD + 1, "jpeg")),
        f"{TRAINING}/scan.jpg": partial(portrait, GOOD + 2, "tiff"),
        f"{TRAINING}/photo.png": _NOTE.encode,
        f"{TRAINING}/empty.webp": bytes,
        f"models/{MODEL_ID}/astray.jpg": partial(landscape, GOOD + 3, "jpeg"),
    }


def _format(ending: str) -> str:
    return "jpeg" if ending == "jpg" else ending


def _half(data: bytes) -> bytes:
    return data[: len(data) // 2]
