import os
from pathlib import Path

from syncd.model.mounts import Mount, around, network_file_system, network_kind


def test_a_network_file_system_is_told_by_the_mount_that_is_seen(tmp_path: Path) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_bytes(
        b"1 1 0:1 / / rw - ext4 /dev/a rw\n"
        b"2 1 0:2 / /mnt/my\\040nas rw shared:1 - nfs4 nas:/x rw\n"
        b"3 1 0:3 / /mnt/my\\040nas/local rw - ext4 /dev/b rw\n"
        b"4 1 0:4 / /mnt/twice rw - ext4 /dev/c rw\n"
        b"5 1 0:5 / /mnt/twice rw - fuse.sshfs x rw\n"
    )
    kinds = {
        path: network_file_system(path, str(mounts))
        for path in ("/mnt/my nas/state.db", "/mnt/my nas/local/s", "/mnt/my nasty", "/etc/x", "/mnt/twice/s")
    }
    assert list(kinds.values()) == ["nfs4", None, None, None, "fuse.sshfs"]
    assert network_file_system("/x", str(tmp_path / "none")) is None


def test_a_network_file_system_is_found_below_a_path_and_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "link").symlink_to("photos")
    photos, link, other = (os.fsencode(tmp_path / name) for name in ("photos", "link", "other"))
    local = Mount(b"1", b"/", "ext4")
    for point, found in ((photos, "nfs"), (photos + b"/models/m1", "nfs"), (other, None), (photos + b"2", None)):
        mounts = (local, Mount(b"2", point, "nfs"))
        assert (network_kind(photos, mounts), network_kind(link, mounts)) == (found, found)


def test_mounts_around_a_path_lie_above_or_below_it() -> None:
    points = (b"/", b"/srv", b"/srv/photos", b"/srv/photos/m1", b"/srv/photos2", b"/home")
    mounts = [Mount(b"%d" % number, point, "ext4") for number, point in enumerate(points)]
    assert [mount.point for mount in around([b"/srv/photos"], mounts)] == [
        b"/",
        b"/srv",
        b"/srv/photos",
        b"/srv/photos/m1",
    ]
