import json
import os
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

import syncd
from syncd.cli.lazy import Entry
from syncd.cli.main import COMMANDS, Program, cli
from syncd.cli.options import Options, common, example, with_options
from syncd.cli.signals import Terminated
from syncd.errors import ConfigError, ExitCode, KeyRejected, Leased, SyncdError

REPOSITORY = str(Path(syncd.__file__).parents[1])


@click.group("syncd", cls=Program, table=COMMANDS)
@with_options
def program() -> None:
    pass


@program.command(epilog=example("syncd fail"))
@click.argument("how")
@common
def fail(options: Options, how: str) -> ExitCode | None:
    raised = {
        "config": ConfigError("The file is wrong\nhere", "Mend it."),
        "key": KeyRejected("No"),
        "leased": Leased("Busy"),
        "bug": ValueError("sk-secret in a text"),
        "disk": OSError(28, "No space left on device", "/x/y"),
        "ctrl-c": KeyboardInterrupt(),
        "sigterm": Terminated(),
        "no": click.Abort(),
        "pipe": BrokenPipeError(32, "Broken pipe"),
    }
    if how in raised:
        raise raised[how]
    return {"halted": ExitCode.HALTED, "fine": None}[how]


def run(*arguments: str, **environ: str) -> Result:
    return CliRunner().invoke(program, arguments, env=environ)


def process(*arguments: str, **how: object) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONPATH": REPOSITORY}
    line = [sys.executable, "-m", "syncd", *arguments]
    return subprocess.run(line, env=environ, text=True, check=False, **how)


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("fine", 0),
        ("halted", 4),
        ("config", 78),
        ("key", 77),
        ("leased", 6),
        ("bug", 1),
        ("disk", 1),
        ("ctrl-c", 130),
        ("sigterm", 143),
        ("no", 130),
        ("pipe", 1),
    ],
)
def test_the_exit_code_tells_what_happened(how, code):
    assert run("fail", how).exit_code == code


@pytest.mark.parametrize("how", ["config", "key", "leased", "bug", "disk"])
def test_an_error_is_at_most_three_lines_and_no_traceback(how):
    done = run("fail", how)
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert len(done.stderr.splitlines()) <= 3
    assert "Traceback" not in done.stderr


def test_an_error_tells_what_to_do():
    assert run("fail", "config").stderr == "error: The file is wrong\\x0ahere\n  what to do: Mend it.\n"
    assert run("fail", "key").stderr == "error: No\n"


@pytest.mark.parametrize("line", [["--json", "fail", "config"], ["fail", "config", "--json"]])
def test_with_json_an_error_is_one_document(line):
    done = run(*line)
    assert json.loads(done.stdout) == {
        "error": {"code": "config", "message": "The file is wrong\\x0ahere", "remedy": "Mend it."}
    }
    assert done.stderr == ""


@pytest.mark.parametrize("line", [["fail", "--jsn", "--json"], ["fial", "--json"], ["fail", "--json"]])
def test_with_json_a_usage_error_is_a_document_too(line):
    done = run(*line)
    assert (done.exit_code, json.loads(done.stdout)["error"]["code"]) == (2, "usage")


def test_very_verbose_shows_where_without_the_key():
    done = run("fail", "bug", "-vv", SYNCD_API_KEY="sk-secret")
    assert "Traceback" in done.stderr
    assert "ValueError: *** in a text" in done.stderr
    assert "sk-secret" not in done.stderr
    assert "Traceback" not in run("fail", "bug", "-v").stderr


def test_a_full_disk_is_told_as_such_with_the_file():
    told = run("fail", "disk").stderr
    assert "no room for what was to be written (No space left on device): /x/y" in told
    assert "Make room there" in told


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        (["synk"], "'sync'"),
        (["aprove"], "'approve'"),
        (["fail", "x", "--quie"], "'--quiet'"),
        (["config", "sho"], "'show'"),
    ],
)
def test_a_mistyped_word_is_answered_with_the_nearest(line, meant):
    done = run(*line)
    assert done.exit_code == 2
    assert f"Did you mean {meant}?" in done.stderr


def test_without_a_command_the_help_is_shown_and_it_is_a_usage_error():
    done = CliRunner().invoke(cli, [])
    assert (done.exit_code, done.stdout) == (2, "")
    assert "Commands:" in done.stderr


@pytest.mark.parametrize("line", [["--version"], ["config", "show", "--version"]])
def test_the_version_is_told(line):
    done = CliRunner().invoke(cli, line)
    assert (done.exit_code, done.stdout) == (0, f"syncd {syncd.__version__}\n")


@pytest.mark.parametrize(
    "line",
    [["--version", "--json"], ["--json", "sync", "--version"], ["explain", "--version", "--json"]],
)
def test_with_json_the_version_is_a_document(line):
    done = process(*line, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {"name": "syncd", "version": syncd.__version__}


def test_help_lists_every_command_with_what_it_does():
    listed = CliRunner().invoke(cli, ["--help"]).stdout
    for name, entry in COMMANDS.items():
        assert f"{name} " in listed
        assert entry.summary in listed


def walk(command: click.Command, context: click.Context):
    yield context
    for name in command.list_commands(context) if isinstance(command, click.Group) else ():
        inner = command.get_command(context, name)
        yield from walk(inner, click.Context(inner, info_name=name, parent=context))


def existing() -> list[str]:
    return [name for name, entry in COMMANDS.items() if find_spec(entry.place.partition(":")[0])]


def test_every_commands_help_ends_with_an_example_and_knows_the_common_options():
    contexts = [click.Context(cli, info_name="syncd")]
    for name in existing():
        command = COMMANDS[name].load()
        contexts += walk(command, click.Context(command, info_name=name, parent=contexts[0]))
    assert len(contexts) > len(existing())
    for context in contexts:
        lines = context.command.get_help(context).splitlines()
        assert lines[-1].startswith("    syncd "), context.command_path
        assert "  Example:" in lines, context.command_path
        names = {name for parameter in context.command.params for name in parameter.opts}
        assert {"-c", "--config", "-q", "-v", "--json", "--no-color", "--version"} <= names, context.command_path


def test_a_place_that_holds_no_command_is_told():
    with pytest.raises(TypeError):
        Entry("syncd.cli.main:COMMANDS", "").load()


def test_a_reader_who_leaves_early_is_no_error(tmp_path):
    (tmp_path / "syncd.toml").write_text("[dataset]\nroot='x'\n")
    read, write = os.pipe()
    os.close(read)
    done = process("config", "show", cwd=tmp_path, stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    assert done.stderr == ""
    assert done.returncode in (0, 1)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize(
    "line", [["config", "show"], ["config", "show", "--json"], ["config", "sho", "--json"], ["--version"]]
)
def test_output_that_cannot_be_written_is_an_error_without_a_traceback(tmp_path, line):
    (tmp_path / "syncd.toml").write_text("[dataset]\nroot='x'\n")
    with open("/dev/full", "w") as full:
        done = process(*line, cwd=tmp_path, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr
    assert ("no room" in done.stderr) == (done.returncode == 1)


def test_closed_streams_and_poor_encodings_do_not_matter(tmp_path):
    (tmp_path / "syncd.toml").write_text("[dataset]\nroot='caf\u00e9'\n")
    environ = {**os.environ, "PYTHONPATH": REPOSITORY, "PYTHONIOENCODING": "ascii"}
    line = f'exec "{sys.executable}" -m syncd config show'
    closed = subprocess.run(["sh", "-c", f"{line} >&-"], env=environ, cwd=tmp_path, check=False)
    poor = subprocess.run(["sh", "-c", f"{line} --json"], env=environ, cwd=tmp_path, check=False, capture_output=True)
    assert closed.returncode == poor.returncode == 0
    values = {one["key"]: one["value"] for one in json.loads(poor.stdout)["values"]}
    assert values["dataset.root"] == f"{tmp_path}/café"


SCRIPT = """
import os, signal, sys
from syncd.cli import main as program
@program.cli.command()
def work():
    BODY
sys.argv[1:] = ["work"]
program.main()
"""


def work(body: str, **how: object) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-c", SCRIPT.replace("BODY", body.replace("\n", "\n    "))]
    environ = {**os.environ, "PYTHONPATH": REPOSITORY, "PYTHONUNBUFFERED": ""}
    return subprocess.run(line, env=environ, text=True, check=False, **{"stderr": subprocess.PIPE, **how})


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_lets_the_command_clean_up(number, code):
    body = f"try:\n    os.kill(os.getpid(), {int(number)})\n    signal.pause()\nfinally:\n    print('cleaned up')"
    done = work(body, stdout=subprocess.PIPE)
    assert (done.returncode, done.stdout) == (code, "cleaned up\n")
    assert "Traceback" not in done.stderr


def test_a_reader_who_left_before_the_end_leaves_the_exit_code_alone():
    read, write = os.pipe()
    os.close(read)
    done = work("print('unread')\nreturn 4", stdout=write)
    os.close(write)
    assert (done.returncode, done.stderr) == (4, "")


def test_python_m_syncd_is_the_program():
    assert process("--version", stdout=subprocess.PIPE).stdout == f"syncd {syncd.__version__}\n"


def test_our_errors_all_have_a_code_of_the_contract():
    def below(kind: type[SyncdError]) -> set[type[SyncdError]]:
        return {kind}.union(*(below(one) for one in kind.__subclasses__()))

    assert {kind.exit_code for kind in below(SyncdError)} <= set(ExitCode)


def test_a_crash_would_write_no_image_of_the_memory():
    code = (
        "import resource, sys; from syncd.cli.main import main\n"
        "hard = resource.getrlimit(resource.RLIMIT_CORE)[1]; resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))\n"
        "sys.argv = ['syncd', '--version']\n"
        "try:\n    main()\nfinally:\n    print(resource.getrlimit(resource.RLIMIT_CORE)[0])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_while_the_program_is_still_loaded_ends_it_without_a_word(tmp_path, number, code):
    # What is loaded first stands for any moment of the loading.
    (tmp_path / "click.py").write_text(f"import os\nos.kill(os.getpid(), {number})\n")
    environ = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(Path(syncd.__file__).parents[1])])}
    command = [sys.executable, "-m", "syncd", "run"]
    done = subprocess.run(command, env=environ, cwd=tmp_path, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (code, b"", b"")
