import pytest

from syncd.config.ignore import check, compile_patterns


@pytest.mark.parametrize(
    "name",
    [
        b".hidden.jpg",
        b".img.jpg.Xy12Zq",
        b".syncthing.a.jpg.tmp",
        b"a.jpg~",
        b"~$a.jpg",
        b"#a.jpg#",
        b"a.tmp",
        b"a.jpg.part",
        b"a.partial",
        b"a.jpg.crdownload",
        b"a.jpg.opdownload",
        b"a.download",
        b"a.swp",
        b"Thumbs.db",
        b"desktop.ini",
        b".DS_Store",
        b"caf\xe9.tmp",
    ],
)
def test_unfinished_and_foreign_files_are_ignored(name):
    assert compile_patterns()(name)


@pytest.mark.parametrize(
    "name",
    [b"a.jpg", b"tmp", b"a.tmp.jpg", b"part.jpg", b"caf\xe9.jpg", b"a.sync-conflict-20260101.jpg", b"#1.jpg", b"!.jpg"],
)
def test_pictures_are_not(name):
    assert not compile_patterns()(name)


def test_patterns_add_to_the_list_and_the_last_match_decides():
    ignored = compile_patterns(["draft-*", "/only.jpg", "!*.part", "!draft-1.jpg"])
    assert ignored(b"draft-2.jpg")
    assert ignored(b"only.jpg")
    assert ignored(b"a.tmp")
    assert not ignored(b"a.jpg.part")
    assert not ignored(b"draft-1.jpg")


def test_the_roots_marker_is_ignored_whatever_the_patterns_say():
    assert compile_patterns(["!.*"])(b".syncd-root")
    assert not compile_patterns(["!.*"])(b".hidden.jpg")


def test_a_pattern_that_cannot_be_read_is_refused():
    with pytest.raises(ValueError):
        check("!")
