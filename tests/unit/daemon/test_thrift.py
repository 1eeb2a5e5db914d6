import ctypes
import gc
import weakref

from syncd.daemon.thrift import give_back


class Knot:
    """Refers to itself, so that only a collection lets go of it."""

    def __init__(self):
        self.me = self


def test_what_nobody_can_reach_is_let_go_of():
    gc.disable()
    try:
        knot = weakref.ref(Knot())
        assert knot() is not None
        give_back()
        assert knot() is None
    finally:
        gc.enable()


def test_a_library_that_knows_no_such_call_is_left_alone(monkeypatch):
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    give_back()
