import os
import socket

import pytest

from syncd.daemon.systemd import Notifier


@pytest.fixture(params=["file", "abstract"])
def systemd(request, tmp_path):
    """What listens at the other end, and the name under which it is told."""
    name = str(tmp_path / "notify") if request.param == "file" else f"\0syncd-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(name)
        listening.settimeout(5)
        yield listening, name.replace("\0", "@")


def test_it_tells_what_happens_and_a_status_once(systemd):
    listening, name = systemd
    notifier = Notifier({"NOTIFY_SOCKET": name})
    notifier.ready()
    notifier.status("3 sets: 3 in sync")
    notifier.status("3 sets: 3 in sync")
    notifier.alive()
    notifier.reloading()
    notifier.stopping()
    told = [listening.recv(1000).decode() for _ in range(5)]
    assert told[:3] == ["READY=1", "STATUS=3 sets: 3 in sync", "WATCHDOG=1"]
    assert told[3].startswith("RELOADING=1\nMONOTONIC_USEC=")
    assert told[4] == "STOPPING=1"


def test_what_is_waited_for_is_told_with_a_word_for_the_watchdog(systemd):
    listening, name = systemd
    Notifier({"NOTIFY_SOCKET": name}).waiting("the disk is full")
    assert listening.recv(1000).decode() == "STATUS=the disk is full\nWATCHDOG=1\nEXTEND_TIMEOUT_USEC=60000000"


def test_without_systemd_nothing_happens(tmp_path):
    for address in ("", "relative", str(tmp_path / "gone")):
        Notifier({"NOTIFY_SOCKET": address}).ready()


@pytest.mark.parametrize(
    ("environ", "watched"),
    [
        ({}, False),
        ({"WATCHDOG_USEC": "60000000"}, True),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())}, True),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}, False),
        ({"WATCHDOG_USEC": "soon"}, False),
    ],
)
def test_the_watchdog_is_fed_where_it_is_ours(environ, watched):
    assert Notifier(environ).is_watched is watched
