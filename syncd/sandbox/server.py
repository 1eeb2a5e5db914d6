"""Serves a WSGI application on a loopback socket, and stops without leaving anything open."""

from __future__ import annotations

import logging
import socket
import threading
from typing import TYPE_CHECKING

from waitress import create_server, wasyncore

from syncd.sandbox.app import PREFIX

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

THREADS = 32

_TUNING = {
    "threads": THREADS,
    "connection_limit": 1000,
    "asyncore_use_poll": True,
    "recv_bytes": 1 << 15,
    "inbuf_overflow": 21_000_000,  # a body that is not refused stays in memory
    "max_request_body_size": 1 << 30,  # far above the API's own limit, so that the API can say so
    "clear_untrusted_proxy_headers": False,
    "ident": "syncd-sandbox",
}


class ListenError(ValueError):
    """The sandbox cannot listen where it is to; the words say why."""


def bind(listen: str) -> socket.socket:
    """Return a socket bound to `host:port`; port 0 takes a free one. ListenError says why it cannot be."""
    host, colon, port = listen.rpartition(":")
    host = host.strip("[]")
    if not colon or not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise ListenError(f"{listen!r} is not of the form host:port, 127.0.0.1:8788 for example")
    if host not in {"", "localhost", "127.0.0.1", "::1"}:
        raise ListenError(f"The sandbox listens on this machine only (127.0.0.1, ::1, localhost), not on {host!r}")
    family = socket.AF_INET6 if host == "::1" else socket.AF_INET
    try:
        return socket.create_server(("::1" if host == "::1" else "127.0.0.1", int(port)), family=family)
    except OSError as error:
        raise ListenError(f"Cannot listen on {listen}: {error.strerror}") from error


class Server:
    """One application on one bound socket, which it closes in the end.

    `run` serves until `stop` is called, from another thread or a signal handler; whoever called `stop` then calls
    `close`, never another: a stop that came while things are being closed would write where nothing is open.
    """

    def __init__(self, application: WSGIApplication, bound: socket.socket) -> None:
        host, port = bound.getsockname()[:2]
        self.base_url = f"http://{f'[{host}]' if ':' in host else host}:{port}{PREFIX}"
        # A busy moment is what a queue is for.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        self._sockets: dict[int, wasyncore.dispatcher] = {}
        self._server = create_server(application, map=self._sockets, sockets=[bound], **_TUNING)
        self._stopped = threading.Event()

    def run(self) -> None:
        """Serve until `stop`."""
        while not self._stopped.is_set():
            wasyncore.loop(timeout=1, use_poll=True, map=self._sockets, count=1)

    def stop(self) -> None:
        """Make `run` end soon."""
        if not self._stopped.is_set():
            self._stopped.set()
            self._server.pull_trigger()

    def close(self) -> None:
        """Close every connection and the socket, when `run` has ended."""
        self._stopped.set()
        self._server.task_dispatcher.shutdown()
        for channel in list(self._server.active_channels.values()):
            channel.handle_close()
        wasyncore.close_all(self._sockets)
