"""The entry: the table of commands, and the one place where an error becomes words and an exit code."""

from __future__ import annotations

import errno
import json
import os
import resource
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from io import TextIOWrapper
from typing import NoReturn, TextIO

import click

from syncd import __version__
from syncd.cli.lazy import Entry, LazyGroup, did_you_mean
from syncd.cli.options import Options, VersionAsked, example, peek, with_options
from syncd.cli.redact import SECRETS
from syncd.cli.signals import Terminated, terminate_by_exception
from syncd.errors import ExitCode, SyncdError, UsageError
from syncd.model.names import shown, shown_text

COMMANDS = {
    "sync": Entry("syncd.cli.sync:sync", "Bring the image sets in line with the folders, once."),
    "run": Entry("syncd.cli.run:run", "Stay, watch the folders, and keep the sets in line: the daemon."),
    "status": Entry("syncd.cli.status:status", "Show every set: what is up, pending, waiting, held."),
    "explain": Entry("syncd.cli.explain:explain", "Say why a file is up, or why it is not."),
    "check": Entry("syncd.cli.check:check", "Judge files and folders, without network, state or config."),
    "history": Entry("syncd.cli.history:history", "Tell what was done, when, and why; newest first."),
    "approve": Entry("syncd.cli.consent:approve", "Release the held deletes and the halts that wait."),
    "forget": Entry("syncd.cli.consent:forget", "Keep the remote images and drop their records."),
    "retry": Entry("syncd.cli.consent:retry", "Forget refusals and back-off."),
    "pause": Entry("syncd.cli.pause:pause", "Let the daemon rest."),
    "resume": Entry("syncd.cli.pause:resume", "Let the daemon go on."),
    "rebuild": Entry("syncd.cli.rebuild:rebuild", "Make the state anew from what is up; sends nothing."),
    "flush": Entry("syncd.cli.flush:flush", "Wait until the daemon has everything in sync."),
    "models": Entry("syncd.cli.models:models", "List the account's models."),
    "images": Entry("syncd.cli.images:images", "List, show, upload, delete and download single images."),
    "init": Entry("syncd.cli.init:init", "Write a configuration and the folders for the models."),
    "doctor": Entry("syncd.cli.doctor:doctor", "Look for what keeps it from working."),
    "config": Entry("syncd.cli.config:config", "Tell what is configured."),
    "completion": Entry("syncd.cli.completion:completion", "Make bash, zsh or fish complete commands and paths."),
    "sandbox": Entry("syncd.cli.sandbox:sandbox", "Run a local service with the documented API."),
    "demo": Entry("syncd.cli.demo:demo", "See it work on a folder of sample photos."),
}

_FULL = (errno.ENOSPC, errno.EDQUOT)


class Program(LazyGroup):
    """The group that ends the process: by a command's exit code, or by an error in few words."""

    def main(  # type: ignore[override]
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: object
    ) -> NoReturn:
        """Run a command line. A command returns its exit code (None: 0) or raises; this always exits."""
        arguments = list(sys.argv[1:] if args is None else args)
        if key := os.environ.get("SYNCD_API_KEY"):
            SECRETS.add(key)
        try:
            code = self._ran(arguments, prog_name or self.name, **extra)
        except BaseException as error:  # noqa: BLE001 - the last wall of the process
            code = _told(error, peek(arguments))
        sys.exit(_flushed(code))

    def _ran(self, arguments: list[str], name: str | None, **extra: object) -> int:
        extra["standalone_mode"] = False
        try:
            return _code(super().main(arguments, name, **extra))  # type: ignore[call-overload]
        except VersionAsked:
            return _told_version(peek(arguments))


@click.command(
    "syncd",
    cls=Program,
    table=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=example("syncd demo", "syncd sync --dry-run"),
)
@with_options
def cli() -> None:
    """Keep the image sets of the PhotoGPT API equal to folders of photos.

    Why is a photo not up? `syncd explain PATH`. Does nothing work? `syncd doctor`.
    """


def main() -> None:
    """Run the process's command line."""
    sys.stdout, sys.stderr = _stream(sys.stdout), _stream(sys.stderr)
    terminate_by_exception()
    _leave_no_core()
    cli.main()


def _leave_no_core() -> None:
    """See to it that a crash writes no image of the memory, in which the key is."""
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def _stream(stream: TextIO | None) -> TextIO:
    if stream is None:  # closed by the caller
        return open(os.devnull, "w", encoding="utf-8")
    if isinstance(stream, TextIOWrapper):
        # A terminal that lacks a character is no reason to fail.
        stream.reconfigure(errors="backslashreplace")
    return stream


def _code(returned: object) -> int:
    return int(returned) if isinstance(returned, int) else ExitCode.OK


def _told_version(options: Options) -> int:
    document = json.dumps({"name": "syncd", "version": __version__}, indent=2)
    print(document if options.json else f"syncd {__version__}")
    return ExitCode.OK


def _told(error: BaseException, options: Options) -> int:
    """Tell an error, and return its exit code."""
    match error:
        case SystemExit():
            return _code(error.code)
        case KeyboardInterrupt() | click.Abort():
            return _told_stop(error, options)
        case click.exceptions.NoArgsIsHelpError():
            error.show(sys.stderr)
            return ExitCode.USAGE
        case SyncdError():
            told, code = error, error.exit_code
        case click.ClickException():
            told, code = _usage(error), ExitCode.USAGE
        case _:
            told, code = _unexpected(error, options), ExitCode.SOME_FAILED
    if options.verbose > 1:
        _write(sys.stderr, SECRETS.redact("".join(traceback.format_exception(error))).rstrip())
    _tell(told, options)
    return code


def _told_stop(error: BaseException, options: Options) -> int:
    terminated = isinstance(error.__cause__ or error, Terminated)
    if options.json:
        # A reader of documents gets one, whatever ends the program.
        stopped = SyncdError("It was stopped by a signal", "Run it again: it goes on from there.", code="stopped")
        _tell(stopped, options)
    return ExitCode.TERMINATED if terminated else ExitCode.INTERRUPTED


def _usage(error: click.ClickException) -> SyncdError:
    context = error.ctx if isinstance(error, click.UsageError) else None
    # click puts each choice on a line of its own; an error is one sentence.
    message = error.format_message().replace("\n\t", " ")
    if isinstance(error, click.NoSuchOption):
        message = f"No such option {error.option_name!r}.{did_you_mean(error.option_name, error.possibilities or ())}"
    return UsageError(message, f"See {context.command_path if context else 'syncd'} --help.")


def _unexpected(error: BaseException, options: Options) -> SyncdError:
    remedy = "Run it again with -vv to see where, and report it with what that shows."
    if options.verbose > 1:
        remedy = "Report it with the lines above."
    if isinstance(error, OSError) and error.strerror:
        place = f": {shown(os.fsencode(error.filename))}" if isinstance(error.filename, str | bytes) else ""
        if error.errno in _FULL:
            told = f"There is no room for what was to be written ({error.strerror}){place}"
            return SyncdError(told, "Make room there, and run it again.")
        return SyncdError(f"The system refused something unforeseen ({error.strerror}){place}", remedy)
    return SyncdError(f"Something unforeseen went wrong ({type(error).__name__})", remedy)


def _tell(error: SyncdError, options: Options) -> None:
    message, remedy = (shown_text(SECRETS.redact(text)) for text in (error.message, error.remedy))
    document = json.dumps({"error": {"code": error.code, "message": message, "remedy": remedy}}, indent=2)
    if not (options.json and _write(sys.stdout, document)):
        _write(sys.stderr, f"error: {message}" + (f"\n  what to do: {remedy}" if remedy else ""))


def _write(stream: TextIO, text: str) -> bool:
    """Tell whether it could be written: where even the error cannot be told, the exit code is what is left."""
    with suppress(OSError):
        print(text, file=stream, flush=True)
        return True
    return False


def _flushed(code: int) -> int:
    """Send what is still on its way. A reader who left is no error of ours; what it would have read is dropped."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()
    except OSError as error:
        _drop_output()
        _write(sys.stderr, f"error: The output could not be written: {error.strerror}")
        return code or ExitCode.SOME_FAILED
    return code


def _drop_output() -> None:
    # Python flushes once more at its end, and would complain.
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
