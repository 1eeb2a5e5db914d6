"""The entry of `syncd` and of `python -m syncd`: until the program is loaded, a signal ends it without a word."""

import os
import signal
from types import FrameType

_ENDING = (signal.SIGINT, signal.SIGTERM)


def main() -> None:
    """Load the program, and run it. What a shell ignores for it, as Ctrl-C in the background, stays ignored."""
    before = {each: signal.getsignal(each) for each in _ENDING if signal.getsignal(each) is not signal.SIG_IGN}
    for each in before:
        signal.signal(each, _end)
    from syncd.cli.main import main as run  # noqa: PLC0415 - the loading is what takes time

    for each, handler in before.items():
        signal.signal(each, handler)
    run()


def _end(number: int, _: FrameType | None) -> None:
    # Nothing was begun, so that there is nothing to clean up.
    os._exit(128 + number)


if __name__ == "__main__":
    main()
