"""A pair of Syncthing on loopback, as quick as it can be set: no discovery, relay or fsync, and the shortest delay."""

import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

PROGRAM = "syncthing"
DELAY_SECONDS = 1
"""Of its watch; version 1.19 takes no shorter one."""

OPTIONS = """
        <listenAddress>tcp://127.0.0.1:{port}</listenAddress>
        <globalAnnounceEnabled>false</globalAnnounceEnabled>
        <localAnnounceEnabled>false</localAnnounceEnabled>
        <relaysEnabled>false</relaysEnabled>
        <natEnabled>false</natEnabled>
        <reconnectionIntervalS>1</reconnectionIntervalS>
        <startBrowser>false</startBrowser>
        <urAccepted>-1</urAccepted>
        <autoUpgradeIntervalH>0</autoUpgradeIntervalH>
        <crashReportingEnabled>false</crashReportingEnabled>
        <setLowPriority>false</setLowPriority>
"""
DEVICE = '<device id="{id}" name="{name}" compression="never"><address>tcp://127.0.0.1:{port}</address></device>'
FOLDER = """
    <folder id="burst" path="{path}" type="{kind}" rescanIntervalS="3600"
            fsWatcherEnabled="true" fsWatcherDelayS="{delay}">
        <device id="{one}"></device><device id="{other}"></device>
        <disableFsync>true</disableFsync>
        <markerName>.</markerName>
    </folder>
"""


def _asked(*arguments: str) -> str:
    return subprocess.run([PROGRAM, *arguments], check=True, capture_output=True, text=True).stdout


class _Side:
    def __init__(self, home: Path, name: str) -> None:
        self.home, self.name = home / f"syncthing-{name}", name
        self.folder = home / f"syncthing-{name}-photos"
        self.folder.mkdir()
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        subprocess.run(
            [PROGRAM, "generate", "--home", self.home, "--no-default-folder"], check=True, capture_output=True
        )
        shown = subprocess.run(
            [PROGRAM, "--home", self.home, "--device-id"], check=True, capture_output=True, text=True
        )
        self.id = shown.stdout.strip()

    def configure(self, other: "_Side", kind: str) -> None:
        devices = "\n".join(DEVICE.format(id=one.id, name=one.name, port=one.port) for one in (self, other))
        folder = FOLDER.format(path=self.folder, kind=kind, delay=DELAY_SECONDS, one=self.id, other=other.id)
        options = f"<options>{OPTIONS.format(port=self.port)}</options>"
        version = re.search(r'version="(\d+)"', (self.home / "config.xml").read_text())
        gui = '<gui enabled="false"></gui>'
        text = f'<configuration version="{version[1]}">{folder}{devices}{gui}{options}</configuration>'
        (self.home / "config.xml").write_text(text)

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen]:
        line = [PROGRAM, "serve", "--home", self.home, "--no-browser", "--no-restart"]
        # In a group of its own: the process that is started has another one do the work.
        with (
            (self.home / "log").open("w") as log,
            subprocess.Popen(line, stdout=log, stderr=log, start_new_session=True) as process,
        ):
            try:
                yield process
            finally:
                process.terminate()


@contextmanager
def pair(home: Path) -> Iterator[tuple[Path, Path, list[subprocess.Popen]]]:
    """Two that keep a folder equal: where to write, where it arrives, and the leaders of their groups."""
    sender, receiver = _Side(home, "sender"), _Side(home, "receiver")
    sender.configure(receiver, "sendonly")
    receiver.configure(sender, "receiveonly")
    with ExitStack() as stack:
        processes = [stack.enter_context(side.running()) for side in (receiver, sender)]
        yield sender.folder, receiver.folder, processes
