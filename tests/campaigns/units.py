"""The system units under a real systemd: `python -m tests.campaigns.units`, as root, with systemd, nsenter and openssl.

A copy of this machine's root, in memory and in namespaces of its own, boots a systemd as its first process. There
syncd is installed as README says, against the sandbox behind TLS, and what befalls a service befalls it. This machine
stays as it is.
"""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from syncd.sandbox import ImageService, running
from tests import samples
from tests.campaigns.report import HOUSE, say

KEY, MODEL = "sk-of-the-units", "m42"
SET = f"/srv/photos/models/{MODEL}/modelInput"
PATIENCE_SECONDS = 60
WATCHDOG_SECONDS = 60
"""As the unit says."""
EXPOSURE = 1.1
FIRST = "/lib/systemd/systemd"
_PAUSE = threading.Event()

# Propagation is shared, as systemd finds it on a machine: it hands credentials over by it. Where the first process is
# in a chroot the kernel gives no user namespaces, so that the root is really another one.
BOOT = """
set -e
mount -t tmpfs -o size=3g tmpfs {home}
cd {home}; mkdir up work root
mount -t overlay overlay -o lowerdir=/,upperdir=up,workdir=work root
cd root
mount -t proc proc proc; mount --bind proc/sys proc/sys; mount -o remount,bind,ro proc/sys
mount -t sysfs sysfs sys; mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs tmpfs run; mount -t tmpfs tmpfs tmp; mount -t tmpfs tmpfs dev
for each in null zero full random urandom tty; do touch dev/$each; mount --bind /dev/$each dev/$each; done
mkdir dev/pts dev/shm; mount -t devpts devpts dev/pts; mount -t tmpfs tmpfs dev/shm
ln -s pts/ptmx dev/ptmx; ln -s /proc/self/fd dev/fd
rm -rf etc/systemd/system/*; echo uninitialized > etc/machine-id
ln -s /lib/systemd/system/basic.target etc/systemd/system/default.target
ln -s /dev/null etc/systemd/system/systemd-networkd-wait-online.service
mkdir -p .old srv/photos; mount --rbind {home}/../clone mnt
pivot_root . .old; cd /; umount -l /.old; mount --make-rshared /
exec env container=other {first} --system </dev/null >/dev/null 2>&1
"""
INSTALL = f"""
set -e
cd /mnt
/usr/bin/python3 -m venv /usr/local/lib/syncd
/usr/local/lib/syncd/bin/pip install -q -c .ci/constraints.txt .
ln -s /usr/local/lib/syncd/bin/syncd /usr/local/bin/; useradd --system --no-create-home syncd
groupadd photos; mkdir -p {SET}; chgrp -R photos /srv/photos; chmod -R g+rxs,o-rwx /srv/photos
install -m 644 systemd/system/* /etc/systemd/system/
for unit in syncd.service syncd@.service syncd-sync.service; do
  mkdir /etc/systemd/system/$unit.d
  printf '[Service]\\nSupplementaryGroups=photos\\nEnvironment=SSL_CERT_FILE=/etc/syncd/ca.pem\\n' \\
    > /etc/systemd/system/$unit.d/ours.conf
done
systemctl daemon-reload
"""
CONFIG = """
[service]
base_url = "https://localhost:{port}/api"
[dataset]
root = "/srv/photos"
[deletes]
grace_seconds = 2
[status]
listen = ""
"""


class Machine:
    """What was booted, and what is asked of it."""

    def __init__(self, home: Path) -> None:
        apart = ["-f", "-p", "-m", "-C", "-i", "-u", "--propagation", "private", "--kill-child"]
        self._boot = subprocess.Popen(["unshare", *apart, "sh", "-c", BOOT.format(home=home, first=FIRST)])
        self._group = _group(self._boot.pid)
        self._before = set(_groups(self._group))
        try:
            self._first = self._await_first()
        except SystemExit:
            self.end()
            raise

    def _await_first(self) -> int:
        children = Path(f"/proc/{self._boot.pid}/task/{self._boot.pid}/children")
        until("it boots", lambda: any(_is_first(int(pid)) for pid in children.read_text().split()))
        return int(children.read_text().split()[0])

    def do(self, script: str) -> str:
        """Run a script there; what it says, whatever it ends with."""
        line = ["nsenter", "-t", str(self._first), "-a", "-r", "-w", "bash", "-c", script]
        done = subprocess.run(line, capture_output=True, text=True, check=False)
        return (done.stdout + done.stderr).strip()

    def write(self, path: str, text: str | bytes, mode: int = 0o644) -> None:
        target = Path(f"/proc/{self._first}/root{path}")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else text.encode())
        target.chmod(mode)

    def shows(self, unit: str) -> dict[str, str]:
        wanted = "ActiveState,SubState,StatusText,ExecMainStatus,NRestarts,MainPID,Result"
        return dict(line.split("=", 1) for line in self.do(f"systemctl show {unit} -p {wanted}").splitlines())

    def end(self) -> None:
        """Take everything away, the groups that its services were in as well."""
        self._boot.kill()
        self._boot.wait()
        _PAUSE.wait(1)
        for each in sorted(set(_groups(self._group)) - self._before, reverse=True):
            with suppress(OSError):
                each.rmdir()


def _group(pid: int) -> Path:
    """Return the folder of the control group of version 2 that a process is in."""
    mounts = (line.split() for line in Path("/proc/mounts").read_text().splitlines())
    top = next(Path(where) for _, where, kind, *_ in mounts if kind == "cgroup2")
    lines = Path(f"/proc/{pid}/cgroup").read_text().splitlines()
    return top / next(line[3:] for line in lines if line.startswith("0::")).lstrip("/")


def _groups(top: Path) -> list[Path]:
    return [Path(where) for where, *_ in os.walk(top)]


def _is_first(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().startswith(FIRST.encode())
    return False


def until(what: str, holds: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            sys.exit(f"BROKEN: {what}")
        _PAUSE.wait(0.2)
    say("ok:", what)


@contextmanager
def behind_tls(home: Path, port: int) -> Iterator[int]:
    """Serve what is on a port by TLS too; the authority that vouches for it lies in `ca.pem`."""
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(home / "key.pem"), "-out", str(home / "ca.pem")]
    subprocess.run([*made, *names], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(home / "ca.pem", home / "key.pem")
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_accept, args=(server, context, port), daemon=True).start()
        yield server.getsockname()[1]


def _accept(server: socket.socket, context: ssl.SSLContext, port: int) -> None:
    while True:
        try:
            peer = server.accept()[0]
        except OSError:
            return
        with suppress(OSError):
            ours = context.wrap_socket(peer, server_side=True)
            theirs = socket.create_connection(("127.0.0.1", port))
            for pair in ((ours, theirs), (theirs, ours)):
                threading.Thread(target=_pump, args=pair, daemon=True).start()


def _pump(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while data := one.recv(1 << 16):
            other.sendall(data)
    for each in (one, other):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


def befall(machine: Machine, service: ImageService, url: str) -> None:
    """Let happen what happens to a service, and see what becomes of it."""
    photos = {"a.jpg": samples.jpeg(1), "b.png": samples.png(2), "c.webp": samples.webp(3), "d.heic": samples.heic(4)}
    for name, data in photos.items():
        machine.write(f"{SET}/{name}", data)

    def up(number: int) -> Callable[[], bool]:
        return lambda: len(service.images(MODEL)) == number

    def is_so(unit: str, **facts: str) -> Callable[[], bool]:
        return lambda: facts.items() <= machine.shows(unit).items()

    machine.do("systemctl enable --now syncd")
    until("photos of all formats are up, over TLS", up(4))
    until("it is told in a line", is_so("syncd", SubState="running", StatusText="1 set: 1 in sync"))
    machine.do(f"rm {SET}/a.jpg")
    until("a photo that is taken away is gone there", up(3))

    process = machine.shows("syncd")["MainPID"]
    machine.do("echo 'nonsense = 1' >> /etc/syncd/config.toml; systemctl reload syncd")
    told = lambda: "configuration not taken" in machine.do("journalctl -u syncd -o cat")  # noqa: E731 - once
    until("a wrong configuration is told of", told)
    until("and not taken", is_so("syncd", SubState="running", MainPID=process))
    machine.do("systemctl restart syncd")
    until("and ends it at a start, for good", is_so("syncd", ActiveState="failed", ExecMainStatus="78", NRestarts="0"))
    machine.do("sed -i '/nonsense/d' /etc/syncd/config.toml; echo wrong > /etc/syncd/api_key; systemctl start syncd")
    until("as does a wrong key", is_so("syncd", ActiveState="failed", ExecMainStatus="77", NRestarts="0"))
    machine.do(f"echo {KEY} > /etc/syncd/api_key; systemctl start syncd")
    until("with the right one it goes on", is_so("syncd", StatusText="1 set: 1 in sync"))

    machine.do("systemctl kill -s STOP syncd")
    again = is_so("syncd", SubState="running", NRestarts="1", StatusText="1 set: 1 in sync")
    until("hung, it is begun anew", again, WATCHDOG_SECONDS + PATIENCE_SECONDS)
    began = time.monotonic()
    machine.do("systemctl stop syncd")
    until("it stops within ten seconds", lambda: time.monotonic() - began < 10)
    until("as it should", is_so("syncd", ActiveState="inactive", Result="success"))

    machine.do("systemctl start syncd-sync")
    until("a single pass goes well", lambda: "Finished syncd-sync" in machine.do("journalctl -u syncd-sync -o cat"))
    # What the sandbox says of where its pictures are holds for those that reach it without TLS.
    machine.write("/etc/syncd/studio.toml", CONFIG.replace("https://localhost:{port}/api", url))
    machine.do("install -m 600 /etc/syncd/api_key /etc/syncd/studio.key; systemctl start syncd@studio")
    until("another instance knows what is up", is_so("syncd@studio", StatusText="1 set: 1 in sync"))
    until("and sends none of it again", up(3))
    machine.do("systemctl stop syncd@studio")

    level = machine.do("systemd-analyze security syncd --no-pager").rpartition("syncd.service: ")[2].split()[0]
    until(f"its exposure is {level}", lambda: float(level) <= EXPOSURE)
    told = machine.do("systemd-analyze verify /etc/systemd/system/syncd*.service /etc/systemd/system/syncd-sync.timer")
    until("systemd finds nothing to say of the units", lambda: "syncd" not in told)


def main() -> None:
    if os.geteuid() != 0 or not shutil.which("nsenter") or not Path(FIRST).exists():
        sys.exit("It takes root, nsenter and systemd.")
    service = ImageService(api_key=KEY)
    service.create_model(MODEL)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        home = Path(name)
        url = stack.enter_context(running(service))
        port = stack.enter_context(behind_tls(home, int(url.split(":")[2].split("/")[0])))
        subprocess.run(["git", "clone", "-q", HOUSE, home / "clone"], check=True)
        (home / "machine").mkdir()
        machine = Machine(home / "machine")
        stack.callback(machine.end)
        machine.write("/etc/syncd/config.toml", CONFIG.format(port=port))
        machine.write("/etc/syncd/api_key", f"{KEY}\n", 0o600)
        machine.write("/etc/syncd/ca.pem", (home / "ca.pem").read_bytes())
        until("systemd is up", lambda: machine.do("systemctl is-active basic.target") == "active")
        said = machine.do(INSTALL)
        until(f"it is installed {said[-200:]}".strip(), lambda: machine.do("syncd --version").startswith("syncd "))
        befall(machine, service, url)


if __name__ == "__main__":
    main()
