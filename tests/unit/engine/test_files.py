import os

import pytest

from syncd.model.local import Fingerprint
from syncd.scan import folder, reading
from tests.world import content


@pytest.fixture
def three(world):
    world.fill("A", "B", "C")
    world.sync()
    return world


def reasons(world, action):
    return sorted(str(one.reason) for each in world.last.sets for one in each.operations if one.action == action)


def test_a_file_that_comes_back_between_plan_and_delete_keeps_its_image(three):
    three.remove("A.jpg")
    three.remote.before("model", lambda: three.write("back.jpg", "A"))
    three.sync()
    assert (three.count("DELETE"), three.up(), three.code) == (0, ["A", "B", "C"], 0)
    assert three.actions() == ["renamed back.jpg"]


def test_a_file_that_comes_back_at_the_last_moment_keeps_its_image_too(three):
    three.remove("A.jpg")
    three.remote.before("inspect", lambda: three.fill("A"))
    three.sync()
    assert (three.count("DELETE"), three.up(), three.code) == (0, ["A", "B", "C"], 0)
    assert three.actions() == []


def test_a_file_that_is_only_half_back_keeps_its_image(three):
    three.remove("A.jpg")
    three.remote.before("inspect", lambda: three.write("A.jpg", content("A")[:400]))
    three.sync()
    assert (three.count("DELETE"), three.up()) == (0, ["A", "B", "C"])


def test_a_file_that_changes_between_plan_and_sending_goes_up_as_it_is_then(world):
    world.fill("A")
    world.remote.before("model", lambda: world.write("A.jpg", "A2"))
    world.sync()
    assert (world.up(), world.code) == (["A2"], 0)


def test_what_goes_up_is_not_read_again_unless_it_changed(world, monkeypatch):
    from syncd.engine import send

    read, read_file = [], send.read_file

    def noted(folder, name, limit):
        read.append(name)
        return read_file(folder, name, limit)

    def meanwhile():
        world.write("new", "B")
        world.path("new").replace(world.path("B.jpg"))
        os.utime(world.path("C.jpg"), ns=(1, 1))

    monkeypatch.setattr(send, "read_file", noted)
    world.fill("A", "B", "C", "D")
    world.remote.before("model", meanwhile)
    world.sync()
    assert (world.up(), sorted(read)) == (["A", "B", "C", "D"], [b"B.jpg", b"C.jpg"])


def without_change_times(monkeypatch):
    """As on file systems that have none: who sets back the time of a change hides it."""
    for module in (reading, folder):
        monkeypatch.setattr(
            module,
            "fingerprint_of",
            lambda found: Fingerprint(found.st_size, found.st_mtime_ns, found.st_mtime_ns, found.st_ino),
        )


def change_unnoticed(world, name, what):
    path = world.path(name)
    before = path.stat()
    world.write(name, what)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert reading.fingerprint_of(path.stat()) == reading.fingerprint_of(before)


@pytest.mark.parametrize("twin", [False, True])
def test_a_change_that_a_file_system_hides_until_it_is_sent_is_sent(world, monkeypatch, twin):
    world.inline = True
    without_change_times(monkeypatch)
    world.write("m42/auxiliaryType/one.jpg", "x1")
    world.fail_next("POST", "503", times=9)
    world.sync(wait=0)
    world.remote.heal()
    change_unnoticed(world, "m42/auxiliaryType/one.jpg", "x3")
    world.clock.advance(7200)
    if twin:
        world.write("two.jpg", "x1")
    world.sync()
    assert (world.up("m42/auxiliaryType"), world.up(), world.code) == (["x3"], ["x1"] if twin else [], 0)


def test_a_file_that_vanishes_between_plan_and_sending_is_not_sent(world):
    world.fill("A", "B")
    world.remote.before("model", lambda: world.remove("A.jpg"))
    world.sync()
    assert (world.up(), world.code) == (["B"], 0)


def test_a_file_that_changes_while_its_set_is_full_deletes_nothing_for_it(world):
    world.fill("A", "B", "C")
    world.sync(limit=3)
    world.write("A.jpg", "A2")
    world.remote.before("model", lambda: world.write("A.jpg", content("A2")[:-30]))
    world.sync(limit=3)
    assert (world.up(), world.count("DELETE")) == (["A", "B", "C"], 0)


def test_a_file_that_grows_while_it_is_read_is_told_and_holds_the_deletes(three, monkeypatch):
    from syncd.scan import reading

    three.remove("A.jpg")
    growing = three.path("B.jpg")
    growing.write_bytes(content("B2"))
    real = os.fstat

    def fstat(handle):
        status = real(handle)
        if os.path.realpath(f"/proc/self/fd/{handle}") == str(growing):
            with growing.open("ab") as file:
                file.write(b"more")
        return status

    monkeypatch.setattr(reading.os, "fstat", fstat)
    three.sync(wait=0)
    monkeypatch.undo()
    assert (three.actions(reasons=True), three.code) == (
        ["failed B.jpg changed-while-reading", "held A.jpg unreadable"],
        4,
    )
    assert three.up() == ["A", "B", "C"]


def test_with_a_file_that_cannot_be_read_photos_go_up_and_none_goes_down(three, monkeypatch):
    from syncd.scan import reading

    real = os.open

    def refuse(name, *arguments, **options):
        if name == b"B.jpg":
            raise PermissionError(13, "Permission denied")
        return real(name, *arguments, **options)

    three.fill("D")
    three.write("B.jpg", "B2")
    three.remove("A.jpg")
    monkeypatch.setattr(reading.os, "open", refuse)
    three.sync(wait=0)
    monkeypatch.undo()
    assert three.actions(reasons=True) == ["failed B.jpg unreadable", "held A.jpg unreadable", "upload D.jpg new done"]
    assert (three.up(), three.code) == (["A", "B", "C", "D"], 4)
    three.sync()
    assert (three.up(), three.code) == (["B2", "C", "D"], 0)


def test_a_set_full_of_changed_files_never_passes_its_limit(world):
    names = [f"P{number:02}" for number in range(20)]
    world.fill(*names)
    world.sync()
    for name in names:
        world.write(f"{name}.jpg", f"{name}-new")
    world.sync()
    assert (world.up(), world.code) == ([f"{name}-new" for name in names], 0)


def test_bytes_that_change_behind_an_unchanged_fingerprint_of_a_young_file_are_seen(world):
    path = world.write("A.jpg", "A")
    young = int(world.clock.wall * 1e9)
    os.utime(path, ns=(young, young))
    world.sync()
    with path.open("r+b") as file:
        file.seek(-20, os.SEEK_END)
        file.write(b"\0")
    os.utime(path, ns=(young, young))
    world.sync(wait=0)
    assert reasons(world, "unchanged") == []
