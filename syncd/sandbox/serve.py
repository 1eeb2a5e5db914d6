"""Runs the service: as a program until a signal, or beside other code for as long as that needs it."""

from __future__ import annotations

import fcntl
import itertools
import json
import os
import secrets
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TextIO

from syncd.sandbox.app import After, Before, create_app
from syncd.sandbox.faults import Faults
from syncd.sandbox.pictures import drawn
from syncd.sandbox.server import Server, bind
from syncd.sandbox.service import ImageService
from syncd.sandbox.wishes import Misbehaviour, Seeds


@contextmanager
def running(
    service: ImageService, *, before: Before | None = None, after: After | None = None, listen: str = "127.0.0.1:0"
) -> Iterator[str]:
    """Serve a service from threads of this process; gives its base URL."""
    server = Server(create_app(service, before=before, after=after), bind(listen))
    thread = threading.Thread(target=server.run, name="sandbox")
    thread.start()
    try:
        yield server.base_url
    finally:
        server.stop()
        thread.join()
        server.close()


def serve(
    listen: str = "127.0.0.1:8788",
    data: Path | str | None = None,
    *,
    out: TextIO | None = None,
    as_json: bool = False,
    seeds: Seeds = Seeds(),  # noqa: B008 - frozen
    faults: Misbehaviour = Misbehaviour(),  # noqa: B008
) -> None:
    """Serve until SIGINT or SIGTERM, having told `out` (stdout) where, with which key, and a model to begin with.

    It is told one fact a line, or `as_json` as one document.
    `data` is the folder that keeps everything, the key too; None: in memory. ListenError, or ValueError where the
    folder cannot be had.
    """
    bound = bind(listen)
    with bound, opened(data) as service:
        sow(service, seeds)
        model = service.models()[0]
        bent = Faults(service, faults)
        server = Server(create_app(service, before=bent.before, after=bent.after), bound)
        with _on_signals(server.stop), closing(server):
            facts = {"base_url": server.base_url, "api_key": service.api_key, "model_id": model.id, "ready": "yes"}
            print(_written(facts, as_json=as_json), file=out or sys.stdout, flush=True)
            server.run()


def sow(service: ImageService, seeds: Seeds) -> None:
    """See to it that so much is there; what was kept from before counts."""
    for _ in range(len(service.models()), max(1, seeds.models)):
        service.create_model()
    wanted = {"modelInput": seeds.foreign, "auxiliaryType": seeds.foreign, "output": seeds.output}
    numbers = itertools.count(1)
    for model in service.models():
        for image_type, most in wanted.items():
            for _ in range(len(service.images(model.id, image_type)), most):
                service.add_image(model.id, image_type, drawn(next(numbers)))


@contextmanager
def opened(data: Path | str | None) -> Iterator[ImageService]:
    """Give the service whose folder this is, with the key kept in it, and hold the folder; None: one in memory.

    ValueError where the folder cannot be had: another process holds it, or it is not the sandbox's own.
    """
    with _alone(data) as folder:
        yield ImageService(folder, api_key=_key(folder))


def _written(facts: dict[str, str], *, as_json: bool) -> str:
    return json.dumps(facts) if as_json else "\n".join(f"{name}: {value}" for name, value in facts.items())


@contextmanager
def _alone(data: Path | str | None) -> Iterator[Path | None]:
    """Hold a folder for this process: two services that do not know of each other would break every promise."""
    if data is None:
        yield None
        return
    folder = Path(data)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(folder / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ValueError(f"Cannot keep data in {folder}: {error.strerror}") from error
    try:
        _take(lock, folder)
        yield folder
    finally:
        os.close(lock)


def _take(lock: int, folder: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise ValueError(f"Another sandbox keeps its data in {folder}") from error


def _key(folder: Path | None) -> str | None:
    """Return the key of the folder, made on the first start and readable by its owner alone."""
    if folder is None:
        return None
    path, aside = folder / "api_key", folder / "api_key.new"
    if not path.exists():
        with open(os.open(aside, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="ascii") as file:
            file.write(f"{secrets.token_urlsafe(24)}\n")
        os.replace(aside, path)
    return path.read_text(encoding="ascii").strip()


@contextmanager
def _on_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Stop on SIGINT and SIGTERM. Only the main thread is told of signals; any other is stopped with the process."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, lambda *_: stop()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
