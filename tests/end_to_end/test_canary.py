"""The key in no artefact: `bench` looks for it at the end of every test here; these try hardest to make it show."""

import json
import sqlite3

import pytest

from tests.end_to_end.bench import (
    ANYTHING,
    DELETE,
    KEY,
    LIST,
    MODEL,
    PICTURE,
    SET,
    UPLOAD,
    completed,
    each_image,
    nok,
    raw,
)
from tests.harness import canary

ECHO = f"{KEY} {json.dumps({'Authorization': f'Bearer {KEY}'})} {canary.forms(KEY)['quoted'].decode()}"
"""A service that says back what it was sent."""

COMMANDS = [
    ("sync", "-vv", "--wait", "0"),
    ("sync", "-n", "-v", "--json", "--wait", "0", "--plan", "plan.json"),
    ("status", "--json"),
    ("explain", f"{SET}/a.jpg"),
    ("history", "--json"),
    ("images", "list", MODEL, "-vv"),
    ("doctor", "-vv"),
]


def tell_everything(bench):
    for command in COMMANDS:
        done = bench.run(*command)
        # Who asks for everything is shown where it came about, and no key there either.
        assert "-vv" in command or "Traceback" not in done.err


@pytest.mark.parametrize("status", [400, 401])
def test_a_service_that_echoes_the_key_in_its_refusals(bench, status):
    bench.write("a.jpg", 1)
    bench.refuse(UPLOAD, nok(status, ECHO))
    bench.refuse(DELETE, nok(status, ECHO))
    tell_everything(bench)


def test_a_service_that_echoes_the_key_in_pages(bench):
    bench.write("a.jpg", 1)
    bench.refuse(ANYTHING, raw(f"<html>{ECHO}</html>", 200))
    tell_everything(bench)


def test_a_service_that_echoes_the_key_in_its_images_and_pictures(bench):
    bench.write("a.jpg", 1)
    bench.seed(b"\xff\xd8\xff\xe0 no picture")
    bench.bend(LIST, each_image(url=f"/files/{KEY}?{ECHO}", createdAt=ECHO, data={KEY: ECHO}))
    bench.refuse(PICTURE, raw(ECHO, 404))
    tell_everything(bench)


def test_what_is_looked_for_is_found(bench, tmp_path):
    for number, form in enumerate(canary.forms(KEY).values()):
        place = tmp_path / "planted" / str(number)
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(b"before " + form + b" behind")
        assert canary.sweep(KEY, place.parent, ()) != []
        place.unlink()
        assert canary.sweep(KEY, place.parent, (form,)) != []


def test_the_key_is_looked_for_in_the_state_and_its_log_and_in_argument_lists(bench):
    bench.write("a.jpg", 1)
    completed(bench.start("sync"))
    assert any(line.endswith(b"syncd\0sync\0") for line in bench.lines)
    with sqlite3.connect(bench.state) as state:
        state.execute("UPDATE sets SET model_name = ?", (KEY,))
        state.commit()
        assert any("state.db" in found for found in bench.exposed())
        state.execute("UPDATE sets SET model_name = ''")
    state.close()
    bench.state.unlink()
    bench.started.clear()
