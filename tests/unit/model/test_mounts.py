from pathlib import Path

from syncd.model.mounts import network_file_system


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
