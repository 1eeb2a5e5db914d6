import click
import pytest
from click.testing import CliRunner

from syncd.cli.options import Options, common, peek, with_options


@click.group()
@with_options
def group() -> None:
    pass


@group.command()
@click.option("-n", "--dry-run", is_flag=True)
@common
def show(options: Options, dry_run: bool) -> None:
    click.echo(repr((options, dry_run)))


def seen(*arguments: str) -> str:
    return CliRunner().invoke(group, arguments, catch_exceptions=False).output.strip()


@pytest.mark.parametrize(
    ("line", "options"),
    [
        ("show", Options()),
        ("show -c a.toml", Options(config="a.toml")),
        ("-c a.toml show", Options(config="a.toml")),
        ("-c a.toml show --config b.toml", Options(config="b.toml")),
        ("-v show -v", Options(verbose=2)),
        ("show -vv", Options(verbose=2)),
        ("-q --json show", Options(quiet=True, json=True)),
        ("show -q --json", Options(quiet=True, json=True)),
        ("--json show -q --no-color", Options(quiet=True, json=True, color=False)),
        ("--no-color show", Options(color=False)),
    ],
)
def test_options_before_and_after_the_command_are_one(line, options):
    assert seen(*line.split()) == repr((options, False))


def test_common_options_join_with_the_commands_own():
    assert seen("show", "-nvq") == repr((Options(verbose=1, quiet=True), True))


def test_a_command_works_without_its_group():
    result = CliRunner().invoke(show, ["--json"])
    assert result.output.strip() == repr((Options(json=True), False))


@pytest.mark.parametrize(
    ("line", "options"),
    [
        ("sync --bogus --json -vv", Options(json=True, verbose=2)),
        ("sync -nv --verbose", Options(verbose=2)),
        ("sync -- --json -v", Options()),
        ("sync -cvery.toml", Options()),
    ],
)
def test_a_line_that_cannot_be_read_still_tells_how_errors_are_told(line, options):
    assert peek(line.split()) == options
