"""The options that every command has, before or after its name, and what every `--help` ends with."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Concatenate, ParamSpec, TypeVar

import click
from click.shell_completion import CompletionItem

P = ParamSpec("P")
R = TypeVar("R")
F = TypeVar("F", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked of every command alike. `config` is the file named on the command line, as written."""

    config: str | None = None
    quiet: bool = False
    verbose: int = 0
    json: bool = False
    color: bool = True

    def adding(self, name: str, value: object) -> Options:
        """Merge in one option that was given a second time, before or after the command."""
        match name, value:
            case "config", str():
                return replace(self, config=value)
            case "verbose", int():
                return replace(self, verbose=self.verbose + value)
            case "quiet", True:
                return replace(self, quiet=True)
            case "json", True:
                return replace(self, json=True)
            case "no_color", True:
                return replace(self, color=False)
        return self


class VersionAsked(Exception):
    """Ends the reading of a command line: the version is all that is wanted."""


def common(command: Callable[Concatenate[Options, P], R]) -> Callable[P, R]:
    """Give a command the common options; its first argument is then the merged `Options`."""
    return with_options(click.pass_obj(command))


def with_options(command: F) -> F:
    """Add the common options, for groups, which hand them on to their commands."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def completed_paths(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Let the shell complete the names of files and folders."""
    return [CompletionItem(incomplete, type="file")]


def example(*lines: str) -> str:
    """Return the epilog that shows how a command is used: one command a line."""
    return "\b\nExample:\n" + "\n".join(f"  {line}" for line in lines)


def peek(arguments: list[str]) -> Options:
    """Read what decides how an error is told out of a command line that click may not have understood."""
    words = arguments[: arguments.index("--")] if "--" in arguments else arguments
    clusters = (word for word in words if re.fullmatch("-[nqv]+", word))
    verbose = words.count("--verbose") + sum(word.count("v") for word in clusters)
    return Options(json="--json" in words, verbose=verbose)


def _merge(context: click.Context, parameter: click.Parameter, value: object) -> object:
    held = context.obj if isinstance(context.obj, Options) else Options()
    context.obj = held.adding(parameter.name or "", value)
    return value


def _version(context: click.Context, _: click.Parameter, value: object) -> None:
    # Whether it is to be a document may stand behind it, where click has not read yet.
    if value and not context.resilient_parsing:
        raise VersionAsked


def _option(*names: str, **settings: object) -> Callable[[F], F]:
    return click.option(*names, expose_value=False, callback=_merge, **settings)  # type: ignore[arg-type]


_OPTIONS = (
    _option("-c", "--config", metavar="FILE", shell_complete=completed_paths, help="The configuration file."),
    _option("-q", "--quiet", is_flag=True, help="Say only what went wrong."),
    _option("-v", "--verbose", count=True, help="Say more; twice: everything."),
    _option("--json", is_flag=True, help="Write one JSON document to stdout."),
    _option("--no-color", is_flag=True, help="Write without colour."),
    click.option(
        "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version."
    ),
)
