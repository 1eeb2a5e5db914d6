"""Whether a state lies on a file system whose locks cannot be relied on."""

from __future__ import annotations

import os
import re

_NETWORK = frozenset(
    {"9p", "afs", "ceph", "cifs", "davfs", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4", "smb3", "smbfs", "virtiofs"}
)
_OCTAL = re.compile(rb"\\([0-7]{3})")


def network_file_system(path: str, mountinfo: str = "/proc/self/mountinfo") -> str | None:
    """Return the kind of network file system that a path lies on; None where it is local or cannot be told."""
    target = os.fsencode(os.path.realpath(path))
    try:
        with open(mountinfo, "rb") as file:
            mounts = [_mount(line) for line in file if b" - " in line]
    except OSError:
        return None
    above = [mount for mount in mounts if _is_below(target, mount[0])]
    # Of two mounts at one place the later one is seen, and max() returns the first of equals.
    kind = max(reversed(above), key=lambda mount: len(mount[0]), default=(b"", ""))[1]
    return kind if kind in _NETWORK or kind.startswith("fuse.") else None


def _mount(line: bytes) -> tuple[bytes, str]:
    before, _, after = line.partition(b" - ")
    point = _OCTAL.sub(lambda found: bytes([int(found[1], 8)]), before.split()[4])
    return point, after.split()[0].decode("ascii", "replace")


def _is_below(path: bytes, point: bytes) -> bool:
    return path == point or path.startswith(point.rstrip(b"/") + b"/")
