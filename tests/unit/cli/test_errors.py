"""Whatever a person gets wrong is told in three lines: what, where, and what to do."""

import json
import re
import subprocess
import sys

import pytest
from werkzeug.wrappers import Response

from syncd.model import clock
from tests.samples import jpeg, tiff
from tests.unit.cli.conftest import MODEL, SET

HOLDER = """
import sys
from syncd.model.clock import MachineClock
from syncd.model.sets import ImageType, SetKey
from syncd.store import open_state
with open_state(sys.argv[1], create=False, clock=MachineClock()) as store:
    store.leases.acquire(SetKey("m42", ImageType.MODEL_INPUT), MachineClock().now())
    print("held", flush=True)
    sys.stdin.read()
"""
NOWHERE = {"SYNCD_STATE_URL": "sqlite:////proc/none/state.db"}
LINES = {
    # what is typed: (exit code, a word of what was wrong, a word of what to do)
    ("sync", "--dyr-run"): (2, "--dyr-run", "--help"),
    ("stauts",): (2, "Did you mean 'status'?", "--help"),
    ("sync", "--max-delete", "lots"): (2, "--max-delete", "--help"),
    ("sync", "--wait", "soon"): (2, "'soon' is not a valid number of seconds", "--help"),
    ("sync", "nowhere"): (2, "nowhere is in no image set", "syncd status"),
    ("sync", "caf\udce9"): (2, r"caf\xe9 is in no image set", "syncd status"),
    ("explain", "a.jpg"): (2, "a.jpg is in no image set", f"Did you mean {SET}/a.jpg?"),
    ("explain", "elsewhere.jpg"): (2, "elsewhere.jpg is in no image set", f"such as {SET}"),
    ("history", "--limit", "0"): (2, "0", "--help"),
    ("images", "list", ".."): (2, "'..' is no id", "--help"),
    ("images", "show", "a/b"): (2, "'a/b' is no id", "--help"),
    ("images", "delete", "../../models/m42"): (2, "is no id", "--help"),
    ("images", "download", "i1", "-o", "syncd.toml"): (2, "syncd.toml exists already", "-o"),
    ("images", "upload", "gone.jpg", "--model", MODEL, "--type", "modelInput"): (2, "gone.jpg", "exists"),
    ("images", "upload", "x.jpg", "--model", MODEL, "--type", "modelinput"): (2, "mean 'modelInput'?", "--help"),
    ("sandbox", "--listen", "0.0.0.0:1"): (2, "this machine only", "127.0.0.1"),
    ("sandbox", "--misbehave", "latenzy=1"): (2, "'latency' is", "--help"),
    ("sandbox", "--listen", "127.0.0.1:0", "--data", "/dev/null/x"): (2, "Cannot keep data", "--data DIR"),
    ("completion",): (2, "Choose from: bash, zsh, fish", "--help"),
    ("completion", "csh"): (2, "'csh' is not one of", "--help"),
    ("init",): (2, "syncd.toml exists already", "Edit it"),
    ("-c", ".", "status"): (78, "is a folder", "Name the file"),
    ("-c", "gone.toml", "status"): (78, "gone.toml cannot be read", "syncd init"),
    ("-c", "bad.toml", "status"): (78, "did you mean limits.overflow?", "Mend it"),
}


def told(done):
    lines = done.stderr.rstrip("\n").splitlines()
    assert done.stdout == ""
    assert lines[0].startswith("error: ")
    assert len(lines) <= 3
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_wrong_command_line_or_configuration_says_what_where_and_what_to_do(account):
    account.write(f"{SET}/a.jpg", jpeg(1))
    account.write("elsewhere.jpg", jpeg(2))
    account.write("bad.toml", b'[dataset]\nroot = "."\n[limits]\noverflwo = "rotate"\n')
    for line, (code, what, remedy) in LINES.items():
        done = account.run(*line)
        assert done.exit_code == code, line
        message, _, advice = told(done).partition("what to do:")
        assert what in message, line
        assert remedy in advice, line
        document = json.loads(account.run("--json", *line).stdout)
        assert set(document["error"]) == {"code", "message", "remedy"}
        assert what in document["error"]["message"].replace("\\\\", "\\"), line
        assert "Traceback" in account.run("-vv", *line).stderr, line


def test_a_key_of_blanks_is_told_in_words_that_can_be_read(account):
    done = account.run("models", SYNCD_API_KEY=" ")
    assert (done.exit_code, "What env SYNCD_API_KEY holds is no API key" in told(done)) == (78, True)


def test_what_is_advised_for_the_state_is_taken(account):
    done = account.run("status", SYNCD_STATE_URL="state.db")
    assert (done.exit_code, "such as sqlite:////" in told(done)) == (78, True)
    advised = re.findall(r"\w+:///*[\w/.]+", told(done))
    assert [url.partition(":")[0] for url in advised] == ["sqlite"]


def test_a_rejected_file_is_not_uploaded_by_hand_and_says_why(account):
    account.write("scan.tif", tiff(1))
    done = account.run("images", "upload", "scan.tif", "--model", MODEL, "--type", "modelInput")
    assert (done.exit_code, account.posted) == (1, 0)
    assert "scan.tif is rejected (unsupported-format): TIFF is not accepted" in told(done)


def test_a_key_that_is_not_accepted_is_told_by_every_command_that_needs_it(account):
    account.write(f"{SET}/a.jpg", jpeg(1))
    for line in (["models"], ["images", "list", MODEL], ["images", "show", "i1"]):
        done = account.run(*line, SYNCD_API_KEY="sk-that-is-wrong")
        assert done.exit_code == 77
        assert "$SYNCD_API_KEY" in told(done).partition("what to do:")[2]


@pytest.mark.parametrize("line", [["sync"], ["sync", "-n"], ["sync", "-q"], ["rebuild", "--yes"]])
def test_a_key_that_is_not_accepted_is_one_error_for_all_sets(account, line):
    for number in range(5):
        account.write(f"models/m{number}/modelInput/a.jpg", jpeg(number))
    done = account.run(*line, SYNCD_API_KEY="sk-that-is-wrong")
    assert done.exit_code == 77
    error, remedy = done.stderr.splitlines()[:2]
    assert error.startswith("error: The service does not accept the API key (status 401)")
    assert error.endswith("; 5 sets are left alone")
    assert remedy.startswith("  what to do: Put a valid key into $SYNCD_API_KEY")
    assert re.fullmatch(r"(pass|plan) \w{4}: 5 sets halted\.( Nothing was changed\.)?\n", done.stdout)
    very_verbose = account.run(*line, "-vv", SYNCD_API_KEY="sk-that-is-wrong").stderr
    assert ("Traceback" in done.stderr, "Traceback" in very_verbose) == (False, "-q" not in line)
    assert "sk-that-is-wrong" not in very_verbose
    document = account.doc("sync", code=77, SYNCD_API_KEY="sk-that-is-wrong")
    assert [one["halt"] for one in document["sets"]] == ["key-rejected"] * 5


def test_what_was_done_before_a_key_was_withdrawn_is_told_beside_the_error(account):
    account.service.create_model("m1", "Berta")
    for model in ("m1", MODEL):
        account.write(f"models/{model}/modelInput/a.jpg", jpeg(len(model)))
    no = Response('{"status": "NOK", "message": "no"}', 401, content_type="application/json")
    account.before = lambda request: no if request.method == "POST" and account.posted > 1 else None
    done = account.run("sync", "--wait", "0")
    assert done.exit_code == 77
    assert [line.split()[2] for line in done.stdout.splitlines() if line.startswith("+ ")] == ["upload"]
    assert len(done.stderr.splitlines()) == 2


def test_a_state_that_cannot_be_is_told_by_every_command_that_needs_it(account):
    for line in (["sync"], ["rebuild"], ["pause"]):
        done = account.run(*line, **NOWHERE)
        assert done.exit_code == 78, line
        assert "/proc/none/state.db" in told(done)
    assert account.posted == 0


def test_what_to_do_about_many_sets_is_said_once(account):
    for number in range(5):
        account.write(f"models/m{number}/modelInput/a.jpg", jpeg(number))
    done = account.run("sync", "--wait", "0", SYNCD_SERVICE_BASE_URL="http://127.0.0.1:9/api")
    assert done.exit_code == 5
    assert done.stdout.count("halted") == 6, "five sets, and their sum"
    assert done.stdout.count("what to do about unreachable") == 1
    assert "Errno" not in done.stdout


class Leaping(clock.MachineClock):
    """The machine's clock, but that a wait is over at once, and its time gone."""

    gone = 0.0

    def now(self):
        now = super().now()
        return type(now)(now.wall + self.gone, now.boot, now.uptime + self.gone)

    def sleep(self, seconds):
        type(self).gone += seconds


def test_a_set_that_stays_with_another_living_process_is_left_to_it_after_a_minute(account, monkeypatch):
    account.write(f"{SET}/a.jpg", jpeg(1))
    account.doc("sync")
    account.write(f"{SET}/b.jpg", jpeg(2))
    account.posted = 0
    monkeypatch.setattr(clock, "MachineClock", Leaping)
    line = [sys.executable, "-c", HOLDER, f"sqlite:///{account.home / 'state.db'}"]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        done = account.doc("sync", code=6)
        assert ([one["halt"] for one in done["sets"]], account.posted) == (["leased"], 0)
        assert 59 < Leaping.gone < 62
        assert account.doc("sync", "-n")["summary"]["upload"] == 1, "a dry run takes no lease"
        assert account.doc("status")["sets"][0]["up"] == 1
        holder.stdin.close()
    assert account.doc("sync")["summary"]["upload"] == 1


@pytest.mark.parametrize("command", ["status", "history", "explain"])
def test_commands_that_read_do_so_beside_a_state_that_takes_no_writes(account, command):
    account.write(f"{SET}/a.jpg", jpeg(1))
    account.doc("sync")
    (account.home / "state.db").chmod(0o400)
    account.home.chmod(0o500)
    try:
        assert account.run(command, *([f"{SET}/a.jpg"] if command == "explain" else [])).exit_code == 0
    finally:
        account.home.chmod(0o700)
