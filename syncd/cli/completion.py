"""`syncd completion SHELL`: what makes a shell complete commands, options and paths."""

from __future__ import annotations

import click

from syncd.cli.console import Console
from syncd.cli.lazy import Choice
from syncd.cli.options import Options, common, example

_VARIABLE = "_SYNCD_COMPLETE"


@click.command(
    epilog=example(
        'eval "$(syncd completion bash)"      # in ~/.bashrc',
        'eval "$(syncd completion zsh)"       # in ~/.zshrc, after compinit',
        "syncd completion fish > ~/.config/fish/completions/syncd.fish",
    )
)
@click.argument("shell", type=Choice(["bash", "zsh", "fish"]))
@common
def completion(options: Options, *, shell: str) -> int:
    """Print the lines that make a shell complete commands, options and paths."""
    from click.shell_completion import get_completion_class

    from syncd.cli.main import cli

    console, made = Console(options), get_completion_class(shell)
    if made is None:
        raise click.UsageError(f"No completion for {shell}.")
    # The template alone: to ask which version the shell is would start one.
    script = made(cli, {}, "syncd", _VARIABLE)
    lines = script.source_template % script.source_vars()
    if options.json:
        console.document({"shell": shell, "script": lines})
    else:
        print(lines)
    return 0
