"""Two hundred names that would move a cursor, forge a line or turn the direction, wherever names are told."""

import json
import os
import random
import unicodedata
from contextlib import suppress

import pytest

from syncd.model.names import unplain
from tests.samples import jpeg
from tests.unit.cli.conftest import SET

HIDING = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
PIECES = [
    *(bytes([number]) for number in (*range(1, 32), 0x7F)),
    *(chr(number).encode() for number in range(0x80, 0xA0)),
    *(
        chr(number).encode()
        for number in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200B, 0x200E, 0x200F, 0x061C)
    ),
    *(
        chr(number).encode()
        for number in (0x2028, 0x2029, 0xFEFF, 0xAD, 0xE0041, 0xE000, 0xFFF9, 0x1D173, 0x200B, 0x200F, 0x61C)
    ),
    *(b"\xff", b"\xfe\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xe2\x82"),
    *(
        b"\x1b[2J",
        b"\x1b]0;t\x07",
        b"\x1b[8m",
        b"\r\n+ models x upload",
        b"\n  what to do: rm",
        b"[red]x[bold]",
        b"{0}%s%n",
    ),
    *(b"--json", b"$(id)", b"`id`", b"'\"", b"\\x41", b"\\", b"*?", b" ", b"&lt;<b>", b":emoji:", b"=cmd|' C'!A0"),
]
NUMBER = 200


def names():
    chance = random.Random(5)
    more = [b"-".join(chance.sample(PIECES, chance.randint(2, 5))) for _ in range(NUMBER - len(PIECES))]
    # No name begins as one that is ignored, and none is longer than a file system takes.
    return [(b"n%d" % number + piece)[:200] + b".jpg" for number, piece in enumerate([*PIECES, *more])]


@pytest.fixture
def hostile(account):
    """Names in a set; the first twenty go up, two are no pictures, the others wait."""
    folder = os.fsencode(account.home / SET)
    os.makedirs(folder)
    for number, name in enumerate(names()):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(b"no picture" if number in (5, 40) else jpeg(number, (16, 16)))
    return account


def is_safe(text):
    return all(one == "\n" or unicodedata.category(one) not in HIDING for one in text)


def documents(account):
    yield "sync -n", account.run("sync", "-n", "-v", "--json"), "operations"
    yield "sync", account.run("sync", "-v", "--json"), "operations"
    yield "check", account.run("check", "--json", SET), "files"
    yield "history", account.run("history", "--json", SET), "events"


def test_there_are_two_hundred_and_each_has_something_to_hide():
    assert len(set(names())) == NUMBER
    assert sum(not is_safe(name.decode("utf-8", "surrogateescape")) for name in names()) > NUMBER * 0.8


def test_people_are_shown_a_line_a_name_and_nothing_that_hides(hostile):
    plan = hostile.run("sync", "-n", "-v")
    assert len(plan.stdout.splitlines()) == NUMBER + 1
    for done in (
        plan,
        hostile.run("sync", "-v"),
        hostile.run("history"),
        hostile.run("status"),
        hostile.run("check", SET),
    ):
        assert is_safe(done.stdout + done.stderr)
        assert "Traceback" not in done.output


def test_documents_hold_each_name_as_it_is_and_nothing_that_hides(hostile):
    for command, done, rows in documents(hostile):
        assert is_safe(done.stdout), command
        found = {os.path.basename(unplain(one["path"])) for one in json.loads(done.stdout)[rows]}
        # A literal backslash-x reads back as the byte that it would stand for.
        expected = {unplain(os.fsdecode(name)) if b"\\x41" in name else name for name in names()}
        assert found <= expected, command
        assert len(found) in (20, NUMBER), command


def test_each_is_explained_by_its_own_path(hostile):
    hostile.run("sync", "-q")
    for name in names()[::4]:
        path = os.path.join(SET, os.fsdecode(name))
        people, document = hostile.run("explain", "--", path), hostile.run("explain", "--json", "--", path)
        assert (people.exit_code, is_safe(people.output), is_safe(document.stdout)) == (0, True, True)
        assert json.loads(document.stdout)["state"] in ("up", "waiting", "rejected")


def test_a_plan_in_a_file_holds_nothing_that_hides(hostile):
    with suppress(FileNotFoundError):
        os.unlink(hostile.home / "plan.json")
    hostile.run("sync", "-n", "--plan", "plan.json")
    assert is_safe((hostile.home / "plan.json").read_text("utf-8"))
