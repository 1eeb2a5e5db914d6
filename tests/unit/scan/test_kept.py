from syncd.model.local import Fingerprint
from syncd.scan.kept import NOTHING, Kept
from syncd.scan.reading import ReadFile


def one(inode=1):
    return Fingerprint(5, 1, 1, inode)


def test_what_is_kept_is_given_once():
    kept = Kept(10)
    kept.keep("a", ReadFile(b"12345", one()))
    kept.keep("b", ReadFile(b"67890", one()))
    assert [kept.take(each, one()) for each in "aab"] == [b"12345", None, b"67890"]


def test_what_is_kept_of_a_file_is_given_for_no_other_with_the_same_content():
    kept = Kept(10)
    kept.keep("a", ReadFile(b"12345", one()))
    assert [kept.take("a", one(2)), kept.take("a", one())] == [None, b"12345"]


def test_no_more_is_kept_than_there_is_room_for():
    kept = Kept(10)
    kept.keep("a", ReadFile(b"123456", one()))
    kept.keep("b", ReadFile(b"12345", one()))
    kept.keep("c", ReadFile(b"1234", one()))
    assert [kept.take(each, one()) for each in "bca"] == [None, b"1234", b"123456"]


def test_what_is_kept_twice_takes_room_once_and_what_is_taken_none():
    kept = Kept(10)
    kept.keep("a", ReadFile(b"12345", one()))
    kept.keep("a", ReadFile(b"12345", one()))
    kept.keep("b", ReadFile(b"12345", one()))
    assert kept.take("b", one()) == b"12345"
    kept.keep("c", ReadFile(b"67890", one()))
    assert [kept.take(each, one()) for each in "ac"] == [b"12345", b"67890"]


def test_where_nothing_is_kept_nothing_is():
    NOTHING.keep("a", ReadFile(b"1", one()))
    NOTHING.keep("b", ReadFile(b"", one()))
    assert [NOTHING.take(each, one()) for each in "ab"] == [None, None]
