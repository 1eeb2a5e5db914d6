import base64
import io
import json
import logging
import os
import sys
from urllib.parse import quote

import pytest

from syncd.cli import logs
from syncd.cli.options import Options
from syncd.cli.redact import Redaction
from syncd.model.secrets import Secrets

SECRET = 'sk-"Zq/81+x\\é='


@pytest.fixture
def said(capsys):
    """What has been logged since the last call. The loggers are put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in logs.CHATTY}
    yield lambda: capsys.readouterr().err
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


@pytest.fixture
def secrets(monkeypatch):
    known = Secrets()
    known.add(SECRET)
    monkeypatch.setattr(logs, "SECRETS", known)
    return known


def fail_with(words: str) -> None:
    raise ValueError(words)


def log() -> logging.Logger:
    return logging.getLogger("syncd.test")


def test_text_is_one_line_with_its_fields(said):
    logs.set_up(Options(), "info")
    log().info("pass finished", extra={"set": "m1/modelInput", "uploaded": 3})
    time, rest = said().split(" ", 1)
    assert time.endswith("Z")
    assert rest == "info pass finished set=m1/modelInput uploaded=3\n"


def test_nothing_in_a_message_breaks_its_line(said):
    logs.set_up(Options())
    log().warning("name %s", "a\n<3>forged\x1b[2J")
    told = said()
    assert told.count("\n") == 1
    assert "\x1b" not in told


def test_json_is_one_object_a_line(said):
    logs.set_up(Options(), "info", "json")
    try:
        fail_with("why")
    except ValueError:
        log().exception("failed", extra={"path": b"x"})
    (line,) = said().splitlines()
    told = json.loads(line)
    assert (told["level"], told["message"], told["logger"]) == ("error", "failed", "syncd.test")
    assert told["traceback"].endswith("ValueError: why")


def test_under_systemd_each_line_has_a_priority(monkeypatch, tmp_path):
    with open(tmp_path / "journal", "w+") as stream:
        status = os.fstat(stream.fileno())
        environ = {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"}
        assert logs.under_journald(stream, environ)
        assert not logs.under_journald(stream, {"JOURNAL_STREAM": "1:2"})
        assert not logs.under_journald(io.StringIO(), environ)
    record = logging.makeLogRecord({"msg": "held", "levelno": logging.WARNING, "exc_text": "Traceback\n  line"})
    assert logs.Journal().format(record) == "<4>held\n<4>Traceback\n<4>  line"


@pytest.mark.parametrize(
    ("options", "level", "expected"),
    [
        (Options(), "warning", logging.WARNING),
        (Options(verbose=1), "warning", logging.INFO),
        (Options(verbose=2), "warning", logging.DEBUG),
        (Options(verbose=5), "error", logging.DEBUG),
        (Options(verbose=1), "info", logging.DEBUG),
        (Options(quiet=True, verbose=2), "debug", logging.ERROR),
    ],
)
def test_the_level_follows_config_and_options(options, level, expected):
    assert logs.effective_level(options, level) == expected


def test_libraries_that_tell_every_request_are_hushed(said):
    logs.set_up(Options(verbose=2))
    logging.getLogger("httpx").info("GET https://example.com/?token=x")
    assert said() == ""


def test_a_stderr_that_is_gone_stops_no_work(said, monkeypatch):
    logs.set_up(Options())
    gone = io.StringIO()
    gone.close()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", gone)
        log().warning("unheard")
    log().warning("heard")
    assert said().split(" ", 1)[1] == "warning heard\n"


def test_setting_up_twice_says_everything_once(said):
    logs.set_up(Options())
    logs.set_up(Options())
    log().warning("once")
    assert said().count("once") == 1


FORMS = {
    "raw": SECRET,
    "url": quote(SECRET, safe=""),
    "url with slashes": quote(SECRET),
    "json": json.dumps({"key": SECRET}),
    "repr": repr({"key": SECRET}),
    **{f"base64 after {n}": base64.b64encode(b"Bearer: "[:n] + SECRET.encode() + b"tail").decode() for n in range(6)},
    "base64 for urls": base64.urlsafe_b64encode(SECRET.encode()).decode(),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
@pytest.mark.parametrize("shape", ["text", "json"])
def test_the_key_is_in_no_log_in_any_form(said, secrets, form, shape):
    logs.set_up(Options(verbose=2), form=shape)
    log().warning(f"in the message {form}")
    log().warning("in an argument %s", form)
    log().warning("in an object %s", [form])
    log().warning("in a field", extra={"url": form, "headers": {"a": form}})
    try:
        fail_with(form)
    except ValueError:
        log().exception("in a traceback")
    told = said()
    assert told.count("***") >= 5
    assert not leaks(told)


def leaks(told: str) -> list[str]:
    """The forms of the key, and the heart of each base64 form, that stand in a text."""
    hearts = [base64.b64encode(bytes(n) + SECRET.encode()).decode()[4:-4] for n in range(3)]
    escaped = json.dumps(SECRET)[1:-1]
    forms = [SECRET, escaped, quote(SECRET, safe=""), repr(SECRET)[1:-1], *hearts]
    return [form for form in forms if form in told]


def test_a_message_that_does_not_fit_its_arguments_is_told_nevertheless(secrets):
    record = logging.makeLogRecord({"msg": "one %s two %s", "args": (SECRET,)})
    assert Redaction(secrets).filter(record)
    told = logs.Text().format(record)
    assert "one %s two %s" in told
    assert not leaks(told)


def test_without_secrets_a_record_stays_as_it_is():
    record = logging.makeLogRecord({"msg": "plain %d", "args": (3,), "size": 5})
    assert Redaction(Secrets()).filter(record)
    assert (record.getMessage(), record.size) == ("plain 3", 5)
