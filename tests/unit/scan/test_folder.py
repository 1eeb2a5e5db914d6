import errno
import os
import shutil
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from syncd.config.ignore import compile_patterns
from syncd.model.local import FolderState
from syncd.model.time import Instant
from syncd.model.words import Reason
from syncd.scan import reading
from syncd.scan.folder import Known, Settings, scan
from tests import samples
from tests.unit.scan.conftest import LATER

HOSTILE = [
    b"\xff\xfe\x80.jpg",
    b"line\nbreak.jpg",
    b"\x1b[31mred.jpg",
    b"\xe2\x80\xaegpj.exe.jpg",
    "ümläut.jpg".encode(),
    "u\u0308.jpg".encode(),
    b"-rf",
    b" ",
    b"%s{}\\x41.jpg",
    b"'\"`$(x).jpg",
    b"n" * 255,
]


def test_every_name_that_a_file_system_takes_is_looked_at(place):
    for number, name in enumerate(HOSTILE):
        place.put(name, samples.jpeg(number, (32, 24)))
    assert place.told() == dict.fromkeys(HOSTILE, "accepted")


def test_formats_go_by_content_and_never_by_name(place):
    place.put("png.jpg", samples.png(1))
    place.put("webp", samples.webp(1))
    place.put("heic.png", samples.heic(1))
    place.put("mpo.jpg", samples.mpo(1))
    place.put("gif.jpg", samples.gif(1))
    place.put("text.jpg", b"no picture at all")
    place.put("empty.jpg", b"")
    place.put("half.jpg", samples.truncated(samples.jpeg(1)))
    found = {file.name: file.judgement for file in place.look().snapshot.files}
    assert {name: one.format for name, one in found.items() if one.accepted} == {
        b"png.jpg": "png",
        b"webp": "webp",
        b"heic.png": "heic",
        b"mpo.jpg": "jpeg",
    }
    assert {name: str(one.reason) for name, one in found.items() if not one.accepted} == {
        b"gif.jpg": "unsupported-format",
        b"text.jpg": "not-an-image",
        b"empty.jpg": "empty",
        b"half.jpg": "corrupt",
    }


@pytest.mark.timeout(10)
def test_pipes_sockets_and_devices_are_told_and_never_opened(place):
    os.mkfifo(place.path / "pipe.jpg")
    server = socket.socket(socket.AF_UNIX)
    here = os.getcwd()
    os.chdir(place.path)
    try:
        server.bind("socket.jpg")
    finally:
        os.chdir(here)
        server.close()
    assert place.told() == {b"pipe.jpg": "not-an-image", b"socket.jpg": "not-an-image"}


def test_links_are_told_and_not_followed_whatever_they_lead_to(place, tmp_path):
    outside = tmp_path / "outside.jpg"
    outside.write_bytes(samples.jpeg(1))
    for name, to in (("good.jpg", outside), ("dead.jpg", "nowhere"), ("loop.jpg", "loop.jpg"), ("up.jpg", "..")):
        (place.path / name).symlink_to(to)
    snapshot = place.look().snapshot
    assert (snapshot.files, snapshot.problems) == ((), ())
    assert [(os.path.basename(note.path), str(note.reason)) for note in snapshot.notes] == [
        (name, "link") for name in (b"dead.jpg", b"good.jpg", b"loop.jpg", b"up.jpg")
    ]


def test_a_file_that_becomes_a_link_or_a_pipe_before_it_is_opened_is_not_read(place, tmp_path):
    folder = os.open(place.path, os.O_RDONLY)
    (place.path / "link").symlink_to("/etc/hostname")
    os.mkfifo(place.path / "pipe")
    try:
        assert reading.read_file(folder, b"link", 100).reason == "unreadable"
        assert reading.read_file(folder, b"pipe", 100).reason == "changed-while-reading"
        assert reading.read_file(folder, b"gone", 100) is None
    finally:
        os.close(folder)


def test_sub_folders_are_told_and_not_entered(place):
    (place.path / "more").mkdir()
    (place.path / "more" / "a.jpg").write_bytes(samples.jpeg(1))
    place.put("a.jpg")
    snapshot = place.look().snapshot
    assert [file.name for file in snapshot.files] == [b"a.jpg"]
    assert [str(note.reason) for note in snapshot.notes] == ["not-in-a-set"]


def test_what_is_ignored_is_named_and_not_looked_at(place):
    for name in (".hidden.jpg", "a.jpg.part", "b.crdownload", "Thumbs.db", "raw.psd", "kept.jpg"):
        place.put(name)
    os.mkfifo(place.path / "x.tmp")
    snapshot = place.look(patterns=["*.psd"]).snapshot
    assert [file.name for file in snapshot.files] == [b"kept.jpg"]
    assert snapshot.ignored == {b".hidden.jpg", b"a.jpg.part", b"b.crdownload", b"Thumbs.db", b"raw.psd", b"x.tmp"}


def test_a_file_is_as_large_as_a_request_carries_and_not_one_byte_more(place):
    data = samples.jpeg(1, (32, 24))
    place.put("a.jpg", data)
    assert place.told(request_bytes=len(data) + 512 + 1) == {b"a.jpg": "accepted"}
    assert place.told(request_bytes=len(data) + 512) == {b"a.jpg": "too-large"}


def test_a_huge_file_is_rejected_without_being_read(place):
    with open(place.put("huge.jpg"), "r+b") as file:
        file.truncate(1 << 40)
    assert place.told() == {b"huge.jpg": "too-large"}


def test_a_missing_folder_is_not_an_unreadable_one(place):
    shutil.rmtree(place.path.parent)
    assert place.look().snapshot.state is FolderState.MISSING
    place.path.parent.mkdir()
    place.path.write_bytes(b"a file in the folder's place")
    assert place.look().snapshot.state is FolderState.UNREADABLE


def test_a_folder_that_is_a_link_is_none_and_a_link_above_the_root_is_followed(place, tmp_path):
    (tmp_path / "linked").symlink_to(place.root)
    place.put("a.jpg")
    from dataclasses import replace

    through = replace(place.folder, base=os.fsencode(tmp_path / "linked"))
    place.folder, real = through, place.folder
    assert place.told() == {b"a.jpg": "accepted"}
    place.folder = real
    place.path.rename(tmp_path / "elsewhere")
    place.path.symlink_to(tmp_path / "elsewhere")
    snapshot = place.look().snapshot
    assert (snapshot.state, snapshot.files) == (FolderState.MISSING, ())


@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE, errno.ENOTCONN, errno.EACCES])
def test_an_error_of_the_disk_is_never_an_empty_folder(place, monkeypatch, number):
    place.put("a.jpg")

    def fail(_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("syncd.scan.folder.os.scandir", fail)
    snapshot = place.look().snapshot
    assert (snapshot.state, snapshot.files) == (FolderState.UNREADABLE, ())
    assert snapshot.detail


def test_an_error_in_the_middle_of_a_folder_is_never_the_end_of_it(place, monkeypatch):
    for name in "abc":
        place.put(f"{name}.jpg")
    real = os.scandir

    class Breaking:
        def __init__(self, folder):
            self.entries = real(folder)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.entries.close()

        def __iter__(self):
            yield next(self.entries)
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr("syncd.scan.folder.os.scandir", Breaking)
    assert place.look().snapshot.state is FolderState.UNREADABLE


def test_the_bytes_of_a_known_file_are_not_read_again(place):
    path = place.put("a.jpg")
    found = place.look()
    before = os.stat(path)
    other = samples.jpeg(2, (32, 24)).ljust(before.st_size, b"\0")[: before.st_size]
    with open(path, "r+b") as file:
        file.write(other)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    # The status time cannot be set back, and so the change is seen all the same.
    assert place.again(found).snapshot.files[0].sha256 != found.snapshot.files[0].sha256


def test_a_hit_needs_no_thread(place):
    place.put("a.jpg")
    found = place.look()
    closed = ThreadPoolExecutor(1)
    closed.shutdown()
    known = Known(found.seen, found.judgements)
    settings = Settings(compile_patterns(), 20_000_000, "decode")
    assert scan(place.folder, known, settings, closed, LATER).snapshot == found.snapshot


def test_a_hit_needs_no_read_at_all(place, monkeypatch):
    place.put("a.jpg")
    found = place.look()
    opened = []
    real = os.open
    monkeypatch.setattr(reading.os, "open", lambda name, *rest, **how: opened.append(name) or real(name, *rest, **how))
    again = place.again(found)
    assert (again.snapshot.files, again.seen) == (found.snapshot.files, found.seen)
    assert b"a.jpg" not in opened


@pytest.mark.parametrize(("age", "reads"), [(0, True), (1.9, True), (2.1, False), (-3600, True)])
def test_a_young_fingerprint_proves_nothing(place, monkeypatch, age, reads):
    path = place.put("a.jpg")
    status = os.stat(path)
    newest = max(status.st_mtime, status.st_ctime)
    found = place.look(now=Instant(newest + age, "boot", 0.0))
    opened = []
    real = os.open
    monkeypatch.setattr(reading.os, "open", lambda name, *rest, **how: opened.append(name) or real(name, *rest, **how))
    place.again(found, now=LATER)
    assert (b"a.jpg" in opened) is reads


def test_a_file_whose_time_lies_in_the_future_is_read_each_time(place, monkeypatch):
    path = place.put("a.jpg")
    ahead = int((LATER.wall + 86_400) * 1e9)
    os.utime(path, ns=(ahead, ahead))
    found = place.look()
    opened = []
    real = os.open
    monkeypatch.setattr(reading.os, "open", lambda name, *rest, **how: opened.append(name) or real(name, *rest, **how))
    place.again(found)
    assert b"a.jpg" in opened


def test_a_renamed_file_is_judged_by_what_is_known_of_its_content(place):
    place.put("a.jpg")
    found = place.look()
    (place.path / "a.jpg").rename(place.path / "b.jpg")
    again = place.again(found)
    assert again.judgements[again.snapshot.files[0].sha256] is found.judgements[found.snapshot.files[0].sha256]
    assert list(again.seen) == [b"b.jpg"]


def test_a_replaced_file_of_the_same_size_and_time_is_seen_by_its_inode(place):
    path = place.put("a.jpg")
    found = place.look()
    before = os.stat(path)
    other = samples.jpeg(2, (32, 24)).ljust(before.st_size, b"\0")[: before.st_size]
    new = place.put("new", other)
    os.utime(new, ns=(before.st_atime_ns, before.st_mtime_ns))
    os.replace(new, path)
    assert place.again(found).snapshot.files[0].sha256 != found.snapshot.files[0].sha256


def test_a_file_that_shrinks_while_it_is_read_is_no_file_yet(place, monkeypatch):
    path = place.put("a.jpg")
    real = os.fstat
    calls = []

    def fstat(handle):
        status = real(handle)
        calls.append(status.st_size)
        if len(calls) == 1:
            os.truncate(path, 10)
        return status

    monkeypatch.setattr(reading.os, "fstat", fstat)
    snapshot = place.look().snapshot
    assert (snapshot.files, [str(one.reason) for one in snapshot.problems]) == ((), ["changed-while-reading"])


@pytest.mark.parametrize("words", ["", "no process could be started to decode it"])
def test_a_machine_without_the_means_leaves_a_problem_and_no_judgement(place, monkeypatch, words):
    place.put("a.jpg")

    def judge(*_, **__):
        raise MemoryError(*filter(None, [words]))

    monkeypatch.setattr("syncd.scan.folder.judge", judge)
    found = place.look()
    assert [str(one.reason) for one in found.snapshot.problems] == ["unreadable"]
    assert [one.detail for one in found.snapshot.problems] == [
        words or "this machine has not enough free memory to decode it"
    ]
    assert (found.seen, found.judgements) == ({}, {})


def test_no_look_leaves_a_file_open(place):
    for number in range(5):
        place.put(f"{number}.jpg")
    place.look()
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        place.look()
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_file_written_just_now_is_left_for_the_next_look(place):
    path = place.put("a.jpg")
    changed = os.stat(path).st_ctime
    settled = Settings(compile_patterns(()), 20_000_000, settle_seconds=2)

    def look(seconds):
        with ThreadPoolExecutor(2) as pool:
            now = Instant(changed + seconds, "boot", 1_000.0)
            return scan(place.folder, Known(), settled, pool, now).snapshot

    assert [(one.name, one.reason) for one in look(1).problems] == [(b"a.jpg", Reason.CHANGED_WHILE_READING)]
    assert [file.name for file in look(3).files] == [b"a.jpg"]
    assert [file.name for file in look(-5).files] == [b"a.jpg"]
