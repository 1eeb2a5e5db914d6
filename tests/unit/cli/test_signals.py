import contextlib
import os
import signal

import pytest

from syncd.cli.signals import interrupts


def test_an_interrupt_that_a_callback_swallowed_is_met_at_the_next_look():
    with interrupts() as check:
        check()
        with contextlib.suppress(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            check()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
