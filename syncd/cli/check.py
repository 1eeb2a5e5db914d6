"""`syncd check`: could these files go up? Needs no configuration, no state and no network."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import click

from syncd.cli.console import Console, size
from syncd.cli.options import Options, common, completed_paths, example
from syncd.cli.progress import progress
from syncd.errors import ExitCode, UsageError
from syncd.model.counted import count
from syncd.model.names import plain, shown, shown_text, unplain

if TYPE_CHECKING:
    from syncd.scan.check import Checked
    from syncd.scan.walk import Found

_MANY = 50
"""So many pictures take longer to decode than a process takes to start."""

_WORDS = {
    "extension-mismatch": "its name says another format",
    "has-position": "tells where it was taken",
    "not-decoded": "too large to be decoded here: only header and container were judged",
}


@click.command(epilog=example("syncd check ~/Pictures", "syncd check a.jpg b.heic --json"))
@click.argument("paths", nargs=-1, metavar="[PATH]...", shell_complete=completed_paths)
@common
def check(options: Options, *, paths: tuple[str, ...]) -> int:
    """Judge files, and those in folders below, as a sync would: format by content, decodable, size, duplicates.

    Exits 0 whatever the verdicts, and 1 when a file could not be read.
    """
    from syncd.cli.logs import set_up
    from syncd.scan.check import with_duplicates, with_remarks

    if "" in paths:
        raise UsageError("An empty path names no file", "Name a file or a folder; for none the current one is taken.")
    set_up(options)
    console = Console(options)
    files, unread = _find(console, paths)
    checked = with_remarks(with_duplicates(_judge(options, files)))
    if options.json:
        console.document({"files": [_document(one) for one in checked]})
    else:
        _show(console, checked)
    return ExitCode.SOME_FAILED if unread or not all(one.read for one in checked) else ExitCode.OK


def _find(console: Console, paths: tuple[str, ...]) -> tuple[list[Found], bool]:
    """Return the files there, and whether a folder hid some; tells of what is passed over."""
    from syncd.config.ignore import compile_patterns
    from syncd.scan.walk import Remark, walk

    files: list[Found] = []
    unread = False
    for one in walk(map(_meant, paths or ("",)), compile_patterns()):
        if not isinstance(one, Remark):
            files.append(one)
            continue
        unread |= one.unread
        (console.warn if one.unread else console.note)(f"{shown(one.path)}: {one.words}")
    return files, unread


def _meant(path: str) -> bytes:
    r"""Return the path that was written, be it with `\xNN` for a byte; the folder that we are in for none."""
    written = os.fsencode(path)
    return written if os.path.lexists(written) else unplain(path)


def _judge(options: Options, files: list[Found]) -> list[Checked]:
    from syncd.images.apart import Apart
    from syncd.scan.check import check as check_files

    bar, cores = progress(options), os.cpu_count() or 1
    # One thread more than cores: while pictures are decoded apart, the next one is read.
    pool, decoder = ThreadPoolExecutor(cores + 1, "syncd-judge"), Apart(cores, eager=len(files) >= _MANY)
    checked = []
    try:
        bar.start(len(files), 0, "checking")
        for one in check_files(files, pool, decoder):
            checked.append(one)
            bar.advance(files=1)
    finally:
        bar.stop()
        decoder.close()
        pool.shutdown(cancel_futures=True)
    return checked


def _document(one: Checked) -> dict[str, object]:
    judgement, seen = one.judgement, one.judgement.likeness
    return {
        "path": plain(one.found.path),
        "verdict": "accept" if judgement.accepted else "reject",
        "reason": judgement.reason.value if judgement.reason is not None else None,
        "detail": _detail(one),
        "format": judgement.format,
        "width": seen.width if seen is not None else None,
        "height": seen.height if seen is not None else None,
        "size": one.size,
        "warnings": list(one.warnings),
    }


def _detail(one: Checked) -> str:
    words = [one.judgement.detail, *(_WORDS[warning] for warning in one.warnings if warning in _WORDS)]
    return "; ".join(filter(None, words))


def _show(console: Console, checked: list[Checked]) -> None:
    quiet = console.options.quiet
    rows = [_row(console, one) for one in checked if not (quiet and one.judgement.accepted)]
    if rows:
        console.listing(rows)
    if not quiet:
        console.say(_sum(checked))


def _row(console: Console, one: Checked) -> tuple[str, str, str, str]:
    judgement, seen = one.judgement, one.judgement.likeness
    good = judgement.accepted
    mark = console.paint("+" if good else "!", "green" if good else "yellow" if one.read else "red")
    verdict = f"{judgement.format} {seen.width}x{seen.height}" if good and seen is not None else "rejected"
    return (
        f"{mark} {shown(one.found.path)}",
        verdict if one.read else "unreadable",
        size(one.size) if one.size is not None else "",
        shown_text(_detail(one), 300),
    )


def _sum(checked: list[Checked]) -> str:
    good = sum(one.judgement.accepted for one in checked)
    unread = sum(not one.read for one in checked)
    warned = sum(bool(one.warnings) for one in checked if one.judgement.accepted)
    words = [f"{good:,} can go up" + (f", {warned:,} of them with a remark" if warned else "")]
    if rejected := len(checked) - good - unread:
        words.append(f"{rejected:,} rejected")
    if unread:
        words.append(f"{unread:,} could not be read")
    return f"{count(len(checked), 'file')}: {', '.join(words)}."
