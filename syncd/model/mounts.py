"""What is mounted where on this machine, and which of it others can change behind our back."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass

MOUNTINFO = "/proc/self/mountinfo"

_NETWORK = frozenset(
    {
        *("9p", "afs", "ceph", "cifs", "coda", "davfs", "drvfs", "gfs2", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4"),
        *("ocfs2", "prl_fs", "smb3", "smbfs", "vboxsf", "virtiofs", "vmhgfs"),
    }
)
_OCTAL = re.compile(rb"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Mount:
    """One mount. `number` tells it from an earlier one at the same point."""

    number: bytes
    point: bytes
    kind: str

    @property
    def is_network(self) -> bool:
        """Whether others may change it: the system then tells neither of locks nor of events there."""
        return self.kind in _NETWORK or self.kind.startswith("fuse.")


def read_mounts(mountinfo: str = MOUNTINFO) -> tuple[Mount, ...]:
    """Return what is mounted, in the order in which it was; nothing where that cannot be told."""
    try:
        with open(mountinfo, "rb") as file:
            return tuple(_mount(line) for line in file if b" - " in line)
    except OSError:
        return ()


def network_file_system(path: str, mountinfo: str = MOUNTINFO) -> str | None:
    """Return the kind of network file system that a path lies on; None where it is local or cannot be told."""
    mount = mount_of(os.fsencode(os.path.realpath(path)), read_mounts(mountinfo))
    return mount.kind if mount is not None and mount.is_network else None


def network_kind(path: bytes, mounts: Iterable[Mount]) -> str | None:
    """Return the kind of a network file system that an absolute path lies on, or that is mounted below it.

    It is looked for under the name as given first, since to follow links may hang where a server is gone.
    """
    mounts = tuple(mounts)
    for resolve in (bytes, os.path.realpath):
        named = resolve(path)
        seen = (mount_of(named, mounts), *(mount for mount in mounts if is_below(mount.point, named)))
        kinds = [mount.kind for mount in seen if mount is not None and mount.is_network]
        if kinds:
            return kinds[0]
    return None


def around(paths: Iterable[bytes], mounts: Iterable[Mount]) -> tuple[Mount, ...]:
    """Return the mounts that lie above or below one of the paths."""
    paths = tuple(paths)
    return tuple(
        mount for mount in mounts if any(is_below(path, mount.point) or is_below(mount.point, path) for path in paths)
    )


def mount_of(path: bytes, mounts: Iterable[Mount]) -> Mount | None:
    """Return the mount that an absolute path, with no link in it, lies on."""
    above = [mount for mount in mounts if is_below(path, mount.point)]
    # Of two mounts at one place the later one is seen, and max() returns the first of equals.
    return max(reversed(above), key=lambda mount: len(mount.point), default=None)


def is_below(path: bytes, point: bytes) -> bool:
    """Tell whether a path is `point`, or lies below it."""
    return path == point or path.startswith(point.rstrip(b"/") + b"/")


def _mount(line: bytes) -> Mount:
    before, _, after = line.partition(b" - ")
    fields = before.split()
    point = _OCTAL.sub(lambda found: bytes([int(found[1], 8)]), fields[4])
    return Mount(fields[0], point, after.split()[0].decode("ascii", "replace"))
