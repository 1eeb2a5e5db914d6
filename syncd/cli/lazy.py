"""A group whose commands are imported when they run: `--help` and `--version` stay quick and light."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import click
from click.shell_completion import CompletionItem


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Name the nearest of some words, as a question to be added to a sentence; empty where none is near."""
    near = difflib.get_close_matches(word.casefold(), known, n=1, cutoff=0.6)
    return f" Did you mean {near[0]!r}?" if near else ""


class Choice(click.Choice[str]):
    """One of some words; a wrong one is told with the nearest right one."""

    def get_invalid_choice_message(self, value: object, ctx: click.Context | None) -> str:
        """Say what is allowed, and what was probably meant."""
        told = super().get_invalid_choice_message(value, ctx)
        lowered = {str(one).casefold(): str(one) for one in self.choices}
        near = difflib.get_close_matches(str(value).casefold(), lowered, n=1, cutoff=0.6)
        return f"{told.rstrip('.')}." + (f" Did you mean {lowered[near[0]]!r}?" if near else "")


class Seconds(click.FloatRange):
    """A time in seconds, from 0 on."""

    name = "number of seconds"

    def __init__(self) -> None:
        super().__init__(min=0)


class Count(click.IntRange):
    """A whole number from 1 on."""

    name = "whole number"

    def __init__(self) -> None:
        super().__init__(min=1)


class Entry(NamedTuple):
    """A command: the place of its object as `module:attribute`, and one line that says what it does."""

    place: str
    summary: str

    def load(self) -> click.Command:
        """Import the command."""
        module, _, attribute = self.place.partition(":")
        command = getattr(importlib.import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{self.place} is no command")
        return command


class LazyGroup(click.Group):
    """A group that knows names and summaries by a table and loads a command only to run it."""

    def __init__(self, *arguments: object, table: Mapping[str, Entry] | None = None, **settings: object) -> None:
        super().__init__(*arguments, **settings)  # type: ignore[arg-type]
        self.table = dict(table or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name all commands, in the table's order."""
        return [*self.table, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command, None for a name that there is not."""
        entry = self.table.get(cmd_name)
        return entry.load() if entry else super().get_command(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command of a command line; for an unknown one, name the nearest."""
        known = self.list_commands(ctx)
        if args and not args[0].startswith("-") and args[0] not in known:
            raise click.UsageError(f"No such command {args[0]!r}.{did_you_mean(args[0], known)}", ctx)
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the names of commands without loading one, and whatever else any command completes."""
        if not self.table:
            return super().shell_complete(ctx, incomplete)
        known = self.table.items()
        own = [CompletionItem(name, help=one.summary) for name, one in known if name.startswith(incomplete)]
        return [*own, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without loading one."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in self.table.items()])
        if self.commands:
            super().format_commands(ctx, formatter)
