import os

import pytest

from syncd.model.local import Problem
from syncd.model.words import Reason
from syncd.scan import reading
from syncd.scan.reading import ReadFile, read_file

DATA = os.urandom(10_000)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a.jpg").write_bytes(DATA)
    handle = os.open(tmp_path, os.O_RDONLY)
    yield handle
    os.close(handle)


def at_a_time(size, then=lambda: None):
    """Let each read return so many bytes at most; `then` happens before the first."""
    whole, todo = os.read, [then]

    def read(handle, wanted):
        while todo:
            todo.pop()()
        return whole(handle, min(wanted, size))

    return read


@pytest.mark.parametrize("size", [1, 999, 10_000, 1 << 20])
def test_a_file_is_whole_however_little_a_read_brings(folder, monkeypatch, size):
    monkeypatch.setattr(reading.os, "read", at_a_time(size))
    found = read_file(folder, b"a.jpg", 20_000)
    assert isinstance(found, ReadFile)
    assert found.data == DATA
    assert found.fingerprint.size == len(DATA)


def test_an_empty_file_is_read_and_one_that_is_no_more_is_none(folder, tmp_path):
    (tmp_path / "b.jpg").touch()
    found = read_file(folder, b"b.jpg", 20_000)
    assert isinstance(found, ReadFile)
    assert found.data == b""
    assert read_file(folder, b"c.jpg", 20_000) is None


@pytest.mark.parametrize("change", [b"more", b""])
def test_a_file_that_grows_or_shrinks_under_the_reader_proves_nothing(folder, tmp_path, monkeypatch, change):
    def happens():
        (tmp_path / "a.jpg").write_bytes(DATA + change if change else DATA[:-1])

    monkeypatch.setattr(reading.os, "read", at_a_time(1000, happens))
    found = read_file(folder, b"a.jpg", 20_000)
    assert isinstance(found, Problem)
    assert found.reason is Reason.CHANGED_WHILE_READING


def test_no_more_is_read_of_a_file_than_allowed(folder, monkeypatch):
    taken = []
    whole = os.read
    monkeypatch.setattr(reading.os, "read", lambda handle, size: taken.append(size) or whole(handle, size))
    assert isinstance(read_file(folder, b"a.jpg", 5_000), Problem)
    assert taken == [5_001]
