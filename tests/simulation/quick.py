"""What makes a history cheap to play: work that comes out the same every time is done once a process."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache

import httpx
from sqlalchemy import Engine

from syncd.store import sqlite
from tests.simulation.statements import direct


@contextmanager
def quick(commits: Callable[[], None], plain: Callable[[], bool]) -> Iterator[None]:
    """Prepare statements and read addresses once, for all states and passes.

    `commits` is called before each commit. While `plain` says so statements go the whole way.
    """
    with ExitStack() as stack:
        stack.enter_context(direct(lambda: not plain()))
        stack.callback(setattr, sqlite, "_prepared", sqlite._prepared)
        sqlite._prepared = _sharing(sqlite._prepared, commits)
        parsing = _parsing(httpx._urlparse.urlparse)
        for module in (httpx._urls, httpx._urlparse):
            stack.callback(setattr, module, "urlparse", module.urlparse)
            module.urlparse = parsing
        stack.callback(gc.set_threshold, *gc.get_threshold())
        gc.set_threshold(20_000, 20, 20)
        yield


def _sharing(prepared, commits: Callable[[], None]):
    first: dict[tuple, Engine] = {}

    def shared(engine: Engine, pragmas: tuple[str, ...], begin: str) -> Engine:
        made = prepared(engine, pragmas, begin)
        before = first.setdefault((pragmas, begin), made)
        made.dialect, made._compiled_cache = before.dialect, before._compiled_cache
        if before is made and begin != "BEGIN" and made.url.database:
            made.dialect.do_commit = _telling(made.dialect.do_commit, commits)
        return made

    return shared


def _telling(commit, commits: Callable[[], None]):
    def told(connection) -> None:
        commits()
        commit(connection)

    return told


def _parsing(parse):
    remembered = lru_cache(4096)(parse)

    def parsed(url: str = "", **more: str | None):
        return remembered(url, **more)

    return parsed
