import os
import resource
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from socket import socketpair
from struct import pack

import pytest

from syncd.images import children
from syncd.images import judge as judging
from syncd.images.apart import Apart
from syncd.images.budget import Budget
from syncd.images.child import Child
from syncd.images.copies import Fit, copy_of
from syncd.images.decoder import HERE
from syncd.images.jpeg import segments
from syncd.images.judge import NOT_DECODED, judge
from syncd.images.picture import picture_of
from syncd.images.wire import HEAD, Broken, hear
from syncd.model.words import Reason
from tests import samples
from tests.unit.images.test_judge import GOOD

FLAT = (4000, 3000)


@pytest.fixture(scope="module")
def apart():
    with Apart(2) as decoder:
        yield decoder


def endless(scans=100_000):
    """A small file that says the same of twelve million pixels again and again: decoding it takes hours."""
    data = samples.saved(samples.Image.new("L", FLAT), "JPEG", progressive=True)
    last = [each for each in segments(data) if each.marker == 0xDA][-1]
    return data[:-2] + data[last.start : last.end] * (scans // 100) + data[-2:]


def test_what_is_decoded_apart_is_judged_alike(apart):
    broken = [samples.truncated(data) for data in GOOD.values()] + [samples.zeroed(data) for data in GOOD.values()]
    others = [samples.avif(1), samples.gif(1), b"no picture"]
    for data in (*GOOD.values(), *broken, *others):
        assert judge(data, decoder=apart) == judge(data)
        assert picture_of(data, apart) == picture_of(data)


def test_copies_that_are_made_apart_are_the_same(apart):
    for data in (samples.jpeg(1, (320, 240)), samples.heic(1, (320, 240), orientation=6)):
        for most in (8_000, 500):
            fit = Fit(most, shrink=True)
            assert copy_of(data, judge(data), fit, apart) == copy_of(data, judge(data), fit)


def test_many_threads_share_two_processes(apart):
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda data: judge(data, decoder=apart), list(GOOD.values()) * 2))
    assert found == [judge(data) for data in GOOD.values()] * 2
    assert len(apart._children._idle) <= 2


def test_where_many_pictures_come_all_processes_start_at_once(monkeypatch):
    together = threading.Barrier(2, timeout=10)

    class Waiting(Child):
        def __init__(self):
            together.wait()
            super().__init__()

    monkeypatch.setattr(children, "Child", Waiting)
    with Apart(2, eager=True) as decoder, ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda data: judge(data, decoder=decoder), GOOD.values()))
        assert len(decoder._children._idle) == 2
    assert found == [judge(data) for data in GOOD.values()]


def test_a_picture_that_takes_for_ever_is_ended_and_the_next_one_is_none_the_worse():
    with Apart(1, seconds=1) as decoder:
        judged = judge(endless(), decoder=decoder)
        assert (judged.reason, judged.detail) == (Reason.CORRUPT, "damaged: decoding it takes longer than 1 seconds")
        assert judge(samples.jpeg(1), decoder=decoder) == judge(samples.jpeg(1))


def test_a_picture_that_takes_more_memory_than_one_may_is_ended():
    with Apart(1, memory=10_000_000) as decoder:
        judged = judge(samples.png_bomb(6000, 4000), decoder=decoder)
        assert (judged.reason, "more than 10 MB of memory" in judged.detail) == (Reason.CORRUPT, True)
        assert judge(samples.jpeg(1), decoder=decoder) == judge(samples.jpeg(1))


@pytest.mark.parametrize("progressive", [False, True])
def test_whatever_words_a_decoder_has_for_it_lack_of_memory_is_no_damage(progressive):
    data = samples.saved(samples.Image.new("RGB", FLAT), "JPEG", progressive=progressive, subsampling=0)
    with Apart(1, memory=20_000_000) as decoder:
        assert "more than 20 MB of memory" in judge(data, decoder=decoder).detail


def test_where_many_pixels_explain_it_only_the_container_is_judged(monkeypatch):
    monkeypatch.setattr(judging, "PLAIN_PIXELS", 1_000_000)
    with Apart(1, memory=10_000_000) as decoder:
        judged = judge(samples.png_bomb(7000, 4000), decoder=decoder)
    assert (judged.reason, judged.warnings) == (None, ("not-decoded",))


def flat(size):
    """All red, but for a corner with more colours than a palette has."""
    image = samples.Image.new("RGB", size, (254, 0, 0))
    image.paste(samples.picture(1), (size[0] - 64, size[1] - 48))
    return image


@pytest.mark.parametrize(
    ("name", "size", "options"),
    [
        ("JPEG", (7000, 6200), {"progressive": True, "subsampling": 0}),
        ("WEBP", (5600, 5000), {"lossless": True, "quality": 0, "method": 0}),
    ],
    ids=["jpeg of scans", "lossless webp"],
)
def test_what_takes_most_is_decoded_within_the_memory_of_one(name, size, options):
    data = samples.saved(flat(size), name, **options)
    with Apart(1) as decoder:
        judged = judge(data, decoder=decoder)
        (child,) = decoder._children._idle
        most = Path(f"/proc/{child.pid}/status").read_text().split("VmHWM:")[1].split()[0]
    assert (judged.reason, judged.warnings) == (None, ())
    assert (judged.likeness.width, judged.likeness.height, judged.likeness.thumb[:-6]) == (*size, "fe0000" * 255)
    assert 250_000 < int(most) < 600_000  # kB


def test_a_process_has_ten_seconds_for_a_picture_and_600_megabytes():
    with Apart(1) as decoder:
        judge(samples.jpeg(1), decoder=decoder)
        (child,) = decoder._children._idle
        seconds, _ = resource.prlimit(child.pid, resource.RLIMIT_CPU)
        room, _ = resource.prlimit(child.pid, resource.RLIMIT_AS)
        status = Path(f"/proc/{child.pid}/status").read_text()
        taken, held = (1024 * int(status.split(f"{what}:")[1].split()[0]) for what in ("VmSize", "VmRSS"))
    assert 10 <= seconds <= 13  # those of its start come first
    assert 500_000_000 < held + room - taken < 600_000_000


def test_alpha_takes_little_more_memory_than_the_pixels():
    data = samples.saved(samples.Image.new("RGBA", FLAT, (255, 0, 0, 100)), "PNG", compress_level=1)
    with Apart(1, memory=80_000_000) as decoder:
        assert judge(data, decoder=decoder) == judge(data)


@pytest.mark.parametrize("lossless", [False, True])
def test_a_webp_takes_its_pixels_and_as_much_again_where_it_is_lossless(lossless):
    data = samples.saved(flat(FLAT), "WEBP", lossless=lossless, method=0, quality=0)
    with Apart(1, memory=120_000_000 if lossless else 70_000_000) as decoder:
        assert judge(data, decoder=decoder) == judge(data)


def test_a_webp_for_which_there_is_no_memory_is_not_damaged_and_a_damaged_one_of_many_pixels_is():
    data = samples.saved(flat((5000, 5000)), "WEBP", lossless=True, method=0, quality=0)
    cut = bytearray(data[:-4])
    cut[4:8], cut[16:20] = ((len(cut) - at).to_bytes(4, "little") for at in (8, 20))
    with Apart(1, memory=150_000_000) as decoder:
        assert judge(data, decoder=decoder).warnings == (NOT_DECODED,)
    with Apart(1) as decoder:
        judged = judge(bytes(cut), decoder=decoder)
    assert (judged.reason, judged.detail[:9]) == (Reason.CORRUPT, "damaged: ")


def busy_child(decoder):
    while True:
        for child in tuple(decoder._children._busy):
            with suppress(FileNotFoundError, ProcessLookupError), open(f"/proc/{child.pid}/stat") as told:
                if int(told.read().rpartition(")")[2].split()[11]) > 60:  # ticks of its core: it is decoding
                    return child.pid


def test_a_picture_is_to_blame_for_a_crash_when_it_crashes_its_decoder_again():
    with Apart(1) as decoder, ThreadPoolExecutor(1) as pool:
        judged = pool.submit(judge, endless(), decoder=decoder)
        for _ in range(2):
            pid = busy_child(decoder)
            os.kill(pid, signal.SIGSEGV)
            while os.path.exists(f"/proc/{pid}") and not judged.done():
                pass
        assert (judged.result().reason, judged.result().detail) == (
            Reason.CORRUPT,
            "damaged: its decoder crashes on it",
        )


def test_who_ends_a_process_from_outside_tells_nothing_of_its_picture():
    with Apart(1) as decoder, ThreadPoolExecutor(1) as pool:
        judged = pool.submit(judge, endless(), decoder=decoder)
        os.kill(busy_child(decoder), signal.SIGUSR1)
        with pytest.raises(MemoryError, match="ended from outside"):
            judged.result()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_what_stops_a_service_ends_no_process_that_decodes(number):
    with Apart(1) as decoder:
        judge(samples.jpeg(1), decoder=decoder)
        pid = decoder._children._idle[0].pid
        os.kill(pid, number)
        assert judge(samples.jpeg(2), decoder=decoder) == judge(samples.jpeg(2))
        assert decoder._children._idle[0].pid == pid


def test_a_process_that_others_ended_is_replaced():
    with Apart(1) as decoder:
        judge(samples.jpeg(1), decoder=decoder)
        os.kill(decoder._children._idle[0].pid, signal.SIGSEGV)
        assert judge(samples.jpeg(2), decoder=decoder) == judge(samples.jpeg(2))


def begun():
    """The processes that this one began, and did not yet ask how they ended."""
    found = set()
    for task in os.listdir("/proc/self/task"):
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread may end meanwhile
            found.update(Path(f"/proc/self/task/{task}/children").read_text().split())
    return found


def test_a_process_that_is_not_asked_ends_and_leaves_nothing_behind():
    before = begun()
    with Apart(1, idle=0.05) as decoder:
        for _ in range(2):
            assert judge(samples.jpeg(1), decoder=decoder) == judge(samples.jpeg(1))
            while begun() - before:
                pass


def test_a_process_that_the_system_ended_says_nothing_of_the_picture():
    with Apart(1) as decoder, ThreadPoolExecutor(1) as pool:
        judged = pool.submit(judge, endless(), decoder=decoder)
        os.kill(busy_child(decoder), signal.SIGKILL)
        with pytest.raises(MemoryError):
            judged.result()


def test_what_is_under_way_ends_when_it_is_closed():
    decoder = Apart(1)
    with ThreadPoolExecutor(1) as pool:
        judged = pool.submit(judge, endless(), decoder=decoder)
        pid = busy_child(decoder)
        decoder.close()
        with pytest.raises(MemoryError):
            judged.result()
    assert not os.path.exists(f"/proc/{pid}")
    with pytest.raises(MemoryError):
        judge(samples.jpeg(1), decoder=decoder)


FORBIDDEN = """
import json, resource, sys
sys.path[:] = json.loads(sys.argv[1])
def forbidden(*_): raise PermissionError(1, "Operation not permitted")
resource.setrlimit = forbidden
from syncd.images.worker import main
main()
"""


def test_where_limits_are_forbidden_pictures_are_decoded_all_the_same(monkeypatch):
    # As under a system call filter of systemd.
    monkeypatch.setattr("syncd.images.child._START", FORBIDDEN)
    with Apart(1) as decoder:
        assert judge(samples.jpeg(1), decoder=decoder) == judge(samples.jpeg(1))


def test_the_process_knows_no_secret(apart, monkeypatch):
    monkeypatch.setenv("SYNCD_API_KEY", "a secret")
    with Apart(1) as decoder:
        judge(samples.jpeg(1), decoder=decoder)
        (child,) = decoder._children._idle
        with open(f"/proc/{child.pid}/environ", "rb") as told:
            assert b"secret" not in told.read()
        opened = {os.readlink(f"/proc/{child.pid}/fd/{each}") for each in os.listdir(f"/proc/{child.pid}/fd")}
        assert {name.partition(":")[0] for name in opened} <= {"socket", "/dev/null"}


def test_an_answer_that_none_of_ours_would_give_is_a_crash(apart, monkeypatch):
    from syncd.images.apart import _look
    from syncd.images.decoder import Undecodable

    good = {"likeness": {"width": 1, "height": 1, "pixels": "0" * 64, "thumb": "00"}, "warnings": ["dark", "rm -rf"]}
    assert _look(good).warnings == ("dark",)
    for wrong in ({}, {**good, "warnings": 1}, {**good, "likeness": {**good["likeness"], "width": "1"}},
                  {**good, "likeness": {**good["likeness"], "thumb": "../.."}}):  # fmt: skip
        with pytest.raises(Undecodable):
            _look(wrong)


def test_bodies_and_pictures_draw_on_one_budget():
    budget, begun, let_go = Budget(1000, 400), threading.Event(), threading.Event()

    def hold():
        with budget.holding(200):
            begun.set()
            let_go.wait()

    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(hold)
        begun.wait()

        def taken(how):
            with how:
                return let_go.is_set()

        body, picture = pool.submit(taken, budget.holding(1)), pool.submit(taken, budget.decoding(200, 0))
        with budget.decoding(50, 100), budget.decoding(10**9, 0):
            pass  # there is room for the first, and who has some waits for nothing
        let_go.set()
        assert (body.result(), picture.result(), first.result()) == (True, True, None)
    with budget.decoding(10**9, 0):
        pass  # alone


def test_a_length_that_lies_costs_nothing():
    data = samples.jpeg(1)
    at = data.index(b"\xff\xc0") + 5
    lied = data[:at] + pack(">HH", 5000, 5000) + data[at + 4 :]
    assert judge(lied).reason is Reason.CORRUPT
    assert judge(lied, decoder=HERE).detail.startswith("damaged")


def test_one_that_was_ended_before_it_is_asked_says_so():
    # As where all are ended while it is begun.
    child = Child()
    child.end()
    with pytest.raises(Broken):
        child.ask({}, b"", 0, 1)


def test_one_may_be_cut_off_after_its_end_and_kills_nobody():
    child = Child()
    child.end()
    child.cut()
    assert child.ended


def test_an_answer_nested_beyond_measure_is_no_answer():
    ours, theirs = socketpair()
    with ours, theirs:
        text = b"[" * 90_000
        theirs.sendall(HEAD.pack(len(text), 0) + text)
        with pytest.raises(Broken):
            hear(ours, 0)
