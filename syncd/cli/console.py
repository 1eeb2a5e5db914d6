"""Where output goes: results to stdout, remarks to stderr; with --json one document has stdout for itself."""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal, TextIO

import click

from syncd.cli.options import Options
from syncd.model.names import shown_json

Colour = Literal["red", "green", "yellow", "blue", "cyan", "magenta"]
_GAP = "  "


class Console:
    """The terminal, pipe or file behind stdout and stderr, as the options want it used."""

    def __init__(self, options: Options, environ: Mapping[str, str] | None = None) -> None:
        environ = os.environ if environ is None else environ
        self.options = options
        colourless = bool(environ.get("NO_COLOR")) or environ.get("TERM") == "dumb" or not options.color
        self.coloured = not colourless and self._people.isatty()

    def say(self, text: str) -> None:
        """Tell people a result. With --json it goes to stderr, and with -q nowhere then."""
        if not (self.options.json and self.options.quiet):
            print(text, file=self._people, flush=True)

    def note(self, text: str) -> None:
        """Tell people something beside the result, on stderr; not with -q."""
        if not self.options.quiet:
            print(text, file=sys.stderr, flush=True)

    def warn(self, text: str) -> None:
        """Warn people, on stderr, also with -q."""
        print(f"warning: {text}", file=sys.stderr, flush=True)

    def fail(self, message: str, remedy: str) -> None:
        """Tell people of an error that ends nothing, on stderr, also with -q."""
        print(f"error: {message}\n  what to do: {remedy}", file=sys.stderr, flush=True)

    def document(self, value: object) -> None:
        """Write the one JSON document."""
        # Another encoding than UTF-8 has no place for every name; JSON's own escapes have.
        ascii_only = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
        print(shown_json(json.dumps(value, ensure_ascii=ascii_only, indent=2)), flush=True)

    def table(self, rows: Sequence[Sequence[str]], heads: Sequence[str] = (), *, whole: int | None = None) -> None:
        """Say rows in columns. On a terminal the widest column gives way, but for the `whole` one; in a pipe none."""
        for line in columns([heads, *rows] if heads else rows, self.width, whole):
            self.say(line)

    def listing(self, rows: Sequence[Sequence[str]], heads: Sequence[str] = ()) -> None:
        """Say rows whose last cell is a sentence. On a terminal, one that has no room goes on a line of its own."""
        for line in folded([heads, *rows] if heads else rows, self.width):
            self.say(line)

    def paint(self, text: str, colour: Colour, *, bold: bool = False) -> str:
        """Colour a text of `say`, where colours are wanted and seen."""
        return click.style(text, fg=colour, bold=bold or None) if self.coloured else text

    @property
    def width(self) -> int | None:
        """The terminal's columns, 80 where it does not tell; None where there is no terminal."""
        return shutil.get_terminal_size((80, 24)).columns if self._people.isatty() else None

    @property
    def _people(self) -> TextIO:
        return sys.stderr if self.options.json else sys.stdout


def columns(rows: Sequence[Sequence[str]], width: int | None = None, whole: int | None = None) -> list[str]:
    """Align rows of cells by spaces; with a width, the widest column but `whole` is shortened in its middle to fit."""
    widths = [max(map(cell_width, cells)) for cells in zip(*rows, strict=True)]
    surplus = sum(widths) + len(_GAP) * (len(widths) - 1) - (width or sys.maxsize)
    yielding = [place for place in range(len(widths)) if place != whole]
    if yielding and surplus > 0:
        widest = max(yielding, key=widths.__getitem__)
        widths[widest] = max(8, widths[widest] - surplus)
    return [_line(row, widths) for row in rows]


def folded(rows: Sequence[Sequence[str]], width: int | None = None) -> list[str]:
    """Align rows as `columns` does; with a width, a last cell that does not fit stands below, wrapped."""
    lines = columns(rows)
    if width is None or not rows:
        return lines
    heads = columns([row[:-1] for row in rows], width)
    return [
        line if cell_width(line) <= width else "\n    ".join([head, *textwrap.wrap(row[-1], max(20, width - 4))])
        for line, head, row in zip(lines, heads, rows, strict=True)
    ]


def cell_width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    text = click.unstyle(text)
    marks = sum(1 for character in text if unicodedata.combining(character))
    return len(text) - marks + sum(1 for character in text if unicodedata.east_asian_width(character) in "WF")


def size(number: int) -> str:
    """Write bytes for people, in decimal units: `12 B`, `34 kB`, `0.9 MB`, `1.2 GB`."""
    if number < 1000:
        return f"{number} B"
    if number < 100_000:
        return f"{number / 1000:.0f} kB"
    return f"{number / 1e6:,.1f} MB" if number < 999_950_000 else f"{number / 1e9:,.1f} GB"


def moment(wall: float) -> str:
    """Write seconds since 1970 for people, by the clock on their wall: `2026-11-26 01:39:45`."""
    return datetime.fromtimestamp(wall, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [_shorten(cell, width) for cell, width in zip(row, widths, strict=True)]
    padded = [cell + " " * (width - cell_width(cell)) for cell, width in zip(cells, widths, strict=True)]
    return _GAP.join(padded).rstrip()


def _shorten(text: str, width: int) -> str:
    if cell_width(text) <= width:
        return text
    text = click.unstyle(text)
    # The end of a name tells more than its middle.
    head, tail = text[: (width - 1) // 2], text[len(text) - width // 2 :]
    while cell_width(head) + cell_width(tail) + 1 > width:
        head, tail = (head[:-1], tail) if cell_width(head) > cell_width(tail) else (head, tail[1:])
    return f"{head}…{tail}"
