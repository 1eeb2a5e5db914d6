import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from importlib.metadata import requires
from pathlib import Path
from statistics import median

import click
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from syncd.cli.main import cli

HOUSE = Path(__file__).resolve().parents[1]
TOP_LEVEL = {"LICENSE", "README.md", "config.example.toml", "pyproject.toml", "syncd", "systemd", "tests"}
FILE_LINES = 300
MEDIAN_LINES = 150
FUNCTION_LINES = 60
CHECKS = {
    "ruff check": ["-m", "ruff", "check", "--no-cache", "."],
    "ruff format": ["-m", "ruff", "format", "--no-cache", "--check", "."],
    "mypy": ["-m", "mypy"],
    "import-linter": ["-c", "from importlinter.cli import lint_imports_command as main; main()", "--no-cache"],
}


def run(*line):
    return subprocess.run(line, cwd=HOUSE, capture_output=True, text=True, check=False)


@cache
def tracked():
    """The files of the project; without git those of the agreed entries."""
    try:
        listed = run("git", "ls-files", "-z")
    except FileNotFoundError:
        listed = None
    if listed is not None and listed.returncode == 0:
        names = filter(None, listed.stdout.split("\0"))
        return sorted(path for name in names if (path := HOUSE / name).is_file())
    tops = [HOUSE / name for name in (*TOP_LEVEL, ".ci", ".gitignore")]
    files = [file for top in tops for file in ([top] if top.is_file() else top.rglob("*"))]
    return sorted(file for file in files if file.is_file() and "__pycache__" not in file.parts)


def name_of(path):
    return path.relative_to(HOUSE).as_posix()


def code(*tops):
    return [path for path in tracked() if path.suffix == ".py" and path.relative_to(HOUSE).parts[0] in tops]


@cache
def tree(path):
    return ast.parse(path.read_text("utf-8"))


@cache
def project():
    return tomllib.loads((HOUSE / "pyproject.toml").read_text("utf-8"))["project"]


@cache
def readme():
    return (HOUSE / "README.md").read_text("utf-8")


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS.keys())
def test_the_tools_have_nothing_to_say(check):
    done = run(sys.executable, *check)
    assert done.returncode == 0, done.stdout + done.stderr


def test_files_are_short():
    lines = {name_of(path): path.read_text("utf-8").count("\n") for path in code("syncd")}
    assert {name: count for name, count in lines.items() if count > FILE_LINES} == {}
    assert median(lines.values()) <= MEDIAN_LINES


def test_functions_are_short():
    lines = {
        f"{name_of(path)}:{node.lineno} {node.name}": node.end_lineno - node.lineno + 1
        for path in code("syncd", "tests")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: count for name, count in lines.items() if count > FUNCTION_LINES} == {}


def test_nothing_is_left_for_later():
    words = re.compile(r"\b(TODO|FIXME|XXX|HACK|NotImplemented(Error)?)\b")
    assert [name_of(path) for path in code("syncd") if words.search(path.read_text("utf-8"))] == []


def test_only_the_agreed_entries_lie_at_the_top():
    tops = {path.relative_to(HOUSE).parts[0] for path in tracked()}
    assert {top for top in tops if not top.startswith(".")} <= TOP_LEVEL


def test_no_file_names_a_machine_or_a_registry():
    hosts = ("pypi" + r"\.org", "python" + "hosted", "index" + "-url", "dev" + "pi", "artifact" + "ory")
    paths = ("/" + "work/", "/" + "opt/", "/root/" + r"\.", r"\." + "pyenv")
    traces = re.compile("|".join((*hosts, *paths)))
    assert [name_of(path) for path in tracked() if traces.search(path.read_bytes().decode("latin-1"))] == []


def test_the_sandbox_imports_nothing_else_of_syncd():
    found = {
        f"{name_of(path)}: {module}"
        for path in code("syncd")
        if name_of(path).startswith("syncd/sandbox/")
        for module in imported(tree(path))
        if module.split(".")[0] == "syncd" and not module.startswith("syncd.sandbox")
    }
    assert found == set()


def imported(module):
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def test_tests_do_not_sleep():
    def sleeps(node):
        if isinstance(node, ast.ImportFrom):
            return node.module == "time" and any(alias.name == "sleep" for alias in node.names)
        return isinstance(node, ast.Attribute) and node.attr == "sleep" and getattr(node.value, "id", "") == "time"

    found = {name_of(path) for path in code("tests") if any(map(sleeps, ast.walk(tree(path))))}
    assert {name for name in found if not name.startswith(("tests/end_to_end/", "tests/benchmarks/"))} == set()


def test_unit_tests_mirror_the_rooms():
    rooms = {path.relative_to(HOUSE / "syncd").parts[0] for path in code("syncd")}
    mirrors = {path.relative_to(HOUSE / "tests/unit").parts[:-1] for path in code("tests") if "unit" in path.parts}
    assert {mirror[0] for mirror in mirrors if mirror} <= rooms


def test_the_architecture_names_every_room():
    words = (HOUSE / "syncd/ARCHITECTURE.md").read_text("utf-8")
    rooms = {path.relative_to(HOUSE / "syncd").parts for path in code("syncd")}
    names = {f"{parts[0]}/" if len(parts) > 1 else parts[0] for parts in rooms} - {"__init__.py"}
    assert {name for name in names if not re.search(rf"^ *{re.escape(name)} ", words, re.MULTILINE)} == set()


@cache
def locked():
    lines = (HOUSE / ".ci/constraints.txt").read_text("utf-8").splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in pairs}


def wanted():
    """All that the project and its tests need, directly or not, on this machine."""
    todo = [Requirement(f"{project()['name']}[test]")]
    seen = {}
    while todo:
        one = todo.pop()
        if str(one) in seen:
            continue
        seen[str(one)] = one
        for line in requires(one.name) or ():
            further = Requirement(line)
            extras = one.extras or {""}
            if further.marker is None or any(further.marker.evaluate({"extra": extra}) for extra in extras):
                todo.append(further)
    return [one for one in seen.values() if one.name != project()["name"]]


def test_the_locked_versions_are_all_and_satisfy_everyone():
    needs = wanted()
    stated = [*project()["dependencies"], *project()["optional-dependencies"]["test"]]
    assert {Requirement(line).name.lower() for line in stated} <= {one.name.lower() for one in needs}
    unmet = {str(one): locked().get(canonicalize_name(one.name)) for one in needs}
    assert {
        line: version
        for line, version in unmet.items()
        if version is None or not Requirement(line).specifier.contains(version, prereleases=True)
    } == {}


def test_the_ci_script_can_be_run():
    script = HOUSE / ".ci/run"
    assert script.stat().st_mode & 0o111
    assert run("bash", "-n", str(script)).stderr == ""


def readme_lines():
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", readme(), re.MULTILINE | re.DOTALL)
    typed = "".join(text for kind, text in fenced if kind in ("sh", "console"))
    lines = [part.split(" #")[0] for line in typed.splitlines() for part in line.removeprefix("$ ").split("&&")]
    for line in lines + re.findall(r"`(syncd [^`]+)`", readme()):
        # What a shell keeps to itself: a process that stays, a file for the output.
        program, *words = re.split(r" [&>]", line)[0].split() or [""]
        if program in ("syncd", ".venv/bin/syncd"):
            yield " ".join(words)


@pytest.mark.parametrize("line", sorted(set(readme_lines())))
def test_the_command_lines_of_the_readme_parse(line):
    context = cli.make_context("syncd", line.split())
    arguments = [*context._protected_args, *context.args]
    while isinstance(context.command, click.Group):
        name, command, arguments = context.command.resolve_command(context, arguments)
        context = command.make_context(name, arguments, parent=context)
        arguments = [*context._protected_args, *context.args]
    assert context.parent is not None


def test_the_readme_has_the_two_lines_that_are_run():
    setups = re.findall(r"^python3 -m venv .*$", readme(), re.MULTILINE)
    assert [line.split("&&")[-1].strip() for line in setups] == [".venv/bin/syncd demo --once", ".venv/bin/pytest"]


def test_what_is_no_code_is_installed_with_it():
    wanted = tomllib.loads((HOUSE / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["package-data"]["syncd"]
    others = [path.relative_to(HOUSE / "syncd") for path in tracked() if path.is_relative_to(HOUSE / "syncd")]
    assert {str(path) for path in others if path.suffix != ".py" and not any(map(path.match, wanted))} == set()
