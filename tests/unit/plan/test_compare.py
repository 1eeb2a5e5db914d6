import pytest

from syncd.model.local import Likeness
from syncd.model.record import Content
from syncd.model.remote import Picture
from syncd.plan.compare import UNKNOWN, Fidelity, Verdict, fidelity, same

SIDE = 16
EXACT = Fidelity(exact=True)


def cells(colour):
    return [[colour(x, y) for x in range(SIDE)] for y in range(SIDE)]


def thumb(rows):
    return bytes(value for row in rows for cell in row for value in cell).hex()


RAMP = cells(lambda x, y: (x * 16, y * 8, 40 + x * 3 + y * 5))
MIRRORED = [row[::-1] for row in RAMP]
TURNED = [list(row) for row in zip(*RAMP[::-1], strict=True)]


def shifted(by):
    return [[tuple(min(255, value + by) for value in cell) for cell in row] for row in RAMP]


def one_cell(by):
    rows = [list(row) for row in RAMP]
    rows[3][4] = tuple(value + by for value in rows[3][4])
    return rows


def likeness(rows=RAMP, *, size=(4000, 3000), pixels="a"):
    return Likeness(*size, pixels, thumb(rows))


def content(look=None, sha256="file", sent="sent"):
    return Content(sha256, sent, 1, "jpeg", look)


def verdict(ours, theirs, *, sha256="theirs", problem="", preserves=False):
    return same(content(ours), Picture(sha256, theirs, problem), EXACT if preserves else UNKNOWN)


SAME, DIFFERENT, UNDECIDED = Verdict


@pytest.mark.parametrize("sha256", ["file", "sent"])
def test_the_bytes_of_the_file_or_of_what_was_sent_are_proof_even_undecodable(sha256):
    assert verdict(None, None, sha256=sha256, problem="not decodable", preserves=True) is SAME


def test_equal_pixels_are_proof_whatever_the_service_keeps():
    for preserves in (False, True):
        assert verdict(likeness(), likeness(), preserves=preserves) is SAME


def test_pictures_that_were_not_decoded_are_not_the_same_for_lack_of_pixels():
    bare = Likeness(4000, 3000)
    assert verdict(bare, bare) is UNDECIDED


@pytest.mark.parametrize("preserves", [False, True])
def test_a_picture_with_a_problem_is_undecided(preserves):
    assert verdict(likeness(), None, problem="not decodable", preserves=preserves) is UNDECIDED
    assert verdict(likeness(), None, sha256=None, problem="not fetched", preserves=preserves) is UNDECIDED
    assert verdict(likeness(), None, preserves=preserves) is UNDECIDED


def test_a_missing_likeness_decides_only_where_bytes_are_preserved():
    for ours, theirs in [(None, likeness()), (Likeness(9, 9), likeness()), (likeness(), Likeness(9, 9))]:
        assert verdict(ours, theirs) is UNDECIDED
        assert verdict(ours, theirs, preserves=True) is DIFFERENT


def test_other_bytes_are_another_picture_where_bytes_are_preserved():
    assert verdict(likeness(), likeness(pixels="b"), preserves=True) is DIFFERENT


def test_unknown_bytes_prove_nothing_even_where_bytes_are_preserved():
    assert verdict(likeness(), likeness(pixels="b"), sha256=None, preserves=True) is UNDECIDED


REENCODINGS = {
    "the same look": likeness(pixels="b"),
    "a little brighter": likeness(shifted(12), pixels="b"),
    "one cell retouched": likeness(one_cell(60), pixels="b"),
    "made smaller": likeness(size=(1024, 768), pixels="b"),
    "made tiny, sides rounded": likeness(size=(10, 7), pixels="b"),
    "cropped by less than 2 %": likeness(size=(4000, 2950), pixels="b"),
    "orientation lost, mirrored": likeness(MIRRORED, pixels="b"),
    "orientation lost, turned": likeness(TURNED, size=(3000, 4000), pixels="b"),
}


@pytest.mark.parametrize("theirs", REENCODINGS.values(), ids=REENCODINGS)
def test_what_may_be_a_reencoding_is_undecided(theirs):
    assert verdict(likeness(), theirs) is UNDECIDED


OTHERS = {
    "clearly brighter": likeness(shifted(13), pixels="b"),
    "another spot": likeness(one_cell(61), pixels="b"),
    "another shape": likeness(size=(4000, 2900), pixels="b"),
    "a square": likeness(size=(3000, 3000), pixels="b"),
    "turned, but not its shape": likeness(TURNED, pixels="b"),
    "a shape on its side, but not turned": likeness(size=(3000, 4000), pixels="b"),
}


@pytest.mark.parametrize("theirs", OTHERS.values(), ids=OTHERS)
def test_what_cannot_be_a_reencoding_is_different(theirs):
    assert verdict(likeness(), theirs) is DIFFERENT


def copies(*drifts):
    return fidelity((content(likeness(), "f", "s"), Picture("x", likeness(shifted(by), pixels="b"))) for by in drifts)


def test_copies_that_come_back_as_sent_make_other_bytes_another_picture():
    known = fidelity([(content(likeness()), Picture("sent", None)), (content(likeness()), Picture("y", likeness()))])
    assert known == EXACT


def test_nothing_is_learned_from_pictures_that_could_not_be_fetched():
    assert fidelity([(content(likeness()), Picture(problem="gone"))]) == UNKNOWN


def test_nothing_is_learned_from_the_picture_of_something_else():
    placeholder = Picture("p", OTHERS["clearly brighter"])
    assert fidelity([(content(likeness()), placeholder)]) == UNKNOWN
    true = (content(likeness()), Picture("sent", None))
    assert fidelity([true, (content(likeness()), placeholder)]) == EXACT


def test_a_copy_as_near_as_the_known_copies_is_the_same():
    ours, near = content(likeness()), Picture("x", likeness(shifted(2), pixels="b"))
    assert same(ours, near) is UNDECIDED
    assert same(ours, near, copies(2)) is SAME
    assert same(ours, Picture("x", likeness(shifted(6), pixels="b")), copies(2)) is UNDECIDED


def test_a_rival_close_by_leaves_a_copy_undecided():
    ours, near = content(likeness()), Picture("x", likeness(shifted(2), pixels="b"))
    burst = content(likeness(shifted(4), pixels="c"), "burst", "burst")
    far = content(likeness(MIRRORED, pixels="d"), "far", "far")
    assert same(ours, near, copies(2), [ours, burst]) is UNDECIDED
    assert same(ours, near, copies(2), [ours, far]) is SAME
