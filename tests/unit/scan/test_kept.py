from syncd.scan.kept import NOTHING, Kept


def test_what_is_kept_is_given_once():
    kept = Kept(10)
    kept.keep("a", b"12345")
    kept.keep("b", b"67890")
    assert [kept.take("a"), kept.take("a"), kept.take("b"), kept.take(None)] == [b"12345", None, b"67890", None]


def test_no_more_is_kept_than_there_is_room_for():
    kept = Kept(10)
    kept.keep("a", b"123456")
    kept.keep("b", b"12345")
    kept.keep("c", b"1234")
    assert [kept.take(each) for each in "bca"] == [None, b"1234", b"123456"]


def test_what_is_kept_twice_takes_room_once_and_what_is_taken_none():
    kept = Kept(10)
    kept.keep("a", b"12345")
    kept.keep("a", b"12345")
    kept.keep("b", b"12345")
    assert kept.take("b") == b"12345"
    kept.keep("c", b"67890")
    assert [kept.take("a"), kept.take("c")] == [b"12345", b"67890"]


def test_where_nothing_is_kept_nothing_is():
    NOTHING.keep("a", b"1")
    assert NOTHING.take("a") is None
