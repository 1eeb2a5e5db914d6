import os
import threading

import pytest

from syncd.scan.marker import MARKER, MarkerUnreadableError, read_marker, write_marker

OTHER = "99999999-8888-7777-6666-555555555555"
UUID = "2f1ab5d0-3f7c-4d3c-9f0e-0123456789ab"


@pytest.fixture
def root(tmp_path):
    return os.fsencode(tmp_path)


def test_what_is_written_is_read_and_nothing_else_lies_there(root):
    assert read_marker(root) is None
    assert write_marker(root, UUID)
    assert (read_marker(root), os.listdir(root)) == (UUID, [MARKER])


@pytest.mark.parametrize("text", [b"", b"\n", b"hello\n", b"\xff\xfe", b"2f1ab5d0-3f7c\n", b"\0" * 36])
def test_a_file_without_an_identity_is_no_marker(root, tmp_path, text):
    (tmp_path / ".syncd-root").write_bytes(text)
    assert read_marker(root) is None


@pytest.mark.parametrize("text", [UUID.upper(), f"# do not touch\r\n{UUID}\r\n", f"  {UUID}  ", UUID.replace("-", "")])
def test_an_identity_is_read_however_it_is_written(root, tmp_path, text):
    (tmp_path / ".syncd-root").write_text(text)
    assert read_marker(root) == UUID


def test_a_marker_that_is_a_folder_cannot_be_read_and_is_left_alone(root, tmp_path):
    (tmp_path / ".syncd-root").mkdir()
    with pytest.raises(MarkerUnreadableError):
        read_marker(root)
    assert not write_marker(root, UUID)
    assert os.listdir(root) == [MARKER]


def test_a_marker_that_is_a_link_vouches_for_nothing(root, tmp_path):
    (tmp_path / "elsewhere").write_text(UUID)
    (tmp_path / ".syncd-root").symlink_to("elsewhere")
    with pytest.raises(MarkerUnreadableError):
        read_marker(root)


@pytest.mark.timeout(10)
def test_a_marker_that_is_a_pipe_does_not_hang_the_pass(root, tmp_path):
    os.mkfifo(tmp_path / ".syncd-root")
    with pytest.raises(MarkerUnreadableError):
        read_marker(root)


def test_where_nothing_can_be_written_no_half_is_left(tmp_path):
    assert not write_marker(os.fsencode(tmp_path / "missing"), UUID)
    assert list(tmp_path.iterdir()) == []


def test_processes_that_write_at_once_leave_one_whole_marker(root):
    uuids = [f"2f1ab5d0-3f7c-4d3c-9f0e-0123456789a{each}" for each in "01234567"]
    threads = [threading.Thread(target=write_marker, args=(root, each)) for each in uuids]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert read_marker(root) in uuids
    assert os.listdir(root) == [MARKER]


def test_the_marker_of_another_root_that_came_meanwhile_is_not_written_over(root):
    assert write_marker(root, OTHER)
    assert not write_marker(root, UUID)
    assert (read_marker(root), os.listdir(root)) == (OTHER, [MARKER])


def test_where_a_file_system_has_no_links_the_marker_is_written_all_the_same(root, monkeypatch):
    def refused(*_paths):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    assert write_marker(root, UUID)
    assert not write_marker(root, OTHER)
    assert (read_marker(root), os.listdir(root)) == (UUID, [MARKER])
