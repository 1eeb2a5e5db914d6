"""Serves the status page from a thread of its own, for as long as the daemon is there."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

from syncd.config.addresses import listen_address
from syncd.config.schema import Status
from syncd.config.secret import checked, read_secret
from syncd.errors import ConfigError
from syncd.model.names import shown
from syncd.page.outlook import Outlook

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from waitress.server import BaseWSGIServer

_LOOP_SECONDS = 5.0
"""Between two looks for connections that were left open; whoever asks or stops wakes it."""

_ANSWER_SECONDS = 1.0
"""Whoever is being answered when it ends has so long."""
_END_SECONDS = 2.0
"""Then the port is free for the next daemon: more than the answer has."""

_TUNING = {
    "threads": 2,
    "connection_limit": 20,
    "channel_timeout": 10,
    "cleanup_interval": 5,
    "max_request_header_size": 1 << 14,
    "asyncore_use_poll": True,
    "max_request_body_size": 1 << 16,
    "clear_untrusted_proxy_headers": True,
    "ident": "syncd",
}


class Serving:
    """The page, `/metrics` and `/healthz`. Where it cannot be served that is told, and nothing else is kept from."""

    def __init__(self, wishes: Status, outlook: Outlook, log: logging.Logger) -> None:
        self._wishes = wishes
        self._outlook = outlook
        self._log = log
        self._sockets: dict[int, object] = {}
        self._bell: _Bell | None = None
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()

    def start(self) -> None:
        """Begin to serve, where that is wanted and can be."""
        listen, path = self._wishes.listen, self._wishes.token_file
        if not listen:
            return
        token = None if path is None else partial(_token, path)
        try:
            if token is not None:
                token()
            self._serve(_Late(self._outlook, token), _bind(listen))
        except ConfigError as error:
            self._log.warning("no status page", extra={"why": error.message, "remedy": error.remedy})
        except (OSError, UnicodeError, RuntimeError) as error:
            why = f"status.listen = {listen}: {_words(error)}"
            remedy = 'name another one as status.listen, or "" for none'
            self._log.warning("no status page", extra={"why": why, "remedy": remedy})

    def stop(self) -> None:
        """Take no one in any more; who is being answered still is."""
        self._stopped.set()
        if self._bell is not None:
            self._bell.ring()

    def join(self) -> None:
        """Wait until it has stopped: the port is free then, whoever is still being answered."""
        if self._thread is not None:
            self._thread.join(_END_SECONDS)

    def _serve(self, application: WSGIApplication, bound: socket.socket) -> None:
        from waitress import create_server

        # A busy moment is what a queue is for, and whoever holds all connections must not fill the log.
        for name in ("waitress", "waitress.queue"):
            logging.getLogger(name).setLevel(logging.ERROR)
        with ExitStack() as undo:
            undo.callback(bound.close)
            server = create_server(application, map=self._sockets, sockets=[bound], **_TUNING)
            bell = _Bell(server)
            thread = threading.Thread(target=self._run, args=(server, bell), name="syncd-page", daemon=True)
            thread.start()
            undo.pop_all()
        self._bell, self._thread = bell, thread
        host, port = bound.getsockname()[:2]
        url = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
        self._log.info("status page", extra={"url": url})

    def _run(self, server: BaseWSGIServer, bell: _Bell) -> None:
        from waitress import wasyncore

        try:
            while not self._stopped.is_set():
                wasyncore.loop(timeout=_LOOP_SECONDS, use_poll=True, map=self._sockets, count=1)
        except Exception as error:  # noqa: BLE001 - the page ends, and nothing else does
            self._log.warning("status page ended", extra={"why": type(error).__name__})
        server.task_dispatcher.shutdown(timeout=_ANSWER_SECONDS)
        for channel in list(server.active_channels.values()):
            channel.handle_close()
        bell.take_away()
        wasyncore.close_all(self._sockets)


class _Bell:
    """Wakes the loop of a server, from any thread; does nothing once it was taken away.

    Its pipe is closed with the server, and the number of that may be another file's by the time somebody rings.
    """

    def __init__(self, server: BaseWSGIServer) -> None:
        self._pull = server.pull_trigger
        self._lock = threading.Lock()
        self._is_there = True
        # Whoever answers requests rings too, and may be slower than the end.
        server.pull_trigger = self.ring

    def ring(self) -> None:
        """Let the loop go round."""
        with self._lock:
            if self._is_there:
                self._pull()

    def take_away(self) -> None:
        """Let nobody ring any more."""
        with self._lock:
            self._is_there = False


class _Late:
    """Makes the application when somebody asks for it: until then it takes no memory."""

    def __init__(self, outlook: Outlook, token: Callable[[], str] | None) -> None:
        self._outlook = outlook
        self._token = token
        self._lock = threading.Lock()
        self._made: WSGIApplication | None = None

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        with self._lock:
            if self._made is None:
                from syncd.page.app import create_app

                self._made = create_app(self._outlook, self._token)
        return self._made(environ, start)


def _token(path: bytes) -> str:
    """Read the token anew, as the file may have another one by now."""
    return checked(read_secret(path, "page's token", "status.token_file"), shown(path), "token")


def _words(error: Exception) -> str:
    """Say what the system says; of a name that is none its resolver."""
    if not isinstance(error, OSError):
        return str(error)
    return os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror or str(error)


def _bind(listen: str) -> socket.socket:
    host, port = listen_address(listen)
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    return socket.create_server((host, port), family=family)
